"""Records between ingest and linking: packed, all that a batch holds of a host in one row of `staged`.

Linking needs every record of a host and knows then what to write beside it, so that a record becomes a row of `process` once,
with its links, in the order of the table. Numbers stand as an array, which costs nothing per record to write and to read.
Rejected: rows of `process` right away. Each was inserted, read back and updated, which made
an ingest an eighth dearer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from sqlalchemy import Connection

from engine.domain.arrays import NO_TIME, Ints
from engine.domain.distinct import distinct
from store.base import ids

NUMBERS = (
    "id", "source_id", "position", "kind", "time_us", "pid", "ppid", "image_id", "parent_image_id", "command",
    "parent_command", "user", "integrity", "cwd", "logon", "original_name", "hashes",
)  # fmt: skip
TEXTS = ("record_id", "guid", "parent_guid", "ancestors")
"""Columns of `process`, in the order in which they are packed. To change either takes a migration."""
MISSING = NO_TIME
"""NULL among numbers; no column can hold it otherwise."""
Texts = list[list[str | bytes | None]]
"""By column. Bytes are what store.base.text.bindable makes of texts that SQLite does not take as they are."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[list[Any]]).decode  # msgspec knows no union of str and bytes
_STORED = np.dtype("<i8")


@dataclass(frozen=True, slots=True)
class Staged:
    """Records of one host in the order of ingest."""

    number: int
    """Key in `staged`."""
    numbers: Ints
    """[n, NUMBERS]"""
    texts: Texts
    """[TEXTS][n]"""


def stage(connection: Connection, source_id: int, numbers: Ints, texts: Texts) -> None:
    """Keep records of a batch, given like Staged but for any hosts, for linking."""
    order = np.argsort(numbers[:, 0], kind="stable")
    numbers = numbers[order].astype(_STORED)
    places = order.tolist()
    # Hardly any format names ancestors: a column without a value is kept as an empty list.
    texts = [[] if column.count(None) == len(column) else list(map(column.__getitem__, places)) for column in texts]
    hosts = numbers[:, 0] >> ids.SHIFT
    begins = np.flatnonzero(np.append(True, hosts[1:] != hosts[:-1])).tolist()
    rows = [
        (int(hosts[start]), source_id, numbers[start:end].tobytes(), _encode([column[start:end] for column in texts]))
        for start, end in zip(begins, [*begins[1:], len(numbers)], strict=True)
    ]
    insert(connection, rows)


def insert(connection: Connection, rows: list[tuple[int, int, bytes, bytes]]) -> None:
    """Add rows (host, source, numbers, texts) behind all others."""
    connection.exec_driver_sql("INSERT INTO staged (host_id, source_id, numbers, texts) VALUES (?, ?, ?, ?)", rows)


def unpacked(numbers: bytes) -> Ints:
    """[n, NUMBERS] of a row."""
    return np.frombuffer(numbers, _STORED).astype(np.int64).reshape(-1, len(NUMBERS))


def packed(numbers: Ints) -> bytes:
    """Inverse of `unpacked`."""
    return numbers.astype(_STORED).tobytes()


def of_host(connection: Connection, host_id: int) -> Iterator[Staged]:
    """What is staged of a host, in the order of ingest."""
    query = "SELECT id, numbers, texts FROM staged WHERE host_id = ? ORDER BY id"
    cursor = connection.connection.cursor()
    try:
        for number, stored, texts in cursor.execute(query, (host_id,)):
            numbers = unpacked(stored)
            yield Staged(number, numbers, [column or [None] * len(numbers) for column in _decode(texts)])
    finally:
        cursor.close()


def forget(connection: Connection, host_id: int, last: int) -> None:
    """Drop what has become rows of `process`: everything of the host up to key `last`."""
    connection.exec_driver_sql("DELETE FROM staged WHERE host_id = ? AND id <= ?", (host_id, last))


def everywhere(connection: Connection) -> Iterator[Staged]:
    """All that is staged, whatever the host."""
    for host in connection.exec_driver_sql("SELECT DISTINCT host_id FROM staged").scalars().all():
        yield from of_host(connection, host)


def values(staged: Staged, columns: Iterable[str]) -> list[int]:
    """The different numbers in some of the columns, ascending."""
    found = distinct(staged.numbers[:, [NUMBERS.index(name) for name in columns]])
    return [int(number) for number in found if number != MISSING]


def column(staged: Staged, name: str) -> Any:
    """One column, of numbers or of texts."""
    return staged.numbers[:, NUMBERS.index(name)] if name in NUMBERS else staged.texts[TEXTS.index(name)]
