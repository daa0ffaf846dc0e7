"""No SQL outside the store: neither statements nor the library that makes them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

import pytest

from tests.contracts.sources import SOURCES, nodes, shown
from tests.contracts.test_imports import imported

STATEMENT = re.compile(
    r"\s*(SELECT\b.+\bFROM|INSERT\s+(OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|PRAGMA\s|WITH\s+\w+.*\sAS\s*\()",
    re.DOTALL,
)
EXECUTES = {"exec_driver_sql", "executescript"}


def has_sql(tree: Iterable[ast.AST]) -> bool:
    """Whether a module of these nodes imports SQLAlchemy or sqlite3, writes a statement, or hands one to a driver."""
    if imported(tree) & {"sqlalchemy", "sqlite3", "alembic"}:
        return True
    return any(
        (isinstance(node, ast.Constant) and isinstance(node.value, str) and STATEMENT.match(node.value) is not None)
        or (isinstance(node, ast.Attribute) and node.attr in EXECUTES)
        for node in tree
    )


def test_no_sql_outside_the_store() -> None:
    found = [shown(path) for path in SOURCES if has_sql(nodes(path))]
    assert [path for path in found if not path.startswith("store/")] == []
    assert len(found) > 20  # of the store's own


@pytest.mark.parametrize(
    "statement", ["SELECT id FROM cases", "insert into x".upper(), "UPDATE chains SET n = 1", "PRAGMA quick_check"]
)
def test_a_statement_is_seen(statement: str) -> None:
    assert has_sql([*ast.walk(ast.parse(f"run({statement!r})"))])


@pytest.mark.parametrize("text", ["Select a case from the list.", "UPDATE", "with the rest"])
def test_a_sentence_is_no_statement(text: str) -> None:
    assert not has_sql([*ast.walk(ast.parse(f"say({text!r})"))])
