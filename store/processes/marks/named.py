"""Processes by what a tool that looked at the same log calls their records: the log's own number, the GUID, or pid and time.

There is no index for any of them, so the records of a host are read once for all that is asked of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection

from engine.domain.marks import NamedRecord
from engine.progress import Check
from store.base import ids
from store.base.blocks import blocks
from store.base.database import Database
from store.evidence.cases import read_case

RECORDS = (
    "SELECT coalesce(p.merged_into, p.id), k.text, p.record_id, p.guid, p.pid, p.time_us FROM process p"
    " LEFT JOIN string k ON k.id = p.kind WHERE p.id BETWEEN ? AND ? ORDER BY p.id"
)
NEAR_US = 2_000
"""Two times of one pid that are one record's: tools round to milliseconds."""
SAME_LOG_US = 60_000_000
"""Two times of one number that are one record's: Sysmon's own time and that of the log differ by seconds; a log that was cleared
begins to count anew, and hours lie between."""
Row = tuple[int, str | None, str | None, str | None, int | None, int | None]


def located(database: Database, case: str, wanted: Sequence[NamedRecord], check: Check) -> list[int | None]:
    """The process of each, None where the case has no such record or several. Raises NotFound."""
    found: list[int | None] = [None] * len(wanted)
    with read_case(database, case) as (connection, number):
        of_host = _hosts(connection, number)
        asked: dict[int, list[int]] = defaultdict(list)
        for place, one in enumerate(wanted):
            if (host := of_host(one.host)) is not None:
                asked[host].append(place)
        for host, places in asked.items():
            check()
            _of_host(connection, host, [(place, wanted[place]) for place in places], found)
    return found


def _hosts(connection: Connection, case: int) -> Callable[[str], int | None]:
    """Name -> host: as written, or by the label in front of the first dot where one host has that."""
    rows = connection.exec_driver_sql("SELECT name, coalesce(same_as, id) FROM host WHERE case_id = ? ORDER BY id", (case,)).all()
    whole = {str(name).casefold(): int(host) for name, host in rows}
    labels: dict[str, set[int]] = defaultdict(set)
    for name, host in whole.items():
        labels[name.partition(".")[0]].add(host)
    alone = {label: next(iter(hosts)) for label, hosts in labels.items() if len(hosts) == 1}

    def of_host(name: str) -> int | None:
        folded = name.casefold()
        return whole.get(folded, alone.get(folded.partition(".")[0]))

    return of_host


def _of_host(connection: Connection, host: int, asked: Sequence[tuple[int, NamedRecord]], found: list[int | None]) -> None:
    keys: dict[Any, list[Row]] = {key: [] for _, one in asked for key in _keys(one)}
    for rows in blocks(connection, RECORDS, ids.records(host)):
        for row in rows:
            _, kind, number, guid, pid, _ = row
            for key in ((kind, number), guid, pid):
                if key in keys:
                    keys[key].append(row)
    for place, one in asked:
        found[place] = _chosen(one, keys)


def _keys(one: NamedRecord) -> Iterable[Any]:
    yield from ([(one.kind, one.record)] if one.record else [])
    yield from ([one.guid] if one.guid else [])
    yield from ([one.pid] if one.pid is not None else [])


def _chosen(one: NamedRecord, keys: dict[Any, list[Row]]) -> int | None:
    """By GUID, else by the log's number, else by pid and time."""
    by_guid = keys.get(one.guid, []) if one.guid else []
    by_number = _near(one, keys.get((one.kind, one.record), []), SAME_LOG_US) if one.record else []
    by_pid = _near(one, keys.get(one.pid, []), NEAR_US) if one.pid is not None and one.time_us is not None else []
    for rows in (by_guid, by_number, by_pid):
        processes = {row[0] for row in rows}
        if len(processes) == 1:
            return processes.pop()
    return None


def _near(one: NamedRecord, rows: Iterable[Row], within_us: int) -> list[Row]:
    """Those at that time; all where it is not known."""
    if one.time_us is None:
        return [*rows]
    return [row for row in rows if row[5] is not None and abs(row[5] - one.time_us) <= within_us]
