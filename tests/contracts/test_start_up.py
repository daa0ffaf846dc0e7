"""What importing a layer costs: `--help` answers at once, and a table of the engine needs no network library."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.contracts.sources import ROOT


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
        ("import tui.app.app", HEAVY | {"pandas", "evtx"}),
        ("import tui.actions.filter_line, tui.words.chain_words", HEAVY | {"textual", "typer", "alembic"}),
    ],
)
def test_importing_a_layer_does_not_pull_in_what_it_does_not_need(statement: str, forbidden: set[str]) -> None:
    statement = f"sys.path.insert(0, {str(ROOT)!r}); {statement}"
    assert not modules_after(statement) & forbidden
