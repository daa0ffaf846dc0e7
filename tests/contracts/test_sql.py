"""No SQL outside the store: neither statements nor the library that makes them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.contracts.sources import SOURCES, parsed, shown
from tests.contracts.test_imports import imported

STATEMENT = re.compile(
    r"\s*(SELECT\b.+\bFROM|INSERT\s+(OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|PRAGMA\s|WITH\s+\w+.*\sAS\s*\()",
    re.DOTALL,
)
EXECUTES = {"exec_driver_sql", "executescript"}


def has_sql(tree: ast.Module) -> bool:
    """Whether a module imports SQLAlchemy or sqlite3, writes a statement, or hands one to a driver."""
    if imported(tree) & {"sqlalchemy", "sqlite3", "alembic"}:
        return True
    return any(
        (isinstance(node, ast.Constant) and isinstance(node.value, str) and STATEMENT.match(node.value) is not None)
        or (isinstance(node, ast.Attribute) and node.attr in EXECUTES)
        for node in ast.walk(tree)
    )


@pytest.mark.parametrize("path", [path for path in SOURCES if not shown(path).startswith("store/")], ids=shown)
def test_no_sql_outside_the_store(path: Path) -> None:
    assert not has_sql(parsed(path))


@pytest.mark.parametrize(
    "statement", ["SELECT id FROM cases", "insert into x".upper(), "UPDATE chains SET n = 1", "PRAGMA quick_check"]
)
def test_a_statement_is_seen(statement: str) -> None:
    assert has_sql(ast.parse(f"run({statement!r})"))


@pytest.mark.parametrize("text", ["Select a case from the list.", "UPDATE", "with the rest"])
def test_a_sentence_is_no_statement(text: str) -> None:
    assert not has_sql(ast.parse(f"say({text!r})"))
