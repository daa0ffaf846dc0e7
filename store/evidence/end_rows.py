"""Ends of processes: packed like staged records, all that a batch holds of a host in one row of `process_end`.

They stay, since a later log may bring the process that one ends. Linking writes beside each whose end it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from sqlalchemy import Connection

from engine.domain.arrays import NO_TIME, Ints
from engine.domain.records import ProcessEnd
from store.base.text import encode
from store.schema import witness

MOST_GUID = 128
"""Characters of a GUID that is kept; a longer one is none, and the pid has to do."""
POSITION, TIME, PID, PROCESS = range(4)
"""Columns of the numbers. NO_TIME where unknown, -1 for an unknown pid and where the process is not recorded."""
_LARGEST = 2**63 - 1
_STORED = np.dtype("<i8")
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[bytes | None]).decode
OF_HOST = (
    "SELECT id, source_id, numbers, guids FROM process_end"
    " WHERE host_id IN (SELECT id FROM host WHERE id = ?1 OR same_as = ?1) ORDER BY id"
)


@dataclass(frozen=True, slots=True)
class Packed:
    """Ends of one host and source."""

    id: int
    source_id: int
    numbers: Ints
    """[n, 4]"""
    guids: list[str | None]


def add(connection: Connection, source_id: int, host_ids: Sequence[int], ends: Sequence[ProcessEnd]) -> None:
    """Store a batch's ends, whose hosts are given."""
    by_host: dict[int, list[ProcessEnd]] = {}
    for host_id, end in zip(host_ids, ends, strict=True):
        by_host.setdefault(host_id, []).append(end)
    rows = [
        (
            host_id,
            source_id,
            np.array([_numbers(end) for end in found], _STORED).tobytes(),
            _encode([_guid(end.guid) for end in found]),
        )
        for host_id, found in by_host.items()
    ]
    connection.exec_driver_sql("INSERT INTO process_end (host_id, source_id, numbers, guids) VALUES (?, ?, ?, ?)", rows)


def _numbers(end: ProcessEnd) -> tuple[int, int, int, int]:
    time = NO_TIME if end.time_us is None or abs(end.time_us) > _LARGEST else end.time_us
    pid = -1 if end.pid is None or not 0 <= end.pid <= _LARGEST else end.pid
    return end.position, time, pid, -1


def _guid(text: str | None) -> bytes | None:
    return None if text is None or len(text) > MOST_GUID else encode(text)


def of_host(connection: Connection, host_id: int) -> Iterator[Packed]:
    """What is stored of a host, under all its names."""
    for number, source_id, numbers, guids in connection.exec_driver_sql(OF_HOST, (host_id,)).all():
        table = np.frombuffer(numbers, _STORED).astype(np.int64).reshape(-1, 4)
        texts = [
            None if guid is None else guid.replace(b"\xc0\x80", b"\0").decode("utf-8", "surrogatepass") for guid in _decode(guids)
        ]
        yield Packed(number, source_id, table, texts)


def write(connection: Connection, host_id: int, process: Ints) -> None:
    """Say of each end, in the order of `of_host`, whose it is: the id of a process, or -1. Needs a write transaction."""
    start = 0
    for packed in of_host(connection, host_id):
        if start + len(packed.numbers) > len(process):
            break  # another process has added some since the host was read: they are for the next linking
        own = process[start : start + len(packed.numbers)]
        start += len(own)
        if (packed.numbers[:, PROCESS] != own).any():
            packed.numbers[:, PROCESS] = own
            numbers = packed.numbers.astype(_STORED).tobytes()
            connection.exec_driver_sql("UPDATE process_end SET numbers = ? WHERE id = ?", (numbers, packed.id))


def keep(connection: Connection, host_id: int) -> None:
    """Write down what the rows of the host and of its other names say. Needs the transaction that wrote them."""
    query = "SELECT h.id, EXISTS (SELECT 1 FROM process_end WHERE host_id = h.id) FROM host h WHERE h.id = ?1 OR h.same_as = ?1"
    for number, there in connection.exec_driver_sql(query, (host_id,)).all():
        (witness.keep if there else witness.forget)(connection, witness.ENDS, number)


def ended(connection: Connection, host_id: int) -> tuple[Ints, Ints]:
    """([e] ids of the host's processes whose end is recorded, ascending; [e] when they ended, the earliest that is told)."""
    found = [packed.numbers[packed.numbers[:, PROCESS] >= 0] for packed in of_host(connection, host_id)]
    table = np.concatenate([np.zeros((0, 4), np.int64), *found])
    order = np.lexsort((table[:, TIME], table[:, PROCESS]))
    process, time = table[order, PROCESS], table[order, TIME]
    first = np.append(True, process[1:] != process[:-1]) if len(process) else np.zeros(0, np.bool_)
    return process[first], time[first]
