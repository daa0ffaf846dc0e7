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
    assert isinstance(driver, sqlite3.Connection)
    driver.create_function("matches", 2, _matches, deterministic=True)


def _matches(expression: bytes, stored: bytes) -> bool:
    return automaton(decode(expression)).found_in(decode(stored))


def matching(column: str, value: Value) -> SqlPart:
    """That a column of text has the value in it, whatever the case."""
    if not value.regex:
        if value.text.isascii():
            return SqlPart(LIKE.format(column=column), (bindable(like_pattern(value.text)),))
        # SQLite's LIKE folds ASCII only.
        return SqlPart(f"instr(folded(CAST({column} AS BLOB)), ?) > 0", (encode(value.text.casefold()),))
    needed = literals(compiled(value.text))
    matches = SqlPart(f"matches(?, CAST({column} AS BLOB))", (encode(value.text),))
    if not needed or not all(text.isascii() for text in needed):
        return matches
    like = " OR ".join(LIKE.format(column=column) for _ in needed)
    return SqlPart(f"(({like}) AND {matches.sql})", (*(bindable(like_pattern(text)) for text in needed), *matches.values))


class Texts:
    """The texts of one query, each value looked up once. `define_matches` has to have been called on the connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._strings: dict[Value, SqlPart] = {}
        self._images: dict[Value, SqlPart] = {}

    def is_one(self, column: str, value: Value) -> SqlPart:
        """That a column with ids of `string` names a text that matches."""
        if value not in self._strings:
            self._strings[value] = self._ids("string", matching("text", value))
        return _among(column, self._strings[value])

    def is_image(self, column: str, value: Value) -> SqlPart:
        """That a column with ids of `image` names one that matches, as recorded or normalised."""
        if value not in self._images:
            self.is_one(column, value)
            recorded = self._strings[value]
            normalised = self._ids("path", matching("text", value))
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

    def _ids(self, table: str, which: SqlPart) -> SqlPart:
        """A query for the ids of the rows that match; NEVER where there are none."""
        query = f"SELECT id FROM {table} WHERE {which.sql}"
        found = self._connection.exec_driver_sql(f"{query} LIMIT {MOST_IDS + 1}", which.values).scalars().all()
        if len(found) > MOST_IDS:
            return SqlPart(query, which.values)
        return SqlPart("SELECT value FROM json_each(?)", (json.dumps(found),)) if found else NEVER


def _among(column: str, ids: SqlPart) -> SqlPart:
    return NEVER if ids == NEVER else SqlPart(f"{column} IN ({ids.sql})", ids.values)
