"""What a record is called where its id is not known: by the content of its source, its place there and what tells it from others.

A verdict on a process is a verdict on what a record tells of. Ids of processes are given out here and change with the names of
hosts; digest and position are the same in every workspace with the same evidence. Some records hold many processes at one
position (a list of what runs, a batch), so a mark of four bytes over the process's own numbers follows. Rejected: counting the
processes of a position, which takes reading all of them before one is named, and depends on which host came first.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter

from sqlalchemy import Connection

from store.base import ids
from store.base.interning import in_chunks
from store.base.text import encode

PROCESS = "process:"
DIGEST = 16
"""Hex digits of the source's SHA-256 in a name."""
MARKED = "pid, guid, time_us, record_id"
SEEKS_PER_ROW = 8
"""How many rows are read in one go in the time that one is found by a seek of its own."""


@dataclass(frozen=True, slots=True)
class RecordName:
    """A record's name in its parts."""

    source: str
    """DIGEST hex digits."""
    position: int
    mark: str = ""
    """Eight hex digits; "" where whoever wrote the name knew of one process at the position."""

    @property
    def text(self) -> str:
        """As scopes write it."""
        return f"{PROCESS}{self.source}:{self.position}" + (f":{self.mark}" if self.mark else "")


_NAME = re.compile(r"process:([0-9a-f]{16}):([0-9]{1,19})(?::([0-9a-f]{8}))?\Z")


def parsed(text: str) -> RecordName | None:
    """Inverse of `RecordName.text`; None for what is no name."""
    found = _NAME.match(text)
    return None if found is None or int(found[2]) >= 2**63 else RecordName(found[1], int(found[2]), found[3] or "")


def mark(pid: int | None, guid: str | None, time_us: int | None, record_id: str | None) -> str:
    """What tells a record from others at its position."""
    told = "\x1f".join("" if value is None else str(value) for value in (pid, guid, time_us, record_id))
    return hashlib.blake2b(encode(told), digest_size=4).hexdigest()


def names(connection: Connection, wanted: Iterable[int]) -> dict[int, RecordName]:
    """Id -> name, of the records with these ids; placeholders and what is gone are left out."""
    query = (
        "SELECT p.id, substr(s.sha256, 1, 16), p.position, p.pid, p.guid, p.time_us, p.record_id"
        " FROM process p CROSS JOIN source s ON s.id = p.source_id WHERE p.id IN ({})"
    )
    rows = in_chunks(connection, query, sorted(set(wanted)))
    return {row[0]: RecordName(row[1], row[2], mark(*row[3:])) for row in rows}


def locate(connection: Connection, case: int, wanted: Iterable[RecordName]) -> dict[RecordName, int]:
    """Name -> id of the record in a case. One without a mark is found where its position has one process only."""
    found: dict[RecordName, int] = {}
    for source, named in _by_source(connection, case, wanted).items():
        exact = [name for name in named if name.mark]
        hosts = connection.exec_driver_sql(
            "SELECT host_id, sum(records) FROM host_span WHERE source_id = ? GROUP BY host_id", (source,)
        ).all()
        records = sum(row[1] for row in hosts)
        # Positions grow with ids in nearly every source: then a few of many are found by halving.
        if len(exact) * len(hosts) * SEEKS_PER_ROW * math.log2(records + 2) < records:
            for host, _ in hosts:
                found.update(_sought(connection, source, int(host), exact))
        if any(name not in found for name in named):
            found.update(_read(connection, source, named, (0, 2**63 - 1)))
    return found


def on_host(connection: Connection, case: int, host: int, wanted: Iterable[RecordName]) -> dict[RecordName, int]:
    """As `locate`, for one host and names with a mark."""
    found: dict[RecordName, int] = {}
    for source, named in _by_source(connection, case, wanted).items():
        found.update(_read(connection, source, named, ids.records(host)))
    return found


def survivors(connection: Connection, wanted: Iterable[int]) -> dict[int, int]:
    """Record -> the process that it tells of: itself, or the twin that it was merged into. What is gone is left out."""
    query = "SELECT id, coalesce(merged_into, id) FROM process WHERE source_id IS NOT NULL AND id IN ({})"
    return {row[0]: row[1] for row in in_chunks(connection, query, sorted(set(wanted)))}


def _by_source(connection: Connection, case: int, wanted: Iterable[RecordName]) -> dict[int, list[RecordName]]:
    named: dict[str, list[RecordName]] = {}
    for name in dict.fromkeys(wanted):
        named.setdefault(name.source, []).append(name)
    if not named:
        return {}
    rows = connection.exec_driver_sql("SELECT id, substr(sha256, 1, 16) FROM source WHERE case_id = ?", (case,))
    return {int(number): named[digest] for number, digest in rows if digest in named}


def _read(connection: Connection, source: int, named: Sequence[RecordName], between: tuple[int, int]) -> dict[RecordName, int]:
    """By reading all records of the source once."""
    places = {name.position for name in named}
    query = "SELECT id, position FROM process INDEXED BY process_source WHERE source_id = ? AND id BETWEEN ? AND ?"
    there: dict[int, list[int]] = {}
    cursor = connection.connection.cursor()
    try:
        for number, position in cursor.execute(query, (source, *between)):
            if position in places:
                there.setdefault(position, []).append(number)
    finally:
        cursor.close()
    # Texts only of those: to decode a text costs as much as to read three rows.
    marked = f"SELECT id, position, {MARKED} FROM process WHERE id IN ({{}})"
    rows = in_chunks(connection, marked, sorted(number for found in there.values() for number in found))
    at = {(row[1], mark(*row[2:])): row[0] for row in sorted(rows, key=itemgetter(0), reverse=True)}
    found = {name: at[name.position, name.mark] for name in named if (name.position, name.mark) in at}
    alone = {position: numbers[0] for position, numbers in there.items() if len(numbers) == 1}
    return found | {name: alone[name.position] for name in named if not name.mark and name.position in alone}


def _sought(connection: Connection, source: int, host: int, named: Sequence[RecordName]) -> Iterator[tuple[RecordName, int]]:
    """By halving the ids that the host's records of the source have."""
    ranged = "FROM process INDEXED BY process_source WHERE source_id = ? AND id BETWEEN ? AND ?"
    next_one = f"SELECT id, position {ranged} ORDER BY id LIMIT 1"
    cursor = connection.connection.cursor()
    try:
        first, last = cursor.execute(f"SELECT min(id), max(id) {ranged}", (source, *ids.records(host))).fetchone()
        for name in named if first is not None else ():
            low, high = first, last
            while low < high:
                middle = (low + high) // 2
                at, position = cursor.execute(next_one, (source, middle, last)).fetchone()
                low, high = (at + 1, high) if position < name.position else (low, middle)
            for row in cursor.execute(f"SELECT id, position, {MARKED} {ranged} ORDER BY id", (source, low, last)):
                if row[1] != name.position:
                    break
                if mark(*row[2:]) == name.mark:
                    yield name, row[0]
                    break
    finally:
        cursor.close()
