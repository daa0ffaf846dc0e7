"""A class's name means one thing: no two public classes of the project share one."""

from __future__ import annotations

import ast
from collections import defaultdict

from tests.contracts.sources import SOURCES, parsed, shown

SHARED: set[str] = {"ChainView", "Form", "Node", "TreeLine"}
"""Today's names of two rooms. The list only shrinks: a name that has one meaning has to leave it."""


def classes_by_name() -> dict[str, list[str]]:
    """Files of every public class at the top of a module."""
    files: dict[str, list[str]] = defaultdict(list)
    for path in SOURCES:
        for node in parsed(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                files[node.name].append(shown(path))
    return files


def test_no_two_public_classes_have_one_name() -> None:
    shared = {name: files for name, files in classes_by_name().items() if len(files) > 1}
    assert shared.keys() == SHARED, shared


def test_classes_are_found() -> None:
    assert classes_by_name()["ProcessEvent"] == ["engine/domain/records.py"]
