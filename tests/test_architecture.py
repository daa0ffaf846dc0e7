"""The layout's rules, checked without tools: directions of imports, sizes of rooms, what importing costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("engine", "store", "tui")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
ALLOWED = {"engine": {"engine"}, "store": {"engine", "store"}, "tui": {"engine", "store", "tui"}}
MAX_LINES = 400
MAX_FUNCTION = 50


def imported(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_from_tui_over_store_to_engine(path: Path) -> None:
    ours = imported(ast.parse(path.read_text(encoding="utf-8"))) & set(PACKAGES)
    assert ours <= ALLOWED[path.relative_to(ROOT).parts[0]]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_rooms_are_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= MAX_LINES
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1}"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > MAX_FUNCTION
    ]
    assert long == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_evidence_is_never_evaluated_or_unpickled(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert not called & {"eval", "exec", "compile"}
    assert not imported(tree) & {"pickle", "dill", "joblib", "shelve", "marshal", "cloudpickle"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_different_values_are_not_found_by_hashing(path: Path) -> None:
    """`engine.domain.distinct` tells why. With an index, an inverse or counts np.unique sorts too, and is free to use."""
    hashing = [
        f"line {node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (node.func.attr in {"union1d", "unique_values"} or (node.func.attr == "unique" and not node.keywords))
    ]
    assert hashing == []


def modules_after(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*sorted(name.split('.')[0] for name in sys.modules))"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.split())


HEAVY = {"torch", "gensim", "sklearn", "scipy"}


@pytest.mark.parametrize(
    ("statement", "forbidden"),
    [
        ("import tui.command_line", HEAVY | {"numpy", "sqlalchemy", "alembic", "textual", "evtx", "pandas"}),
        ("import store.workspace", HEAVY | {"textual", "typer", "rich", "alembic"}),
        ("import engine.jobs.ingest.run", HEAVY | {"sqlalchemy", "typer", "rich", "textual"}),
        ("import engine.jobs.train, engine.jobs.score", HEAVY | {"sqlalchemy", "typer", "rich", "textual"}),
        ("import engine.detector", {"torch", "gensim", "sklearn", "sqlalchemy"}),
    ],
)
def test_importing_a_layer_does_not_pull_in_what_it_does_not_need(statement: str, forbidden: set[str]) -> None:
    statement = f"sys.path.insert(0, {str(ROOT)!r}); {statement}"
    assert not modules_after(statement) & forbidden
