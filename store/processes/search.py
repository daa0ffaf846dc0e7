"""Which processes are wanted: those of findings, and how to get to these and to others that were found (store/where/matching.py).

Answers are ids and nothing else, so that twenty thousand of them are a small list: the tree loads the rows that it shows.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from engine.progress import Run
from store.base import ids
from store.base.blocks import blocks
from store.base.database import Database
from store.evidence.cases import read_case
from store.scores.ranking import Ranking

MOST = 20_000
"""Processes in one answer; whoever finds more narrows the question."""
MOST_PLACES = 200_000
"""Processes on the ways to them; a branch deeper than that is cut at its top."""


@dataclass(frozen=True, slots=True)
class TreePlace:
    """A process on the way to a target: all that decides where it stands."""

    id: int
    parent: int
    time: int
    """0 when unknown, as in the order of the tree."""


@dataclass(frozen=True, slots=True)
class Targets:
    """Wanted processes and the places of them and all their ancestors."""

    ids: tuple[int, ...]
    places: tuple[TreePlace, ...]
    complete: bool
    """False: there were more than MOST."""


class ProcessTargets:
    """Queries by case. They may read all records of a case: not for the thread that paints."""

    def __init__(self, database: Database, case: str) -> None:
        self._database = database
        self._name = case

    def of_findings(self, run: Run = Run(), limit: int = MOST) -> Targets:
        """The recorded processes whose chains are above the threshold, best findings first where there are too many."""
        query = (
            "SELECT p.id FROM score s CROSS JOIN process p ON p.chain_id = s.chain_id WHERE s.set_id = ? AND s.finding > 0"
            f" AND p.id & {ids.FIRST_PLACEHOLDER} = 0 ORDER BY s.finding, s.rank, p.id LIMIT ?"
        )
        with read_case(self._database, self._name) as (connection, number):
            ranking = Ranking.find(connection, number)
            if ranking is None:
                return Targets((), (), True)
            found = connection.exec_driver_sql(query, (ranking.set, limit + 1)).scalars().all()
            return targets(connection, found, limit, run)


def targets(connection: Connection, found: Sequence[int], limit: int, run: Run) -> Targets:
    """The first `limit` of the processes found, and the ways to them."""
    run.raise_if_cancelled()
    wanted = tuple(found[:limit])
    return Targets(wanted, _places(connection, wanted), len(found) <= limit)


def _places(connection: Connection, wanted: Sequence[int]) -> tuple[TreePlace, ...]:
    """The wanted processes and everything above them; UNION visits an ancestor that many share once."""
    query = (
        "WITH RECURSIVE up (id, parent_id, time) AS ("
        " SELECT id, parent_id, coalesce(time_us, 0) FROM process"
        " WHERE id IN (SELECT value FROM json_each(?)) AND parent_id IS NOT NULL"
        " UNION SELECT p.id, p.parent_id, coalesce(p.time_us, 0) FROM up JOIN process p ON p.id = up.parent_id"
        " WHERE p.parent_id IS NOT NULL) SELECT id, parent_id, time FROM up LIMIT ?"
    )
    found = blocks(connection, query, (json.dumps(wanted), MOST_PLACES))
    places = {row[0]: TreePlace(*row) for rows in found for row in rows}
    return tuple(_hung(places).values())


def _hung(places: dict[int, TreePlace]) -> dict[int, TreePlace]:
    """Where parents go around in a circle (only in a damaged database), one of them hangs from its host: none is lost."""
    checked: set[int] = set()
    for number in [*places]:
        way: dict[int, None] = {}
        while number in places and number not in checked and number not in way:
            way[number] = None
            number = places[number].parent  # noqa: PLW2901 - the way upwards from this one
        if number in way:
            places[number] = replace(places[number], parent=ids.base(ids.host_of(number)))
        checked.update(way)
    return places
