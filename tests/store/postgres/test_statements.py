"""The store's SQL in the words of PostgreSQL: what changes, and what must not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.base.postgres.statements import translated

WORDS = {
    "SELECT a FROM t WHERE b = ? AND c = ?2": "SELECT a FROM t WHERE b = %s AND c = %s",
    "SELECT '?' FROM t -- ?\nWHERE a = ?": "SELECT '?' FROM t -- ?\nWHERE a = %s",
    'SELECT "?" /* ? */ , ?': 'SELECT "?" /* ? */ , %s',
    "SELECT a % 2, '%'": "SELECT a %% 2, '%%'",
    "SELECT p.user FROM process p INDEXED BY process_chain WHERE x": 'SELECT p."user" FROM process p  WHERE x',
    "SELECT a FROM t NOT INDEXED WHERE b": "SELECT a FROM t  WHERE b",
    "SELECT 1 FROM a CROSS JOIN b ON b.x = a.x": "SELECT 1 FROM a JOIN b ON b.x = a.x",
    "SELECT 1 FROM a CROSS JOIN b WHERE b.x": "SELECT 1 FROM a CROSS JOIN b WHERE b.x",
    "SELECT 1 FROM a CROSS JOIN b CROSS JOIN c ON c.x": "SELECT 1 FROM a CROSS JOIN b JOIN c ON c.x",
    "INSERT INTO t SELECT 1 FROM a CROSS JOIN b ON CONFLICT DO NOTHING": (
        "INSERT INTO t SELECT 1 FROM a CROSS JOIN b ON CONFLICT DO NOTHING"
    ),
    "SELECT a IS b, a IS NOT b": "SELECT a IS NOT DISTINCT FROM b, a IS DISTINCT FROM  b",
    "SELECT a IS NULL, a IS NOT NULL": "SELECT a IS NULL, a IS NOT NULL",
    "SELECT a LIKE ? ESCAPE '!'": "SELECT a ILIKE %s ESCAPE '!'",
    "SELECT CAST(coalesce(a, b) AS BLOB)": "SELECT octets(coalesce(a, b)  )",
    "SELECT folded(CAST(a AS BLOB))": "SELECT folded((a  ))",
    "SELECT CAST(substr(a, 8) AS INTEGER)": "SELECT CAST(substr(a, 8) AS BIGINT)",
    "SELECT x'00ff'": "SELECT '\\x00ff'::bytea",
    "SELECT 1 FROM (SELECT 2)": "SELECT 1 FROM (SELECT 2) AS unnamed_4",
    "SELECT 1 FROM (SELECT 2) s": "SELECT 1 FROM (SELECT 2) s",
}


@pytest.mark.parametrize("statement", WORDS)
def test_what_the_two_say_in_different_words(statement: str) -> None:
    assert " ".join("%s".join(translated(statement).pieces).split()) == " ".join(WORDS[statement].split())


def test_numbered_marks_take_their_value_again() -> None:
    assert translated("SELECT ?2, ?1, ?2").marks == (1, 0, 1)
    assert translated("SELECT ?, ?, ?").marks == (0, 1, 2)


def test_what_is_cast_to_text_is_known() -> None:
    assert translated("SELECT ?, CAST(? AS TEXT), CAST(?1 AS TEXT)").texts == {0, 1}


@pytest.mark.parametrize(
    ("statement", "copy"),
    [
        ("INSERT INTO t (a, user) VALUES (?, CAST(? AS TEXT))", 'COPY t ("a", "user") FROM STDIN'),
        ("INSERT INTO t (a) VALUES (?) ON CONFLICT DO NOTHING", ""),
        ("INSERT INTO t (a, b) VALUES (?, 0)", ""),
        ("INSERT INTO t (a, b) VALUES (?1, ?1)", ""),
        ("UPDATE t SET a = ? WHERE b = ?", ""),
    ],
)
def test_only_plain_rows_are_copied(statement: str, copy: str) -> None:
    assert translated(statement).copy == copy


@given(st.text(st.characters(exclude_characters="'")))
def test_what_stands_in_a_string_stays_there(text: str) -> None:
    found = translated(f"SELECT '{text}', ?")
    assert found.pieces[0].replace("%%", "%") == f"SELECT '{text}', "
    assert found.marks == (0,)
