"""Reading and writing many rows, some at a time, by a cursor of the driver: SQLAlchemy's rows would cost more than the query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

import numpy as np
from sqlalchemy import Connection

from engine.domain.arrays import Ints
from store.base.dialect import streaming

FETCH = 20_000
"""Rows of a block."""
FETCH_BESIDE = 5_000
"""Rows of a small one: a screen draws in between."""


def blocks(connection: Connection, query: str, values: tuple[Any, ...] = (), *, small: bool = False) -> Iterator[Sequence[Any]]:
    """The rows that a query gives."""
    cursor = streaming(connection)
    try:
        cursor.execute(query, values)
        while rows := cursor.fetchmany(FETCH_BESIDE if small else FETCH):
            yield rows
    finally:
        cursor.close()


def insert_all(connection: Connection, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Run a statement for each of the rows as they come: a list of all of a large host would be held beside it."""
    cursor = connection.connection.cursor()
    try:
        cursor.executemany(statement, cast("Sequence[Any]", rows))  # sqlite3 takes any iterator
    finally:
        cursor.close()


def integers(connection: Connection, query: str, values: tuple[Any, ...], width: int, *, small: bool = False) -> Ints:
    """[n, width] what a query of whole numbers gives: as tuples a million rows would take ten times the memory."""
    found = [np.array(rows, dtype=np.int64) for rows in blocks(connection, query, values, small=small)]
    return np.concatenate(found) if found else np.zeros((0, width), dtype=np.int64)
