"""Processes that a filter leaves: for the tree, for lists, counted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from engine.domain.spans import ALL_TIMES, Within
from engine.progress import Run
from store.base import ids
from store.base.database import Database
from store.evidence.cases import read_case
from store.processes.search import MOST, Targets, targets
from store.scores.ranking import Ranking
from store.where.members import CaseAsked, conditions, in_case
from store.where.parts import SqlPart, all_of
from store.where.terms import Where
from store.where.times import UNKNOWN, Times

RECORDED = SqlPart("p.source_id IS NOT NULL")


@dataclass(frozen=True, slots=True)
class Spread:
    """How many processes, and on how many hosts they are."""

    processes: int
    hosts: int


def matching(
    database: Database, case: str, where: Where, run: Run = Run(), limit: int = MOST, *,
    host_id: int | None = None, within: Within = ALL_TIMES,
) -> Targets:  # fmt: skip
    """The processes (no second records) that a filter describes, by host and order of ingest. Raises NotFound."""
    with read_case(database, case) as (connection, number):
        met = all_of((*all_met(connection, number, where), *_bounds(host_id, within)))
        query = f"SELECT p.id FROM process p NOT INDEXED WHERE {met.sql} ORDER BY p.id LIMIT ?"
        found = connection.exec_driver_sql(query, (*met.values, limit + 1)).scalars().all()
        return targets(connection, found, limit, run)


def count(database: Database, case: str, where: Where) -> int:
    """How many recorded processes it leaves. Raises NotFound."""
    with read_case(database, case) as (connection, number):
        met = all_of((*all_met(connection, number, where), RECORDED))
        query = f"SELECT count(*) FROM process p NOT INDEXED WHERE {met.sql}"
        return int(connection.exec_driver_sql(query, met.values).scalar_one())


def spread(database: Database, case: str, where: Where) -> Spread:
    """The same with the hosts. Raises NotFound."""
    with read_case(database, case) as (connection, number):
        met = all_of((*all_met(connection, number, where), RECORDED))
        query = f"SELECT count(*), count(DISTINCT p.id >> {ids.SHIFT}) FROM process p NOT INDEXED WHERE {met.sql}"
        return Spread(*connection.exec_driver_sql(query, met.values).one())


def among(database: Database, case: str, where: Where, processes: Sequence[int]) -> frozenset[int]:
    """Which of some processes it leaves. Raises NotFound."""
    with read_case(database, case) as (connection, number):
        met = all_of(all_met(connection, number, where))
        query = f"SELECT p.id FROM process p WHERE p.id IN (SELECT value FROM json_each(?)) AND {met.sql}"
        return frozenset(connection.exec_driver_sql(query, (json.dumps(list(processes)), *met.values)).scalars())


def left(database: Database, case: str, where: Where, within: Within = ALL_TIMES) -> list[int]:
    """All of the recorded ones: eight bytes each, and a list around them. Raises NotFound."""
    with read_case(database, case) as (connection, number):
        return [*listed(connection, number, where, within=within)]


def listed(
    connection: Connection, case: int, where: Where, *, host_id: int | None = None, within: Within = ALL_TIMES
) -> Iterator[int]:
    """The recorded ones, hosts by name, processes by time."""
    parts = [*all_met(connection, case, where), RECORDED, *_bounds(None, within)]
    hosts = connection.exec_driver_sql("SELECT id FROM host WHERE case_id = ? ORDER BY name, id", (case,)).scalars().all()
    for host in hosts:
        if host_id is None or host == host_id:
            # A host at a time: the first rows come before those of the last host are sorted.
            met = all_of((*_bounds(host, ALL_TIMES), *parts))
            query = f"SELECT p.id FROM process p NOT INDEXED WHERE {met.sql} ORDER BY p.time_us NULLS FIRST, p.id"
            yield from connection.exec_driver_sql(query, met.values).scalars()


def all_met(connection: Connection, case: int, where: Where) -> list[SqlPart]:
    """All terms over a process `p`, of scores those of the model in use."""
    ranking = Ranking.find(connection, case)
    asked = CaseAsked.on(connection, case, None if ranking is None else ranking.set)
    return [*conditions(asked, where.terms), in_case(asked)]


def _bounds(host_id: int | None, within: Within) -> Iterator[SqlPart]:
    if host_id is not None:
        yield SqlPart("p.id BETWEEN ? AND ?", (ids.base(host_id) + 1, ids.base(host_id + 1) - 1))
    for sign, bound in ((">=", within.since_us), ("<=", within.until_us)):
        if bound is not None:
            yield SqlPart(f"p.time_us {sign} ?", (bound,))


def times_of(database: Database, case: str, times: Times = UNKNOWN) -> Times:
    """How times are to be read in a case: in the zone of `times`, over what its hosts span. Raises NotFound."""
    with read_case(database, case) as (connection, number):
        query = "SELECT min(first_us), max(last_us) FROM host WHERE case_id = ? AND records > 0"
        first, last = connection.exec_driver_sql(query, (number,)).one()
        return Times(times.zone, first, last)
