"""Short and full names of one machine: WS1 is ws1.lab.example when no other host of the case has that short name.

Decided for the whole case before it is linked, from the names alone, so that the order of ingest changes nothing. The records of
the short name move to the full one's host, and go back when a later log brings a second domain: `host_part` tells which they are.
Ends and facts stay under the name that they came with, and are read through `same_as`. Rejected: one id for both from the
start, which nothing could take apart again.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from sqlalchemy import Connection

from engine.lineage.same_host import same
from store.base import ids
from store.evidence import collection, staged_rows

NAMED = "name:"
_MOVED = "parent_id = NULL, method = NULL, confidence = NULL, exec_of = NULL, chain_id = NULL, merged_into = NULL"


def settle(connection: Connection, case_id: int) -> None:
    """Bring the hosts of a case in line with all names in it. Needs a write transaction; idempotent."""
    collection.name_hosts(connection, case_id)
    query = "SELECT id, key, same_as FROM host WHERE case_id = ? AND key LIKE 'name:%' ORDER BY id"
    hosts = [(int(row[0]), str(row[1]), row[2]) for row in connection.exec_driver_sql(query, (case_id,))]
    wanted = same({number: key.removeprefix(NAMED) for number, key, _ in hosts})
    for number, _, stored in hosts:
        target = wanted.get(number)
        if stored is not None and stored != target:
            _give_back(connection, int(stored), number)
        if stored != target:
            connection.exec_driver_sql("UPDATE host SET same_as = ? WHERE id = ?", (target, number))
            _unlink(connection, [host for host in (stored, target) if host is not None])
        if target is not None:
            _take(connection, number, target)


def _unlink(connection: Connection, hosts: Iterable[int]) -> None:
    for host in hosts:
        connection.exec_driver_sql("UPDATE host SET unlinked = 1 WHERE id = ?", (host,))


def _take(connection: Connection, short: int, full: int) -> None:
    """Move what has come under the short name. Records that were linked go first: staged ones have higher numbers."""
    unlinked = connection.exec_driver_sql("SELECT unlinked FROM host WHERE id = ?", (short,)).scalar_one()
    linked, waiting = _numbers(connection, short), _staged(connection, short)
    if unlinked:
        _unlink(connection, [full])  # there may be ends alone
    if linked or waiting:
        own = _staged(connection, full) if linked else []
        low = min([*(linked or ())[:1], *(first for _, first, _ in waiting)])
        high = max([*(linked or ())[1:], *(last for _, _, last in waiting)])
        given = int(connection.exec_driver_sql("SELECT given FROM host WHERE id = ?", (full,)).scalar_one())
        moved = _move(connection, short, full, (low, high), given + 1 - low)
        part = (full, given + 1, given + 1 + high - low, short, low)
        connection.exec_driver_sql("INSERT INTO host_part (host_id, first, last, of_host, of_first) VALUES (?, ?, ?, ?, ?)", part)
        end = given + 1 + high - low
        if own:
            shift = end + 1 - own[0][1]
            for number, _, last in own:
                _move_staged(connection, number, full, full, shift)
                end = max(end, last + shift)
        _count(connection, short, full, moved, end)
    # What was linked under the short name has left chains, placeholders and an account behind.
    connection.exec_driver_sql(
        "UPDATE host SET unlinked = CASE WHEN linked_us IS NULL THEN 0 WHEN ? = 1 THEN 1 ELSE unlinked END WHERE id = ?",
        (int(linked is not None), short),
    )


def _give_back(connection: Connection, full: int, short: int) -> None:
    query = "SELECT first, last, of_first FROM host_part WHERE host_id = ? AND of_host = ? ORDER BY first"
    later = _staged(connection, short)
    moved = 0
    for first, last, of_first in connection.exec_driver_sql(query, (full, short)).all():
        moved += _move(connection, full, short, (first, last), of_first - first)
    for number, _, _ in later:  # they were given their numbers after those that came back
        _move_staged(connection, number, short, short, 0)
    connection.exec_driver_sql("DELETE FROM host_part WHERE host_id = ? AND of_host = ?", (full, short))
    _count(connection, full, short, moved, 0)
    _unlink(connection, [short, full])


def _count(connection: Connection, of: int, to: int, moved: int, given: int) -> None:
    connection.exec_driver_sql("UPDATE host SET records = max(records - ?, 0) WHERE id = ?", (moved, of))
    connection.exec_driver_sql(
        "UPDATE host SET records = records + ?1, given = max(given, ?2), unlinked = 1 WHERE id = ?3", (moved, given, to)
    )


def _move(connection: Connection, of: int, to: int, numbers: tuple[int, int], shift: int) -> int:
    """Move records with these numbers, linked and staged ones, and add `shift` to the numbers. Returns how many."""
    by = ids.base(to) - ids.base(of) + shift
    done = connection.exec_driver_sql(
        f"UPDATE process SET id = id + ?, {_MOVED} WHERE id BETWEEN ? AND ?",
        (by, ids.base(of) + numbers[0], ids.base(of) + numbers[1]),
    ).rowcount
    marked = "UPDATE mark SET process_id = process_id + ? WHERE process_id BETWEEN ? AND ?"
    connection.exec_driver_sql(marked, (by, ids.base(of) + numbers[0], ids.base(of) + numbers[1]))
    for number, first, _ in _staged(connection, of):
        if numbers[0] <= first <= numbers[1]:
            done += _move_staged(connection, number, of, to, shift)
    return done


def _move_staged(connection: Connection, number: int, of: int, to: int, shift: int) -> int:
    """Behind all that is staged, since they are read in that order."""
    query = "SELECT source_id, numbers, texts FROM staged WHERE id = ?"
    source, packed, texts = connection.exec_driver_sql(query, (number,)).one()
    table = staged_rows.unpacked(packed)
    table[:, 0] += ids.base(to) - ids.base(of) + shift
    staged_rows.insert(connection, [(to, source, staged_rows.packed(table), texts)])
    connection.exec_driver_sql("DELETE FROM staged WHERE id = ?", (number,))
    return len(table)


def _numbers(connection: Connection, host: int) -> tuple[int, int] | None:
    """The lowest and the highest number of its records that are rows."""
    query = "SELECT min(id), max(id) FROM process WHERE id BETWEEN ? AND ?"
    low, high = connection.exec_driver_sql(query, ids.records(host)).one()
    return None if low is None else (low - ids.base(host), high - ids.base(host))


def _staged(connection: Connection, host: int) -> list[tuple[int, int, int]]:
    """(key, lowest and highest number) of what is staged of a host, in order."""
    found = []
    for number in connection.exec_driver_sql("SELECT id FROM staged WHERE host_id = ? ORDER BY id", (host,)).scalars().all():
        packed = connection.exec_driver_sql("SELECT numbers FROM staged WHERE id = ?", (number,)).scalar_one()
        own = staged_rows.unpacked(packed)[:, 0] - ids.base(host)
        found.append((int(number), int(np.min(own)), int(np.max(own))))
    return found
