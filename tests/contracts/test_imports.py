"""Imports run from tui over store to engine. What more there is to say of them is said to the linter, in pyproject.toml."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.contracts.sources import PACKAGES, ROOT, SOURCES, parsed, shown

ALLOWED = {"engine": {"engine"}, "store": {"engine", "store"}, "tui": {"engine", "store", "tui"}}


def imported(tree: ast.AST) -> set[str]:
    """Top names of all imports, lazy ones too."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("path", SOURCES, ids=shown)
def test_imports_run_from_tui_over_store_to_engine(path: Path) -> None:
    assert imported(parsed(path)) & set(PACKAGES) <= ALLOWED[path.relative_to(ROOT).parts[0]]


@pytest.mark.parametrize("path", SOURCES, ids=shown)
def test_evidence_is_never_evaluated_or_unpickled(path: Path) -> None:
    tree = parsed(path)
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert not called & {"eval", "exec", "compile"}
    assert not imported(tree) & {"pickle", "dill", "joblib", "shelve", "marshal", "cloudpickle"}


@pytest.mark.parametrize("path", SOURCES, ids=shown)
def test_different_values_are_not_found_by_hashing(path: Path) -> None:
    """`engine.domain.distinct` tells why. With an index, an inverse or counts np.unique sorts too, and is free to use."""
    hashing = [
        f"line {node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (node.func.attr in {"union1d", "unique_values"} or (node.func.attr == "unique" and not node.keywords))
    ]
    assert hashing == []
