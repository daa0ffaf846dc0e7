"""Connections of psycopg that take what the store hands to sqlite3: its marks, its types, its cursors.

Values are bound by the server, never written into a statement. What is NULL is written as that word: the server cannot know
the type of a mark that it compares with nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import psycopg
from psycopg import Connection, Cursor, ServerCursor
from psycopg.adapt import Dumper, Loader
from psycopg.types.numeric import Int8Dumper

from store.base.postgres.escaping import encoded, unescaped
from store.base.postgres.statements import Translated, translated
from store.base.text import decode

BLOCK = 5_000
"""Rows that are copied at once."""
LEAST, MOST = -(1 << 63), (1 << 63) - 1
"""Whole numbers that both databases keep."""


class _TextDumper(Dumper):
    """Texts of logs; told as text, so that a mark by itself has a type."""

    oid = psycopg.adapters.types["text"].oid

    def dump(self, obj: str) -> bytes:
        return encoded(obj)


class _TextLoader(Loader):
    def load(self, data: Any) -> str:
        return unescaped(bytes(data).decode("utf-8", "replace"))


class _BoolDumper(Dumper):
    """As SQLite has it: a number."""

    oid = psycopg.adapters.types["int8"].oid

    def dump(self, obj: bool) -> bytes:
        return b"1" if obj else b"0"


class _BoolLoader(Loader):
    def load(self, data: Any) -> int:
        return int(bytes(data) == b"t")


class _NumberLoader(Loader):
    """What sum() and avg() of whole numbers give: whole again where it is."""

    def load(self, data: Any) -> int | float:
        text = bytes(data)
        return float(text) if b"." in text or b"N" in text else int(text)


def adapt(connection: Connection[Any]) -> None:
    """Tell a connection how values go and come."""
    adapters = connection.adapters
    adapters.register_dumper(str, _TextDumper)
    adapters.register_dumper(bool, _BoolDumper)
    adapters.register_dumper(int, Int8Dumper)
    for kind in ("text", "varchar", "bpchar", "name"):
        adapters.register_loader(kind, _TextLoader)
    adapters.register_loader("bool", _BoolLoader)
    adapters.register_loader("numeric", _NumberLoader)


class StoreCursor(Cursor[Any]):
    """A cursor that translates (store/base/postgres/statements.py)."""

    def execute(self, query: Any, params: Any = None, **more: Any) -> StoreCursor:
        """Run a statement with the values of its marks."""
        super().execute(*_bound(query, params), **more)
        return self

    def executemany(self, query: Any, params_seq: Iterable[Any], **more: Any) -> None:
        """Run a statement for each of the rows; plain rows of a table are copied into it, which is several times as fast."""
        known = translated(query)
        rows = iter(params_seq)
        # A block at a time, read before it is written: rows may come of a query on this very connection.
        while block := [_values(known, row) for row in islice(rows, BLOCK)]:
            if known.copy:
                with super().copy(known.copy.encode()) as copy:
                    for values in block:
                        copy.write_row(values)
            else:
                super().executemany("%s".join(known.pieces).encode(), block, **more)


class StoreServerCursor(ServerCursor[Any]):
    """The same, whose rows stay on the server until they are fetched."""

    def execute(self, query: Any, params: Any = None, **more: Any) -> StoreServerCursor:
        """Run a query with the values of its marks."""
        super().execute(*_bound(query, params), **more)
        return self


def _bound(statement: str, given: Sequence[Any] | None) -> tuple[bytes, list[Any]]:
    """A statement for the driver, with the values that it binds."""
    known = translated(statement)
    values = _values(known, given or ())
    marks = ["NULL" if value is None else "%s" for value in values]
    sql = known.pieces[0] + "".join(mark + piece for mark, piece in zip(marks, known.pieces[1:], strict=True))
    return sql.encode(), [value for value in values if value is not None]


def _values(known: Translated, given: Sequence[Any]) -> list[Any]:
    values = [given[place] for place in known.marks]
    for at, (place, value) in enumerate(zip(known.marks, values, strict=True)):
        if isinstance(value, bytes):
            if place in known.texts:
                values[at] = decode(value)
        elif isinstance(value, int) and not LEAST <= value <= MOST:
            raise OverflowError("a whole number of more than 64 bits")  # as sqlite3 says it
    return values
