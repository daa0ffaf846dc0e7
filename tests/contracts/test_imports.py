"""Imports run from tui over store to engine. What more there is to say of them is said to the linter, in pyproject.toml."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

from tests.contracts.sources import PACKAGES, SOURCES, nodes, shown

ALLOWED = {"engine": {"engine"}, "store": {"engine", "store"}, "tui": {"engine", "store", "tui"}}


def imported(tree: Iterable[ast.AST]) -> set[str]:
    """Top names of all imports among these nodes, lazy ones too."""
    names: set[str] = set()
    for node in tree:
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def test_imports_run_from_tui_over_store_to_engine() -> None:
    wrong = {
        shown(path): names
        for path in SOURCES
        if (names := imported(nodes(path)) & set(PACKAGES) - ALLOWED[shown(path).partition("/")[0]])
    }
    assert wrong == {}


def test_evidence_is_never_evaluated_or_unpickled() -> None:
    forbidden = {"eval", "exec", "compile"}, {"pickle", "dill", "joblib", "shelve", "marshal", "cloudpickle"}
    wrong = {
        shown(path): names for path in SOURCES if (names := called(path) & forbidden[0] | imported(nodes(path)) & forbidden[1])
    }
    assert wrong == {}


def called(path: Path) -> set[str]:
    """Plain names that a module calls."""
    return {node.func.id for node in nodes(path) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}


def test_different_values_are_not_found_by_hashing() -> None:
    """`engine.domain.distinct` tells why. With an index, an inverse or counts np.unique sorts too, and is free to use."""
    hashing = [
        f"{shown(path)}:{node.lineno}: {ast.unparse(node)}"
        for path in SOURCES
        for node in nodes(path)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (node.func.attr in {"union1d", "unique_values"} or (node.func.attr == "unique" and not node.keywords))
    ]
    assert hashing == []
