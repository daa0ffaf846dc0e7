"""The process forest for somebody who walks through it: lean rows in keyset pages, positions, lines of ancestors.

One row carries all that a line of a tree shows (names, link, score, verdict, number of children), so that a page is one
query: `Processes` looks up nine texts per process, which is right for details and too dear for every line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from engine.domain.marks import RuleMark
from engine.errors import NotFound
from store.base import ids
from store.base.database import Database
from store.base.interning import PER_QUERY
from store.evidence.cases import read_case
from store.evidence.circles import until_seen
from store.processes.marks import marked
from store.processes.processes import MAX_ANCESTORS
from store.scope.rules import OF_PROCESS
from store.scores.ranking import Ranking

Key = tuple[int, int]
"""Order among siblings: (time or 0, id)."""
FIRST: Key = (-(2**63), 0)
LAST: Key = (2**63 - 1, 2**63 - 1)
COMMAND_SHOWN = 400
"""Characters of a command line in a row: what fits a very wide line; details have all of it."""
NOTABLE_SHARE = 0.05
"""The best-ranked share of chains that is pointed out below the threshold."""

# The plus keeps SQLite from walking the whole scoring for each row: without statistics it prefers the primary key.
ROWS = (
    "SELECT p.id, p.parent_id, p.time_us, p.pid, path.text, raw.text, substr(command.text, 1, ?1), account.text, p.method,"
    " p.confidence, (SELECT count(*) FROM process k WHERE k.parent_id = p.id), c.key, s.rank, s.score, s.finding,"
    f" {OF_PROCESS}"
    " FROM process p LEFT JOIN image ON image.id = p.image_id LEFT JOIN path ON path.id = image.path_id"
    " LEFT JOIN string raw ON raw.id = image.string_id LEFT JOIN string command ON command.id = p.command"
    " LEFT JOIN string account ON account.id = p.user LEFT JOIN chain c ON c.id = p.chain_id"
    " LEFT JOIN score s ON s.chain_id = c.id AND +s.set_id = ?2 LEFT JOIN host h ON h.id = p.id >> 32"
)
PLACE = "coalesce(p.time_us, 0), p.id"
# The first conditions repeat a part of the second ones because only they are looked up in the index of an expression.
BEHIND = f"coalesce(p.time_us, 0) >= ?2 AND ({PLACE}) > (?2, ?3) ORDER BY {PLACE}"
BEFORE = f"coalesce(p.time_us, 0) <= ?2 AND ({PLACE}) < (?2, ?3) ORDER BY coalesce(p.time_us, 0) DESC, p.id DESC"


@dataclass(frozen=True, slots=True)
class HostRow:
    """A host as the top of its forest."""

    id: int
    """Stands for the host among process ids: the parent of its roots."""
    host_id: int
    name: str
    records: int
    children: int
    """Roots."""
    flagged: int
    """Chains above the threshold that occur here."""
    first_us: int | None
    last_us: int | None


@dataclass(frozen=True, slots=True)
class ForestRow:
    """A process as one line of a tree."""

    id: int
    parent: int
    """Of a root: the id of its host's row."""
    time_us: int | None
    pid: int | None
    path: str
    """Normalised."""
    image: str
    """As recorded."""
    command: str
    """The first COMMAND_SHOWN characters."""
    user: str
    method: int | None
    confidence: float | None
    children: int
    chain_key: str | None
    rank: int | None
    score: float | None
    flagged: bool
    """Its chain is above the threshold."""
    notable: bool
    """Not flagged, but among the best-ranked NOTABLE_SHARE."""
    verdict: str | None
    """Its own, else its variant's, the host's, the chain's, the longest prefix's."""
    marks: tuple[RuleMark, ...] = ()
    """What rules of others say of it, the strongest first."""

    @property
    def placeholder(self) -> bool:
        """No record tells of it, only its children."""
        return ids.is_placeholder(self.id)

    @property
    def key(self) -> Key:
        """Place among its siblings."""
        return (self.time_us or 0, self.id)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A process among its siblings: those next to it that were asked for, itself included, and how many come before them."""

    rows: tuple[ForestRow, ...]
    before: int


@dataclass(frozen=True, slots=True)
class AncestorLine:
    """A process and the line of its ancestors, oldest first; not `complete` when there are still older ones."""

    rows: tuple[ForestRow, ...]
    stretches: tuple[Stretch, ...]
    """One for each row."""
    complete: bool


class ForestPages:
    """Pages of one case's forest, painted with the scores of its model in use when it was opened."""

    def __init__(self, database: Database, case: str) -> None:
        self._database = database
        self._set, self._notable = -1, 0
        with read_case(database, case) as (connection, number):
            self._case = number
            if (ranking := Ranking.find(connection, number)) is not None:
                self._set = ranking.set
                query = "SELECT chains FROM score_set WHERE id = ?"
                self._notable = int(connection.exec_driver_sql(query, (self._set,)).scalar_one() * NOTABLE_SHARE)

    @property
    def score_set(self) -> int | None:
        """Which scoring the rows show; None while nothing was scored."""
        return None if self._set < 0 else self._set

    def hosts(self) -> tuple[HostRow, ...]:
        """All hosts by name. A case has thousands at most."""
        flagged = (
            "SELECT x.host_id, count(*) FROM score s CROSS JOIN chain_host x ON x.chain_id = s.chain_id"
            " WHERE s.set_id = ? AND s.finding > 0 GROUP BY x.host_id"
        )
        query = (
            "SELECT id, name, records, (SELECT count(*) FROM process k WHERE k.parent_id = host.id << 32), first_us, last_us"
            " FROM host WHERE case_id = ? AND records > 0 ORDER BY name, id"
        )
        with self._database.read() as connection:
            found = {row[0]: row[1] for row in connection.exec_driver_sql(flagged, (self._set,))}
            rows = connection.exec_driver_sql(query, (self._case,)).all()
        return tuple(
            HostRow(ids.base(number), number, name, records, roots, found.get(number, 0), first, last)
            for number, name, records, roots, first, last in rows
        )

    def after(self, parent: int, key: Key = FIRST, limit: int = 200) -> tuple[ForestRow, ...]:
        """The next children behind `key`, oldest first; those without a time come before all others."""
        return self._siblings(BEHIND, parent, key, limit)

    def before(self, parent: int, key: Key = LAST, limit: int = 200) -> tuple[ForestRow, ...]:
        """The last children before `key`, in the same order."""
        return self._siblings(BEFORE, parent, key, limit)[::-1]

    def rows(self, wanted: Sequence[int]) -> tuple[ForestRow, ...]:
        """The rows of these ids in this order; ids that are gone (placeholders of a host linked again) are left out."""
        with self._database.read() as connection:
            return self._rows(connection, wanted)

    def line(self, process_id: int, levels: int = 200, near: int = 20, small: int = 60, beside: int = 10) -> AncestorLine:
        """The process under at most `levels` ancestors, the lowest `near` of them with siblings: all of them in families
        up to `small`, else `beside` on each side. Raises NotFound for what has no place in the tree.
        """
        query = (
            "WITH RECURSIVE line (id, parent_id, time, depth) AS ("
            " SELECT id, parent_id, coalesce(time_us, 0), 0 FROM process"
            " WHERE id = (SELECT coalesce(merged_into, id) FROM process WHERE id = ?1)"
            " UNION ALL SELECT p.id, p.parent_id, coalesce(p.time_us, 0), depth + 1"
            " FROM line JOIN process p ON p.id = line.parent_id WHERE depth < ?2)"
            f" SELECT id, parent_id, time, (SELECT count(*) FROM process p WHERE p.parent_id = line.parent_id"
            f" AND coalesce(p.time_us, 0) <= line.time AND ({PLACE}) < (line.time, line.id)) FROM line ORDER BY depth"
        )
        with self._database.read() as connection:
            above = connection.exec_driver_sql(query, (process_id, min(levels, MAX_ANCESTORS))).all()
            found = [*until_seen((row[0], row) for row in above)][::-1]
            if not found or found[0][1] is None:
                raise NotFound(
                    f"Process {process_id} has no place in the tree.", remedy="Hosts are linked when their ingest ends."
                )
            places = [(tuple(row), len(found) - level <= near) for level, row in enumerate(found)]
            stretches = [_stretch(connection, place, small, beside if close else 0) for place, close in places]
            rows = {row.id: row for row in self._rows(connection, [number for _, numbers in stretches for number in numbers])}
        return AncestorLine(
            tuple(rows[row[0]] for row in found),
            tuple(Stretch(tuple(rows[number] for number in numbers), before) for before, numbers in stretches),
            found[0][1] == ids.base(ids.host_of(process_id)),
        )

    def _siblings(self, where: str, parent: int, key: Key, limit: int) -> tuple[ForestRow, ...]:
        # Ids first: joined to all that a row shows, SQLite sorts every child of the parent instead of walking the index.
        query = f"SELECT p.id FROM process p WHERE p.parent_id = ?1 AND {where} LIMIT ?4"
        with self._database.read() as connection:
            found = connection.exec_driver_sql(query, (parent, *key, limit)).scalars().all()
            return self._rows(connection, found)

    def _rows(self, connection: Connection, wanted: Sequence[int]) -> tuple[ForestRow, ...]:
        known: dict[int, ForestRow] = {}
        for start in range(0, len(wanted), PER_QUERY):
            marks = ",".join(str(int(number)) for number in wanted[start : start + PER_QUERY])
            query = f"{ROWS} WHERE p.id IN ({marks}) AND p.parent_id IS NOT NULL"
            for row in connection.exec_driver_sql(query, (COMMAND_SHOWN, self._set)):
                known[row[0]] = self._row(tuple(row))
        for number, said in marked.of_processes(connection, known).items():
            known[number] = replace(known[number], marks=said)
        return tuple(known[number] for number in wanted if number in known)

    def _row(self, row: tuple[Any, ...]) -> ForestRow:
        number, parent, time_us, pid, path, image, command, user, method, confidence, children, *scored_by, verdict = row
        key, rank, score, finding = scored_by
        return ForestRow(
            number, parent, time_us, pid, path or "", image or "", command or "", user or "", method,
            None if confidence is None else confidence / 1000, children, key, rank, score, bool(finding),
            bool(rank and not finding and rank <= self._notable), verdict,
        )  # fmt: skip


def _stretch(connection: Connection, place: tuple[int, int, int, int], small: int, beside: int) -> tuple[int, list[int]]:
    """How many siblings come before the stretch, and the ids in it."""
    number, parent, time, before = place
    if not beside:
        return before, [number]
    cursor = connection.connection.cursor()
    try:
        query = f"SELECT p.id FROM process p WHERE p.parent_id = ?1 ORDER BY {PLACE} LIMIT ?2"
        family = [row[0] for row in cursor.execute(query, (parent, small + 1))]
        if len(family) <= small:
            return 0, family
        values = (parent, time, number, beside)
        earlier = [
            row[0] for row in cursor.execute(f"SELECT p.id FROM process p WHERE p.parent_id = ?1 AND {BEFORE} LIMIT ?4", values)
        ]
        later = [
            row[0] for row in cursor.execute(f"SELECT p.id FROM process p WHERE p.parent_id = ?1 AND {BEHIND} LIMIT ?4", values)
        ]
    finally:
        cursor.close()
    return before - len(earlier), [*reversed(earlier), number, *later]
