"""Which recorded processes a subject covers, and what matters of each: the verdict that counts, the threshold.

Processes of incidents, findings and variants are read one by one. A chain may have a million of them: it is counted by host, and
its processes are only read where each is to get a verdict of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection

from engine.errors import NotFound, StoreError, UsageError
from store.base import ids
from store.base.interning import in_chunks
from store.base.packed import ABOVE
from store.chains.lookup import chain_of
from store.evidence.cases import host_id
from store.narrow.record_names import survivors
from store.narrow.resolved import of_variant
from store.scope.rules import OF_PROCESS, concerning, effective_sql, of_each, prefix_steps
from store.scores.ranking import Ranking
from store.verdicts.extent import Cell, Extent, together
from store.verdicts.subject import OfBranch, OfChain, OfFinding, OfIncident, OfProcess, OfVariant, One, Subject, each

RECORDED = f"p.id & {ids.FIRST_PLACEHOLDER} = 0 AND p.merged_into IS NULL"
FEW = 5_000
"""Processes of a chain that are looked up one by one among those that findings cover, instead of the other way round."""
MEMBERS = (
    "SELECT coalesce(p.merged_into, p.id) FROM incident i CROSS JOIN covered k ON k.set_id = i.set_id AND k.incident = i.number"
    " CROSS JOIN process p ON p.id = k.process_id WHERE i.set_id = ? AND i.finding = ? AND {which} ORDER BY i.place, p.id"
)
INSIDE = (
    "SELECT k.process_id, p.parent_id, coalesce(p.merged_into, p.id) FROM incident i"
    " CROSS JOIN covered k ON k.set_id = i.set_id AND k.incident = i.number CROSS JOIN process p ON p.id = k.process_id"
    " WHERE i.set_id = ? AND i.finding = ? AND i.place = ?"
)
BELOW = (
    "WITH RECURSIVE below (id) AS (SELECT ?1 UNION SELECT p.id FROM below CROSS JOIN process p ON p.parent_id = below.id)"
    " SELECT id FROM below LIMIT ?2"
)
"""A process with its descendants. UNION, and not UNION ALL: should stored parents go around in a circle, it ends."""
LARGEST_BRANCH = 50_000
"""Processes of a branch that one verdict covers: each gets a verdict of its own, and a second writes some twenty thousand."""


class Affected(NamedTuple):
    """One process under a verdict."""

    id: int
    chain_id: int
    key: str
    """Of its chain; "" where it ends in none."""
    verdict: str | None
    """What counts for it now."""
    own: bool
    """That is a verdict on the process itself."""
    above: bool

    def cell(self, *, stays: bool) -> Cell:
        """What it counts as."""
        return Cell(self.chain_id, ids.host_of(self.id), self.verdict, self.above, stays)


@dataclass(frozen=True, slots=True)
class Covered:
    """A single subject with what it covers."""

    one: One
    members: tuple[Affected, ...] | None
    """None for a chain, whose processes are counted."""
    cells: tuple[tuple[Cell, int], ...]
    fresh: tuple[tuple[Cell, int], ...]
    """The part of `cells` that no subject before it covers: what is counted."""
    chain: tuple[int, bytes] | None = None
    """Id and packed steps, of what is on a chain."""


class Covering:
    """Answers of one transaction, by the scores in use in it."""

    def __init__(self, connection: Connection, case: int) -> None:
        self._connection = connection
        self._case = case
        self._ranking = Ranking.find(connection, case)
        of_set = "SELECT 1 FROM incident WHERE set_id = ? LIMIT 1"
        self._grouped = self._ranking is not None and bool(connection.exec_driver_sql(of_set, (self._ranking.set,)).all())
        self._counted: set[tuple[int, int]] = set()
        """Chains on hosts that were counted as such."""
        self._seen: set[int] = set()

    def extent(self, parts: Sequence[Covered]) -> Extent:
        """Of several together."""
        return together((cell for part in parts for cell in part.fresh), scored=self._ranking is not None)

    def authors(self, parts: Sequence[Covered]) -> tuple[str, ...]:
        """Whose verdicts they are that count under several subjects, by name."""
        decided = [member.id for part in parts for member in part.members or () if member.verdict is not None]
        said = set(of_each(self._connection, self._case, list(dict.fromkeys(decided))).values())
        for part in parts:
            if isinstance(part.one, OfChain) and any(cell.verdict is not None for cell, _ in part.cells):
                said.update(concerning(self._connection, self._case, part.one.chain_key))
        return tuple(sorted({label.author for label in said} - {""}))

    def of(self, subject: Subject) -> tuple[Covered, ...]:
        """What each single subject covers; chains are counted first, since they cover all of their processes.

        Raises NotFound for what is not there, StoreError for a finding of a scoring that is not in use any more.
        """
        ones = each(subject)
        counted = {one: self._chain(one) for one in ones if isinstance(one, OfChain)}
        return tuple(counted[one] if isinstance(one, OfChain) else self._listed(one) for one in ones)

    def members_of(self, part: Covered, *, above: bool) -> tuple[Affected, ...]:
        """The processes of a chain, one by one; `above`: only those above the threshold."""
        if part.members is not None:
            return tuple(member for member in part.members if member.above or not above)
        where, values = self._where(part)
        query = f"SELECT p.id FROM chain c CROSS JOIN process p ON p.chain_id = c.id WHERE {where} AND {RECORDED}"
        if above:
            query += f" AND {self._above()}"
        between = self._between(part)
        found = self._connection.exec_driver_sql(f"{query} AND p.id BETWEEN ? AND ? ORDER BY p.id", (*values, *between))
        return self._members(list(found.scalars()))

    def _listed(self, one: One) -> Covered:
        chain = None
        if isinstance(one, OfVariant):
            chain = chain_of(self._connection, self._case, one.chain_key)
            numbers = list(of_variant(self._connection, chain[0], one.shape))
        elif isinstance(one, OfProcess):
            numbers = [self._process(one.process_id)]
        elif isinstance(one, OfBranch):
            numbers = self._branch(one)
        else:
            assert not isinstance(one, OfChain)
            numbers = self._of_finding(one)
        members = self._members(list(dict.fromkeys(numbers)))
        cells = tuple((member.cell(stays=isinstance(one, OfVariant) and member.own), 1) for member in members)
        seen = [(one.chain_id, ids.host_of(one.id)) in self._counted or one.id in self._seen for one in members]
        self._seen.update(member.id for member in members)
        return Covered(one, members, cells, tuple(cell for cell, known in zip(cells, seen, strict=True) if not known), chain)

    def _process(self, number: int) -> int:
        found = survivors(self._connection, [number]).get(number)
        query = "SELECT 1 FROM host WHERE id = ? AND case_id = ?"
        if found is None or not self._connection.exec_driver_sql(query, (ids.host_of(number), self._case)).all():
            remedy = "Only what a record tells of can have a verdict; a parent that no record tells of has none."
            raise NotFound(f"There is no process {ids.called(number) or number} in this case.", remedy=remedy)
        return found

    def _branch(self, one: OfBranch) -> list[int]:
        if one.incident is not None:
            return self._inside(one.process_id, one.incident)
        top = one.process_id if ids.is_placeholder(one.process_id) else self._process(one.process_id)
        found = list(self._connection.exec_driver_sql(BELOW, (top, LARGEST_BRANCH + 1)).scalars())
        if len(found) > LARGEST_BRANCH:
            raise UsageError(
                f"More than {LARGEST_BRANCH:,} processes descend from {ids.called(top)}: too many for one verdict.",
                remedy="Judge the branches below it, or its chain.",
            )
        return found

    def _inside(self, top: int, incident: OfIncident) -> list[int]:
        """What an incident covers of a branch, the process itself included; [] where it does not cover that."""
        values = (self._same_scoring(incident).set, incident.finding, incident.place)
        rows = self._connection.exec_driver_sql(INSIDE, values).all()
        counts = {number: survivor for number, _, survivor in rows}
        below: dict[int, list[int]] = {}
        for number, parent, _ in rows:
            below.setdefault(parent, []).append(number)
        found: dict[int, None] = {}
        waiting = [top] if top in counts else []
        while waiting:
            number = waiting.pop()
            if number not in found:
                found[number] = None
                waiting += below.get(number, ())
        return [counts[number] for number in found]

    def _same_scoring(self, one: OfIncident | OfFinding) -> Ranking:
        """The scores in use. Raises StoreError where a subject is of others."""
        ranking = self._ranking or Ranking.of(self._connection, self._case)
        if one.set_id not in (None, ranking.set):
            raise StoreError("The case was scored anew; its findings are other ones now.", remedy="Read the list again.")
        return ranking

    def _of_finding(self, one: OfIncident | OfFinding) -> list[int]:
        ranking = self._same_scoring(one)
        number, place = (one.number, None) if isinstance(one, OfFinding) else (one.finding, one.place)
        values = (ranking.set, number) if place is None else (ranking.set, number, place)
        query = MEMBERS.format(which="TRUE" if place is None else "i.place = ?")
        found = list(self._connection.exec_driver_sql(query, values).scalars())
        if not found:
            called = f"finding F{number}" if place is None else f"incident F{number}/{place}"
            raise NotFound(f"There is no {called} in this case.", remedy="See: oddkin rank")
        return found

    def _members(self, numbers: Sequence[int]) -> tuple[Affected, ...]:
        query = (
            f"SELECT p.id, coalesce(p.chain_id, 0), coalesce(c.key, ''), {OF_PROCESS},"
            " coalesce((SELECT v.own FROM process_verdict v WHERE v.process_id = p.id), 0),"
            f" {self._above()} FROM process p LEFT JOIN chain c ON c.id = p.chain_id LEFT JOIN host h ON h.id = p.id >> 32"
            f" WHERE {RECORDED} AND p.id IN ({{}})"
        )
        found = {
            row[0]: Affected(row[0], row[1], row[2], row[3], bool(row[4]), bool(row[5]))
            for row in in_chunks(self._connection, query, numbers)
        }
        return tuple(found[number] for number in numbers if number in found)

    def _chain(self, one: OfChain) -> Covered:
        part = Covered(one, None, (), (), chain_of(self._connection, self._case, one.chain_key))
        if one.scope.host is not None:
            host_id(self._connection, self._case, one.scope.host)
        counts = self._counts(part)
        fresh = tuple(cell for place, told in counts.items() if place not in self._counted for cell in told)
        self._counted.update(counts)
        return Covered(one, None, tuple(cell for told in counts.values() for cell in told), fresh, part.chain)

    def _counts(self, part: Covered) -> dict[tuple[int, int], list[tuple[Cell, int]]]:
        """(chain, host) -> how many processes of each kind it has there."""
        where, values = self._where(part)
        low, high = self._between(part)
        hosts = (ids.host_of(low), ids.host_of(high))
        wide = (
            f"SELECT x.chain_id, x.host_id, x.count, {effective_sql(host='x.host_id')}, {self._stays(part)}, {self._flagged()}"
            f" FROM chain c CROSS JOIN chain_host x ON x.chain_id = c.id WHERE {where} AND x.host_id BETWEEN ? AND ?"
        )
        narrow = (
            f"SELECT p.chain_id, p.process_id >> 32, p.verdict, {self._above('p.process_id')}, count(*) FROM chain c"
            f" CROSS JOIN process_verdict p ON p.chain_id = c.id WHERE {where} AND p.process_id BETWEEN ? AND ?"
            " GROUP BY 1, 2, 3, 4"
        )
        run = self._connection.exec_driver_sql
        found: dict[tuple[int, int], list[tuple[Cell, int]]] = {}
        for chain, host, verdict, above, count in run(narrow, (*values, low, high)):
            found.setdefault((chain, host), []).append((Cell(chain, host, verdict, bool(above), True), count))
        above_threshold = self._counted_above(part)
        for chain, host, count, verdict, stays, flagged in run(wide, (*values, *hosts)).all():
            told = found.setdefault((chain, host), [])
            rest = max(count - sum(many for _, many in told), 0)
            over = above_threshold.get((chain, host), 0) - sum(many for cell, many in told if cell.above)
            over = rest if flagged else min(max(over, 0), rest)
            told += [
                (Cell(chain, host, verdict, True, bool(stays)), over),
                (Cell(chain, host, verdict, False, bool(stays)), rest - over),
            ]
        return found

    def _counted_above(self, part: Covered) -> dict[tuple[int, int], int]:
        if not self._grouped:
            return {}
        where, values = self._where(part)
        count = self._connection.exec_driver_sql(f"SELECT sum(c.count) FROM chain c WHERE {where}", values).scalar() or 0
        ways = (
            "chain c CROSS JOIN process p ON p.chain_id = c.id CROSS JOIN covered k ON k.process_id = p.id",
            "covered k CROSS JOIN process p ON p.id = k.process_id CROSS JOIN chain c ON c.id = p.chain_id",
        )
        query = (
            f"SELECT p.chain_id, p.id >> 32, count(*) FROM {ways[count > FEW]} WHERE {where} AND {RECORDED}"
            f" AND k.set_id = {self._set} AND k.score >= {self._threshold} AND p.id BETWEEN ? AND ? GROUP BY 1, 2"
        )
        rows = self._connection.exec_driver_sql(query, (*values, *self._between(part)))
        return {(chain, host): number for chain, host, number in rows}

    @property
    def _set(self) -> int:
        return -1 if self._ranking is None else self._ranking.set

    @property
    def _threshold(self) -> str:
        return f"(SELECT t.threshold FROM score_set t WHERE t.id = {self._set})"

    def _above(self, process: str = "p.id") -> str:
        """SQL: whether process `p` is above the threshold by its own score; by its chain's where no incidents were found."""
        if not self._grouped:
            return self._flagged("p.chain_id")
        of = f"k.set_id = {self._set} AND k.process_id = {process}"
        return f"coalesce((SELECT k.score >= {self._threshold} FROM covered k WHERE {of}), FALSE)"

    def _flagged(self, chain: str = "c.id") -> str:
        if self._grouped:
            return "FALSE"
        of = f"s.chain_id = {chain} AND s.set_id = {self._set}"
        return f"EXISTS (SELECT 1 FROM score s INDEXED BY score_chain WHERE {of} AND s.finding > 0)"

    def _stays(self, part: Covered) -> str:
        """SQL: chain `c` on the host of `x` has a verdict that counts more than one on the subject."""
        assert isinstance(part.one, OfChain)
        scope = part.one.scope
        if scope.host is not None:
            return "FALSE"
        kinds, longer = (1, 0) if scope.prefix is None else (3, scope.prefix)
        return f"{effective_sql(host='x.host_id', kinds=kinds, longer_than=longer)} IS NOT NULL"

    def _where(self, part: Covered) -> tuple[str, tuple[Any, ...]]:
        """SQL: chain `c` is under the subject."""
        assert isinstance(part.one, OfChain)
        assert part.chain is not None
        number, steps = part.chain
        first = prefix_steps(steps, part.one.scope)
        if first is None:
            return "c.id = ?", (number,)
        return f"c.case_id = {self._case} AND c.steps >= ? AND c.steps < ?", (first, first + ABOVE)

    def _between(self, part: Covered) -> tuple[int, int]:
        """The lowest and highest id that a process under the subject can have."""
        assert isinstance(part.one, OfChain)
        host = part.one.scope.host
        return (1, 2**63 - 1) if host is None else ids.records(host_id(self._connection, self._case, host))
