"""The digest of a host's processes and chains: the same from what is about to be written, as columns, and from what stands there.

Numbers are hashed as an array, texts as their bytes and their lengths, each column for itself: where a block of rows ends does
not matter. Rejected: to read back what was written and to hash its rows, which was a tenth of an ingest and says less: it repeats
what the database made of the rows, and not what it was given.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence

import numpy as np
from sqlalchemy import Connection

from engine.domain.arrays import NO_TIME, Ints
from store.base import ids
from store.base.blocks import blocks
from store.base.text import bindable

NUMBERS = (
    "id", "source_id", "position", "kind", "time_us", "pid", "ppid", "image_id", "parent_image_id", "command", "parent_command",
    "user", "integrity", "cwd", "logon", "original_name", "hashes", "parent_id", "method", "confidence", "exec_of", "chain_id",
    "merged_into",
)  # fmt: skip
TEXTS = ("record_id", "guid", "parent_guid", "ancestors")
"""Columns of `process`, all of them."""
MISSING = NO_TIME
"""NULL among numbers."""
_NULL = -1
"""Length of a text that is NULL."""
_NUMBERS = ", ".join(f"coalesce({name}, {MISSING})" for name in NUMBERS)
_TEXTS = ", ".join(f"CAST({name} AS BLOB)" for name in TEXTS)
PROCESSES = f"SELECT {_NUMBERS}, {_TEXTS} FROM process WHERE id BETWEEN ? AND ? ORDER BY id"
CHAINS = (
    f"SELECT chain_id, count, coalesce(first_us, {MISSING}), coalesce(last_us, {MISSING}) FROM chain_host WHERE host_id = ?"
    " ORDER BY chain_id"
)
_PROCESS, _CHAIN = struct.Struct(f"<{len(NUMBERS)}q"), struct.Struct("<4q")
_STORED = np.dtype("<i8")


class HostAccount:
    """Adds up what is told of a host; processes in the order of their ids, chains in that of theirs."""

    def __init__(self) -> None:
        self._chains, self._numbers = hashlib.blake2b(digest_size=16), hashlib.blake2b(digest_size=16)
        self._lengths = [hashlib.blake2b(digest_size=16) for _ in TEXTS]
        self._texts = [hashlib.blake2b(digest_size=16) for _ in TEXTS]

    def chains(self, numbers: Ints) -> None:
        """[c, 4] the columns of CHAINS."""
        self._chains.update(numbers.astype(_STORED).tobytes())

    def processes(self, numbers: Ints, texts: Sequence[Sequence[str | bytes | None]]) -> None:
        """[n, NUMBERS] and [TEXTS][n], as SQLite is given them."""
        self._numbers.update(numbers.astype(_STORED).tobytes())
        for place, column in enumerate(texts):
            lengths, joined = _told(column)
            self._lengths[place].update(lengths)
            self._texts[place].update(joined)

    def said(self) -> str:
        """32 hex digits of all that was added."""
        parts = (self._chains, self._numbers, *self._lengths, *self._texts)
        return hashlib.blake2b(b"".join(part.digest() for part in parts), digest_size=16).hexdigest()


def stored(connection: Connection, host_id: int) -> str:
    """The digest of what the rows of a host hold; "" for rows that hold what was never written."""
    account = HostAccount()
    try:
        for rows in blocks(connection, CHAINS, (host_id,), small=True):
            account.chains(_packed(_CHAIN, rows))
        for rows in blocks(connection, PROCESSES, (ids.base(host_id), ids.base(host_id + 1) - 1), small=True):
            columns = list(zip(*rows, strict=True))
            account.processes(_packed(_PROCESS, [row[: len(NUMBERS)] for row in rows]), columns[len(NUMBERS) :])
    except (struct.error, TypeError):
        return ""  # a text where a number was
    return account.said()


def _packed(row: struct.Struct, rows: Sequence[Sequence[int]]) -> Ints:
    """Not by numpy, which takes a text of digits for a number."""
    return np.frombuffer(b"".join([row.pack(*values) for values in rows]), _STORED).reshape(len(rows), -1)


def _told(column: Sequence[str | bytes | None]) -> tuple[bytes, bytes]:
    """The lengths of the texts in bytes, and all their bytes."""
    if column.count(None) == len(column):
        return np.full(len(column), _NULL, _STORED).tobytes(), b""
    if bytes not in set(map(type, column)):
        joined = "".join(filter(None, column))  # type: ignore[arg-type]
        if joined.isascii() and "\0" not in joined:
            return _lengths(column), joined.encode()
    texts = [text if text is None or isinstance(text, bytes) else _bytes(text) for text in column]
    return _lengths(texts), b"".join(filter(None, texts))


def _lengths(column: Sequence[str | bytes | None]) -> bytes:
    if None in column:
        return np.array([_NULL if text is None else len(text) for text in column], _STORED).tobytes()
    return np.fromiter(map(len, column), _STORED, len(column)).tobytes()  # type: ignore[arg-type]


def _bytes(text: str) -> bytes:
    made = bindable(text)
    return made if isinstance(made, bytes) else made.encode()
