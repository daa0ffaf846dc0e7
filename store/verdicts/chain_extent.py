"""What a verdict on several chains would extend to: how many are above the threshold, which are decided, what is written to them.

Asked before the verdict, for the question, and once more in the transaction that gives it, where only the answer counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from store.base.interning import in_chunks
from store.base.packed import ABOVE, STEP_BYTES
from store.chains.lookup import chain_of
from store.scope.rules import EFFECTIVE, effective_sql, prefix_steps
from store.scope.scopes import Scope
from store.scores.ranking import Ranking


@dataclass(frozen=True, slots=True)
class Candidate:
    """One chain that a verdict would be for."""

    key: str
    chain_id: int
    processes: int
    flagged: bool
    """Above the threshold of the scores in use."""
    verdict: str | None
    """What counts for it now; under a prefix only what would count more than a verdict on that prefix."""


@dataclass(frozen=True, slots=True)
class ChainExtent:
    """The chains of an act that is only planned."""

    chains: tuple[Candidate, ...]

    def part(self, *, above: bool = False, overwrite: bool = False) -> tuple[Candidate, ...]:
        """The undecided ones, `overwrite`: the decided ones too; `above`: of these only what is above the threshold."""
        return tuple(one for one in self.chains if (overwrite or one.verdict is None) and (one.flagged or not above))

    @property
    def decided(self) -> int:
        """How many of the chains have a verdict already."""
        return sum(one.verdict is not None for one in self.chains)


def processes(chains: Sequence[Candidate]) -> int:
    """Recorded processes that end in one of them."""
    return sum(one.processes for one in chains)


def of_chains(connection: Connection, case: int, keys: Sequence[str]) -> ChainExtent:
    """Of chains by their keys, in their order. Raises NotFound for a key of no chain."""
    wanted = list(dict.fromkeys(keys))
    query = _query(connection, case, EFFECTIVE) + " AND c.key IN ({})"
    found = {row[0]: _candidate(row) for row in in_chunks(connection, query, wanted)}
    for missing in (key for key in wanted if key not in found):
        chain_of(connection, case, missing)
    return ChainExtent(tuple(found[key] for key in wanted))


def of_scope(connection: Connection, case: int, chain: tuple[int, bytes], scope: Scope) -> ChainExtent:
    """Of one chain with a scope: everything that begins with its first steps. A verdict that counts more than one on that prefix
    decides; one on the prefix itself, or on a shorter one, is what would be replaced.
    """
    first = prefix_steps(chain[1], scope)
    if first is None:
        query, values = f"{_query(connection, case, EFFECTIVE)} AND c.id = ?", (chain[0],)
        return ChainExtent(tuple(_candidate(row) for row in connection.exec_driver_sql(query, values)))
    longer = effective_sql(longer_than=len(first) // STEP_BYTES)
    query = f"{_query(connection, case, longer)} AND c.steps >= ? AND c.steps < ? ORDER BY c.key"
    return ChainExtent(tuple(_candidate(row) for row in connection.exec_driver_sql(query, (first, first + ABOVE))))


def _query(connection: Connection, case: int, verdict: str) -> str:
    ranking = Ranking.find(connection, case)
    above = (
        "0" if ranking is None
        else f"EXISTS (SELECT 1 FROM score s WHERE s.chain_id = c.id AND s.set_id = {ranking.set} AND s.finding > 0)"
    )  # fmt: skip
    return f"SELECT c.key, c.id, c.count, {above}, {verdict} FROM chain c WHERE c.case_id = {int(case)}"


def _candidate(row: Sequence[object]) -> Candidate:
    key, number, count, flagged, verdict = row
    return Candidate(str(key), int(str(number)), int(str(count)), bool(flagged), None if verdict is None else str(verdict))
