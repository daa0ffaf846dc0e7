"""What both front ends do knows neither of them, nor a terminal, nor SQL; what is said knows no widget."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
ACTIONS = sorted((ROOT / "tui" / "actions").glob("*.py"))
WORDS = sorted((ROOT / "tui" / "words").glob("*.py"))
FRONT = {"textual", "typer", "click", "rich", "sqlalchemy", "alembic", "sqlite3"}


def imported(path: Path) -> set[str]:
    """Modules that a file names, lazily or for the type checker too; of ours with their room."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {".".join(name.split(".")[:2]) if name.startswith("tui.") else name.split(".")[0] for name in names}


@pytest.mark.parametrize("path", ACTIONS, ids=lambda path: path.stem)
def test_actions_know_no_front_end_and_no_sql(path: Path) -> None:
    found = imported(path)
    assert not found & FRONT
    assert {name for name in found if name.startswith("tui")} <= {"tui.actions", "tui.words"}


@pytest.mark.parametrize("path", WORDS, ids=lambda path: path.stem)
def test_words_know_no_widget(path: Path) -> None:
    found = imported(path)
    assert not found & (FRONT - ({"rich"} if path.stem == "spans" else set()))
    assert {name for name in found if name.startswith("tui")} <= {"tui.words"}


def test_importing_every_action_loads_no_front_end() -> None:
    modules = ", ".join(f"tui.actions.{path.stem}" for path in ACTIONS if path.stem != "__init__")
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import {modules}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert not loaded & {"textual", "typer", "rich", "torch", "gensim", "sklearn"}


@pytest.mark.parametrize("path", sorted((ROOT / "tui").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT / "tui")))
def test_sql_is_the_stores(path: Path) -> None:
    assert not imported(path) & {"sqlalchemy", "alembic", "sqlite3"}
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Attribute)]
    assert not {node.attr for node in calls} & {"exec_driver_sql", "executemany"}


@pytest.mark.parametrize(
    "path", sorted((ROOT / "tui" / "screens").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT / "tui" / "screens"))
)
def test_screens_take_nothing_from_what_only_the_command_line_draws(path: Path) -> None:
    assert not imported(path) & {"tui.render", "tui.commands"}
