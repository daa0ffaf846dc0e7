"""Frequency tables: of the processes that a filter leaves, how often each value of a column occurs, rarest first.

What stands on one host and was seen once is what an analyst stacks for. A value counts recorded
processes; `odd` are those that `is:odd` finds, by the model in use.
"""

from __future__ import annotations

import ntpath
import posixpath
from dataclasses import dataclass, replace
from enum import Enum

from sqlalchemy import Connection

from store.base import ids
from store.base.database import Database
from store.evidence.cases import read_case
from store.scores.ranking import Ranking
from store.where.matching import RECORDED, all_met
from store.where.members import OWN_SCORE, CaseAsked, least_score
from store.where.parts import all_of
from store.where.terms import Where

MOST = 5_000
"""Values of one table: the rarest, where there are more."""


class Counting(Enum):
    """What is counted: the key of the filter that a value of it is asked for by."""

    IMAGE = "image"
    PARENT = "parent"
    USER = "user"
    HOST = "host"
    SESSION = "session"
    HASH = "hash"
    COMMAND = "cmd"


@dataclass(frozen=True, slots=True)
class Counted:
    """One value. Untrusted."""

    value: str
    """"" for processes whose record tells none."""
    processes: int
    odd: int
    hosts: int
    first_us: int | None
    last_us: int | None


@dataclass(frozen=True, slots=True)
class FrequencyTable:
    """Of one column, rarest first; of equally rare ones those with odd processes, then the newer."""

    column: Counting
    values: tuple[Counted, ...]
    complete: bool
    """False where more than MOST values were there: the commonest are left out."""
    processes: int
    """That the filter leaves."""


STRINGS = {Counting.USER: "p.user", Counting.SESSION: "p.logon", Counting.HASH: "p.hashes", Counting.COMMAND: "p.command"}
"""Counting -> ids of texts."""
IMAGES = {
    Counting.IMAGE: "(SELECT i.path_id FROM image i WHERE i.id = p.image_id)",
    Counting.PARENT: "(SELECT i.path_id FROM process q CROSS JOIN image i ON i.id = q.image_id WHERE q.id = p.parent_id)",
}
"""Counting -> ids of paths. Values are base names, as filters and eyes look for these."""
HOST = f"(p.id >> {ids.SHIFT})"


def frequencies(database: Database, case: str, where: Where, column: Counting, most: int = MOST) -> FrequencyTable:
    """Count. Reads all processes that the filter leaves: in a worker. Raises NotFound."""
    with read_case(database, case) as (connection, number):
        ranking = Ranking.find(connection, number)
        grouped = _grouped(connection, number, where, column, -1 if ranking is None else ranking.set)
        names = _named(connection, column, [number for number, _ in grouped])
    found: dict[str, Counted] = {}
    hosts: dict[str, set[int]] = {}
    for number, one in grouped:
        value = names.get(number, "")
        before = found.get(value)
        found[value] = replace(one, value=value) if before is None else _sum(before, one)
        hosts.setdefault(value, set()).update(_host_set(one))
    counted = sorted((replace(one, hosts=len(hosts[value])) for value, one in found.items()), key=_rarity)
    return FrequencyTable(
        column, tuple(_plain(one) for one in counted[:most]), len(counted) <= most, sum(one.processes for one in counted)
    )


@dataclass(frozen=True, slots=True)
class _Group(Counted):
    """With the hosts by id, as several ids may be one value."""

    on: str = ""


def _grouped(connection: Connection, case: int, where: Where, column: Counting, set_id: int) -> list[tuple[int, _Group]]:
    condition = all_of((*all_met(connection, case, where), RECORDED))
    of = STRINGS.get(column) or IMAGES.get(column) or HOST
    query = (
        f"SELECT coalesce({of}, 0) AS one, count(*), sum(CASE WHEN {OWN_SCORE} >= ? THEN 1 ELSE 0 END),"
        f" group_concat(DISTINCT {HOST}), min(p.time_us), max(p.time_us)"
        f" FROM process p NOT INDEXED WHERE {condition.sql} GROUP BY one"
    )
    least = least_score(CaseAsked.on(connection, case, set_id))
    rows = connection.exec_driver_sql(query, (set_id, set_id, least, *condition.values))
    return [(int(row[0]), _Group("", int(row[1]), int(row[2] or 0), 0, row[4], row[5], str(row[3]))) for row in rows]


def _named(connection: Connection, column: Counting, numbers: list[int]) -> dict[int, str]:
    table, text = ("host", "name") if column is Counting.HOST else ("path", "text") if column in IMAGES else ("string", "text")
    wanted = "[" + ",".join(map(str, numbers)) + "]"
    query = f"SELECT id, {text} FROM {table} WHERE id IN (SELECT value FROM json_each(?))"
    found = {int(row[0]): str(row[1]) for row in connection.exec_driver_sql(query, (wanted,))}
    return {number: _base(text) for number, text in found.items()} if column in IMAGES else found


def _base(path: str) -> str:
    return (ntpath if "\\" in path else posixpath).basename(path) or path


def _host_set(one: _Group) -> set[int]:
    return {int(number) for number in one.on.split(",") if number}


def _sum(one: Counted, other: Counted) -> Counted:
    first = [time for time in (one.first_us, other.first_us) if time is not None]
    last = [time for time in (one.last_us, other.last_us) if time is not None]
    return replace(
        one,
        processes=one.processes + other.processes,
        odd=one.odd + other.odd,
        first_us=min(first, default=None),
        last_us=max(last, default=None),
    )


def _plain(one: Counted) -> Counted:
    return Counted(one.value, one.processes, one.odd, one.hosts, one.first_us, one.last_us)


def _rarity(one: Counted) -> tuple[int, int, int, int, str]:
    return one.hosts, one.processes, -one.odd, -(one.first_us or 0), one.value
