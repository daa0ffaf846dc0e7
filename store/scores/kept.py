"""Arrays that are made from a scoring and the evidence of its case, kept so that the next command need not make them again.

What was kept is read only while it is still true: it is filed with the state of the evidence and the version of the code that
made it, and its bytes with a digest. Whatever does not fit is as good as absent, and is replaced by what is then made anew.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

PART = 8 << 20
"""Bytes that are read or written at a time."""
DIGEST = 16
END = b"\xff"
Array = npt.NDArray[Any]

HOSTS = "SELECT id, coalesce(linked_us, 0), unlinked, records, active_days FROM host WHERE case_id = ? ORDER BY id"
SOURCES = "SELECT id, items, kept, merged FROM source WHERE case_id = ? ORDER BY id"
CASE = "SELECT stale FROM cases WHERE id = ?"


def evidence_of(connection: Connection, case: int) -> str:
    """The state of a case's processes and chains: equal ones have the same.

    Every linking of a host sets its time of linking, later than the one before; totals over hosts are behind while the case
    is stale; a source that is emptied counts nothing. So no process or chain changes without one of these.
    """
    made = hashlib.blake2b(digest_size=DIGEST)
    for query in (CASE, HOSTS, SOURCES):
        made.update(repr([tuple(row) for row in connection.exec_driver_sql(query, (case,)).all()]).encode())
    return made.hexdigest()


def save(connection: Connection, set_id: int, name: str, made_from: str, arrays: Mapping[str, Array]) -> None:
    """Replace what is kept under a name; nothing stays for other score sets of the case. Needs a write transaction.

    Nothing is done when the score set is gone meanwhile.
    """
    execute = connection.exec_driver_sql
    case = execute("SELECT case_id FROM score_set WHERE id = ?", (set_id,)).scalar()
    if case is None:
        return
    others = "SELECT id FROM score_set WHERE case_id = ? AND id <> ?"
    execute(f"DELETE FROM kept WHERE set_id IN ({others}) OR (set_id = ? AND name = ?)", (case, set_id, set_id, name))
    stored = {key: _narrow(np.ascontiguousarray(array)) for key, array in arrays.items()}
    head = json.dumps([[key, array.dtype.str, arrays[key].dtype.str, list(array.shape)] for key, array in stored.items()])
    made = hashlib.blake2b(head.encode(), digest_size=DIGEST)
    row = (set_id, name, made_from, head, "")
    execute("INSERT INTO kept (set_id, name, made_from, head, digest) VALUES (?, ?, ?, ?, ?)", row)
    for part, piece in enumerate(piece for array in stored.values() for piece in _pieces(array)):
        made.update(piece)
        execute("INSERT INTO kept_part (set_id, name, part, data) VALUES (?, ?, ?, ?)", (set_id, name, part, piece))
    execute("UPDATE kept SET digest = ? WHERE set_id = ? AND name = ?", (made.hexdigest(), set_id, name))


def load(connection: Connection, set_id: int, name: str, made_from: str) -> dict[str, Array] | None:
    """What was kept under a name; None where there is nothing, or it was made from something else, or it is damaged."""
    query = "SELECT made_from, head, digest FROM kept WHERE set_id = ? AND name = ?"
    row = connection.exec_driver_sql(query, (set_id, name)).one_or_none()
    if row is None or row.made_from != made_from:
        return None
    made = hashlib.blake2b(row.head.encode("utf-8", "surrogatepass"), digest_size=DIGEST)
    query = "SELECT data FROM kept_part WHERE set_id = ? AND name = ? ORDER BY part"
    parts: deque[bytes] = deque()
    for (piece,) in connection.exec_driver_sql(query, (set_id, name)):
        made.update(piece)
        parts.append(piece)
    if made.hexdigest() != row.digest:
        return None
    return {key: _taken(parts, stored, kind, shape) for key, stored, kind, shape in json.loads(row.head)}


def texts_in(texts: Sequence[str]) -> Array:
    """Texts as an array of bytes, each ended by one that UTF-8 never has. Not JSON: it would join two half surrogates,
    which file names may hold, into one character.
    """
    return np.frombuffer(b"".join(text.encode("utf-8", "surrogatepass") + END for text in texts), dtype=np.uint8)


def texts_of(array: Array) -> tuple[str, ...]:
    """Inverse of `texts_in`."""
    return tuple(text.decode("utf-8", "surrogatepass") for text in array.tobytes().split(END)[:-1])


def _pieces(array: Array) -> Iterator[memoryview]:
    raw = array.reshape(-1).view(np.uint8)
    for begin in range(0, len(raw), PART):
        yield raw[begin : begin + PART].data


def _taken(parts: deque[bytes], stored: str, kind: str, shape: list[int]) -> Array:
    """The next array; its parts are let go, so that two copies of all are never held."""
    count = -(-math.prod(shape) * np.dtype(stored).itemsize // PART)
    raw = b"".join(parts.popleft() for _ in range(count))
    return np.frombuffer(raw, dtype=stored).reshape(shape).astype(kind)


def _narrow(array: Array) -> Array:
    """Integers in the smallest type that holds them, little-endian: bins of words in two bytes, lengths in one."""
    if array.dtype.kind in "iu" and array.size:
        low, high = int(array.min()), int(array.max())
        for kind in ("<u1", "<i2", "<u2", "<i4"):
            fits = np.iinfo(kind).min <= low and high <= np.iinfo(kind).max
            if fits and np.dtype(kind).itemsize < array.dtype.itemsize:
                return array.astype(kind)
    return array.astype(array.dtype.newbyteorder("<"), copy=False)
