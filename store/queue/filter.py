"""Filters of the ranked queue as SQL.

The queue is a range of `score` in the order of rank, and most filters are conditions on the way. A condition that few
chains meet would walk through all of them to fill one page, so where an index can name the chains that come into
question and they are few, the query starts from them and sorts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.domain.verdicts import VERDICTS
from store.scope.rules import EFFECTIVE
from store.scores.ranking import Ranking
from store.where.keys import UNDECIDED
from store.where.members import LABELLED_CHAINS
from store.where.rows import ChainParts, of_chains
from store.where.terms import ALL, Where

FEW = 20_000
"""Chains to sort rather than walk past."""


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What a reader wants to see of the queue. All conditions that are given hold together."""

    verdicts: tuple[str, ...] = ()
    """Of these verdicts; "undecided" for none."""
    host_id: int | None = None
    flagged: bool = False
    """Only what is above the threshold."""
    since_us: int | None = None
    until_us: int | None = None
    """Occurred within [since, until] as far as first and last occurrence tell."""
    finding: int | None = None
    """Only the chains that a process of the finding with this number ends in, above the threshold or not."""
    where: Where = ALL
    """What the filter line says."""
    without: tuple[int, ...] = ()
    """Findings that are left out, by their numbers: what exceptions hide. Of chains none are."""


LABELLED = QueueFilter(verdicts=VERDICTS)
"""Only chains with a verdict, whichever."""


@dataclass(frozen=True, slots=True)
class Clause:
    """FROM and WHERE of a page, with their parameters; `c` is chain and `s` is score."""

    source: str
    where: str
    parameters: tuple[Any, ...]
    few: bool = False
    """Starts from the chains that come into question, and not from the whole queue."""


def compiled(ranking: Ranking, wanted: QueueFilter) -> Clause:
    """Choose where to start and write the conditions."""
    conditions, values = _conditions(ranking, wanted)
    asked = of_chains(ranking, wanted.where) if wanted.where else ChainParts(())
    conditions += [part.sql for part in asked.conditions]
    values += tuple(value for part in asked.conditions for value in part.values)
    if asked.candidates is not None:
        chosen = "(SELECT value AS chain_id FROM json_each(?)) m"
        source = f"{chosen} CROSS JOIN score s INDEXED BY score_chain ON s.chain_id = m.chain_id"
        return _joined(source, conditions, (asked.candidates, *values), ranking.set, few=True)
    for select, parameters in _candidates(ranking, wanted):
        query = f"SELECT count(*) FROM (SELECT 1 FROM ({select}) LIMIT {FEW + 1})"
        found = ranking.connection.exec_driver_sql(query, parameters).scalar_one()
        if found <= FEW:
            # CROSS JOIN is how SQLite is told to keep the order of the tables; without the index by name it prefers the
            # range of ranks, and walks through all of them once per candidate.
            chosen = f"(SELECT DISTINCT chain_id FROM ({select})) m"
            source = f"{chosen} CROSS JOIN score s INDEXED BY score_chain ON s.chain_id = m.chain_id"
            return _joined(source, conditions, (*parameters, *values), ranking.set, few=True)
    return _joined("score s", conditions, values, ranking.set)


def _joined(source: str, conditions: list[str], values: tuple[Any, ...], set_id: int, *, few: bool = False) -> Clause:
    where = " AND ".join([f"s.set_id = {int(set_id)}", *conditions])
    return Clause(f"{source} CROSS JOIN chain c ON c.id = s.chain_id", where, values, few)


def _candidates(ranking: Ranking, wanted: QueueFilter) -> list[tuple[str, tuple[Any, ...]]]:
    ways: list[tuple[str, tuple[Any, ...]]] = []
    if wanted.finding is not None:
        members = (
            "SELECT s.chain_id FROM finding_chain m CROSS JOIN score s ON s.set_id = m.set_id AND s.rank = m.rank"
            " WHERE m.set_id = ? AND m.finding = ?"
        )
        ways.append((members, (ranking.set, wanted.finding)))
    if wanted.verdicts and UNDECIDED not in wanted.verdicts:
        ways.append((LABELLED_CHAINS, (ranking.case,) * 3))
    if wanted.host_id is not None:
        ways.append(("SELECT chain_id FROM chain_host WHERE host_id = ?", (wanted.host_id,)))
    return ways


def _conditions(ranking: Ranking, wanted: QueueFilter) -> tuple[list[str], tuple[Any, ...]]:
    conditions: list[str] = []
    values: list[Any] = []
    if wanted.verdicts:
        marks = ",".join("?" * len(wanted.verdicts))
        conditions.append(f"coalesce({EFFECTIVE}, '{UNDECIDED}') IN ({marks})")
        values += wanted.verdicts
    if wanted.host_id is not None:
        conditions.append("EXISTS (SELECT 1 FROM chain_host h WHERE h.host_id = ? AND h.chain_id = c.id)")
        values.append(wanted.host_id)
    if wanted.flagged:
        conditions.append("s.finding > 0")
    if wanted.finding is not None:
        conditions.append(
            "EXISTS (SELECT 1 FROM finding_chain m WHERE m.set_id = s.set_id AND m.finding = ? AND m.rank = s.rank)"
        )
        values.append(wanted.finding)
    for bound, condition in ((wanted.since_us, "c.last_us >= ?"), (wanted.until_us, "c.first_us <= ?")):
        if bound is not None:
            conditions.append(condition)
            values.append(bound)
    return conditions, tuple(values)
