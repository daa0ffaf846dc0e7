"""Which of the distinct texts match: everything else is asked by their ids.

A case's command lines, paths and accounts stand once each in `string`, and looking through all of them is the fastest of the
steps: 27 ms for the 317,000 texts of a million processes (tests/benchmarks/filter_texts.py). Rejected: a trigram index over them
(SQLite's FTS5). It answers in one millisecond, takes as many bytes as the texts and 2 to 8 % of the time of an ingest, and has to
be kept in step when cases are removed; the look through the processes behind it takes 110 ms with and without it.
"""

from __future__ import annotations

import json
import sqlite3

from sqlalchemy import Connection

from store.base.blocks import blocks
from store.base.dialect import on_server
from store.base.text import bindable, decode, encode, like_pattern
from store.where.automaton import automaton
from store.where.expression import compiled, literals
from store.where.parts import NEVER, SqlPart
from store.where.terms import Value

MOST_IDS = 20_000
"""Texts that are told by their ids; of more the query asks itself."""
LIKE = "{column} LIKE CAST(? AS TEXT) ESCAPE '!'"


def define_matches(connection: Connection) -> None:
    """The SQL function matches(expression, stored text as BLOB)."""
    driver = connection.connection.dbapi_connection
    if not isinstance(driver, sqlite3.Connection):
        return  # a server runs none of ours: see `matching`
    driver.create_function("matches", 2, _matches, deterministic=True)


def _matches(expression: bytes, stored: bytes) -> bool:
    return automaton(decode(expression)).found_in(decode(stored))


def matching(connection: Connection, column: str, value: Value, among: str) -> SqlPart:
    """That a column of text has the value in it, whatever the case. `among`: a query for all texts that may stand there.

    On a server expressions are run here, over these texts, and it is asked for those that match: its own expressions are another
    language, and an expression has to find the same everywhere.
    """
    if value.regex and on_server(connection):
        automat = automaton(value.text)
        found = [text for rows in blocks(connection, among) for (text,) in rows if text is not None and automat.found_in(text)]
        return SqlPart(f"{column} IN ({', '.join('?' * len(found))})", tuple(found)) if found else NEVER
    return _matching(column, value)


def _matching(column: str, value: Value) -> SqlPart:
    if not value.regex:
        if value.text.isascii():
            return SqlPart(LIKE.format(column=column), (bindable(like_pattern(value.text)),))
        # SQLite's LIKE folds ASCII only.
        return SqlPart(f"instr(folded(CAST({column} AS BLOB)), ?) > 0", (encode(value.text.casefold()),))
    matches = SqlPart(f"matches(?, CAST({column} AS BLOB))", (encode(value.text),))
    needed = _needed(column, value)
    return matches if needed is None else SqlPart(f"({needed.sql} AND {matches.sql})", (*needed.values, *matches.values))


def _needed(column: str, value: Value) -> SqlPart | None:
    """What has to stand in every text that an expression matches; None where that cannot be said in SQL."""
    needed = literals(compiled(value.text))
    if not needed or not all(text.isascii() for text in needed):
        return None
    like = " OR ".join(LIKE.format(column=column) for _ in needed)
    return SqlPart(f"({like})", tuple(bindable(like_pattern(text)) for text in needed))


class Texts:
    """The texts of one query, each value looked up once. `define_matches` has to have been called on the connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._strings: dict[Value, SqlPart] = {}
        self._images: dict[Value, SqlPart] = {}

    def is_one(self, column: str, value: Value) -> SqlPart:
        """That a column with ids of `string` names a text that matches."""
        if value not in self._strings:
            self._strings[value] = self._of("string", value)
        return _among(column, self._strings[value])

    def is_image(self, column: str, value: Value) -> SqlPart:
        """That a column with ids of `image` names one that matches, as recorded or normalised."""
        if value not in self._images:
            self.is_one(column, value)
            recorded = self._strings[value]
            normalised = self._of("path", value)
            either = [
                SqlPart(f"{column} IN ({part.sql})", part.values)
                for column, part in (("string_id", recorded), ("path_id", normalised))
                if part != NEVER
            ]
            if not either:
                self._images[value] = NEVER
            else:
                sql = " OR ".join(part.sql for part in either)
                self._images[value] = self._ids("image", SqlPart(sql, tuple(one for part in either for one in part.values)))
        return _among(column, self._images[value])

    def _of(self, table: str, value: Value) -> SqlPart:
        """The same for a value that is looked for in `text`."""
        if not (value.regex and on_server(self._connection)):
            return self._ids(table, _matching("text", value))
        needed = _needed("text", value) or SqlPart("TRUE")
        automat = automaton(value.text)
        rows = blocks(self._connection, f"SELECT id, text FROM {table} WHERE {needed.sql}", needed.values)
        found = [number for some in rows for number, text in some if automat.found_in(text)]
        return SqlPart("SELECT value FROM json_each(?)", (json.dumps(found),)) if found else NEVER

    def _ids(self, table: str, which: SqlPart) -> SqlPart:
        """A query for the ids of the rows that match; NEVER where there are none."""
        query = f"SELECT id FROM {table} WHERE {which.sql}"
        found = self._connection.exec_driver_sql(f"{query} LIMIT {MOST_IDS + 1}", which.values).scalars().all()
        if len(found) > MOST_IDS:
            return SqlPart(query, which.values)
        return SqlPart("SELECT value FROM json_each(?)", (json.dumps(found),)) if found else NEVER


def _among(column: str, ids: SqlPart) -> SqlPart:
    return NEVER if ids == NEVER else SqlPart(f"{column} IN ({ids.sql})", ids.values)
