"""Which processes are wanted, as queries: those of findings, and those that a search describes; and how to get there.

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
from store.base.text import bindable, like_pattern
from store.evidence.cases import read_case
from store.scores.ranking import Ranking

MOST = 20_000
"""Processes in one answer; whoever finds more narrows the question."""
MOST_PLACES = 200_000
"""Processes on the ways to them; a branch deeper than that is cut at its top."""
STRINGS = "(SELECT id FROM string WHERE text LIKE CAST(? AS TEXT) ESCAPE '!')"
IMAGES = f"(SELECT id FROM image WHERE string_id IN {STRINGS})"


@dataclass(frozen=True, slots=True)
class ProcessFilter:
    """All given conditions hold together; texts are looked for anywhere and without regard to (ASCII) case."""

    texts: tuple[str, ...] = ()
    """Each in the command line or the image."""
    image: str = ""
    command: str = ""
    user: str = ""
    host: str = ""
    pid: int | None = None
    since_us: int | None = None
    until_us: int | None = None
    host_id: int | None = None


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
            return _targets(connection, found, limit, run)

    def matching(self, wanted: ProcessFilter, run: Run = Run(), limit: int = MOST) -> Targets:
        """The processes (no second records) that a filter describes, by host and order of ingest."""
        with read_case(self._database, self._name) as (connection, number):
            parts, values = conditions(wanted)
            query = (
                "SELECT p.id FROM host h CROSS JOIN process p ON p.id BETWEEN (h.id << 32) + 1 AND (h.id << 32) + 4294967295"
                f" WHERE h.case_id = ? AND p.parent_id IS NOT NULL{''.join(f' AND {part}' for part in parts)}"
                " ORDER BY h.id, p.id LIMIT ?"
            )
            found = connection.exec_driver_sql(query, (number, *values, limit + 1)).scalars().all()
            return _targets(connection, found, limit, run)


def conditions(wanted: ProcessFilter) -> tuple[list[str], list[object]]:
    """SQL over `process p` and `host h`, and its values."""
    parts: list[str] = []
    values: list[object] = []
    for text in wanted.texts:
        parts.append(f"(p.command IN {STRINGS} OR p.image_id IN {IMAGES})")
        values += [bindable(like_pattern(text))] * 2
    for condition, text in (
        (f"p.image_id IN {IMAGES}", wanted.image),
        (f"p.command IN {STRINGS}", wanted.command),
        (f"p.user IN {STRINGS}", wanted.user),
        ("h.name LIKE CAST(? AS TEXT) ESCAPE '!'", wanted.host),
    ):
        if text:
            parts.append(condition)
            values.append(bindable(like_pattern(text)))
    for condition, value in (
        ("p.pid = ?", wanted.pid),
        ("h.id = ?", wanted.host_id),
        ("p.time_us >= ?", wanted.since_us),
        ("p.time_us <= ?", wanted.until_us),
    ):
        if value is not None:
            parts.append(condition)
            values.append(value)
    return parts, values


def _targets(connection: Connection, found: Sequence[int], limit: int, run: Run) -> Targets:
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
