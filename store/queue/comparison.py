"""Two models over the same chains of a case: where they agree, and what the verdicts so far say about each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection

from engine.domain.arrays import Ints
from engine.domain.verdicts import Verdict
from engine.metrics.agreement import Agreement, Standings, agreement, separation, standings
from store.base.blocks import integers
from store.base.database import Database
from store.base.packed import unpack_steps
from store.chains.lookup import step_texts
from store.evidence.cases import read_case
from store.queue.filter import QueueFilter, compiled
from store.scope.rules import EFFECTIVE
from store.scores.ranking import Ranking

USABLE = QueueFilter(verdicts=tuple(verdict.word for verdict in Verdict if verdict.malicious is not None))
SHOWN = 20
"""Chains named in each list."""
ALONE = """
SELECT a.rank, b.rank, c.key, c.steps, {verdict} FROM score {first}
CROSS JOIN score {second} INDEXED BY score_chain ON a.chain_id = b.chain_id CROSS JOIN chain c ON c.id = a.chain_id
WHERE a.set_id = ?1 AND b.set_id = ?2 AND {condition} ORDER BY {first}.rank LIMIT {limit}
"""


@dataclass(frozen=True, slots=True)
class Placed:
    """One chain in both queues."""

    key: str
    steps: tuple[str, ...]
    verdict: str | None
    old_rank: int
    new_rank: int


@dataclass(frozen=True, slots=True)
class ModelComparison:
    """`old` is the model that one may leave, `new` the one that one may take."""

    old: str
    new: str
    read: int
    """How many chains of each queue count as flagged in what follows."""
    agreement: Agreement
    standings: tuple[Standings, ...]
    """By verdict; () while nothing is labelled."""
    old_separation: float
    """Chance that a chain called malicious stands above one called benign or false positive; NaN without both."""
    new_separation: float
    labelled: tuple[Placed, ...]
    """Malicious first; at most SHOWN."""
    only_new: tuple[Placed, ...]
    """Flagged by the new model alone, its best first."""
    only_old: tuple[Placed, ...]


def compare(database: Database, case: str, old: str, new: str) -> ModelComparison:
    """Both must have scored the case; chains that only one of them has scored are left out. Raises NotFound.

    Flagged means here: among as many of each queue as the old model flags. Two thresholds that stand for different budgets
    would say more about the budgets than about the models. Reads every score once: for a worker, not where a screen is drawn.
    """
    with read_case(database, case) as (connection, number):
        rankings = Ranking.of(connection, number, old), Ranking.of(connection, number, new)
        sets = rankings[0].set, rankings[1].set
        pairs = _pairs(connection, sets)
        read = int((pairs[:, 2] > 0).sum()) or int((pairs[:, 3] > 0).sum())
        cuts = _cut(pairs[:, 0], read), _cut(pairs[:, 1], read)
        verdicts, ranks, labelled = _labelled(*rankings)
        only_new = _alone(connection, sets, "b", "a", f"b.rank <= {cuts[1]} AND a.rank > {cuts[0]}")
        only_old = _alone(connection, sets, "a", "b", f"a.rank <= {cuts[0]} AND b.rank > {cuts[1]}")
    return ModelComparison(
        old=old,
        new=new,
        read=read,
        agreement=agreement(pairs[:, 0], pairs[:, 1], pairs[:, 0] <= cuts[0], pairs[:, 1] <= cuts[1]),
        standings=standings(verdicts, ranks[:, 0], ranks[:, 1], ranks[:, 0] <= cuts[0], ranks[:, 1] <= cuts[1]),
        old_separation=separation(verdicts, ranks[:, 0]),
        new_separation=separation(verdicts, ranks[:, 1]),
        labelled=labelled,
        only_new=only_new,
        only_old=only_old,
    )


def _cut(rank: Ints, read: int) -> int:
    """The rank at which `read` chains have been seen; ranks have holes where chains are gone."""
    return int(np.partition(rank, read - 1)[read - 1]) if read else 0


def _pairs(connection: Connection, sets: tuple[int, int]) -> Ints:
    """[c, 4] old rank, new rank, flagged by old, flagged by new. Two scans: a join would look every chain up by itself."""
    old, new = (_ranks(connection, number) for number in sets)
    _ids, at_old, at_new = np.intersect1d(old[:, 0], new[:, 0], assume_unique=True, return_indices=True)
    return np.stack([old[at_old, 1], new[at_new, 1], old[at_old, 2], new[at_new, 2]], axis=1)


def _ranks(connection: Connection, set_id: int) -> Ints:
    """[c, 3] id of the chain, rank, and 1 where it is above the threshold, of every chain of a scoring."""
    return integers(connection, "SELECT chain_id, rank, finding > 0 FROM score WHERE set_id = ?", (set_id,), 3, small=True)


def _labelled(old: Ranking, new: Ranking) -> tuple[Any, Ints, tuple[Placed, ...]]:
    """[l] verdicts, [l, 2] old and new rank, and the first of them by name."""
    clause = compiled(old, USABLE)
    query = (
        f"SELECT s.rank, b.rank, {EFFECTIVE}, c.key, c.steps FROM {clause.source}"
        f" CROSS JOIN score b INDEXED BY score_chain ON b.chain_id = s.chain_id AND b.set_id = {new.set}"
        f" WHERE {clause.where} ORDER BY s.rank"
    )
    rows = old.connection.exec_driver_sql(query, clause.parameters).all()
    numbers = np.array([row[:2] for row in rows], dtype=np.int64).reshape(len(rows), 2)
    first = sorted(rows, key=lambda row: (row[2] != Verdict.MALICIOUS.word, row[0]))[:SHOWN]
    named = _placed(old.connection, [(row[0], row[1], row[3], row[4], row[2]) for row in first])
    return np.array([row[2] for row in rows], dtype=np.str_), numbers, named


def _alone(connection: Connection, sets: tuple[int, int], first: str, second: str, condition: str) -> tuple[Placed, ...]:
    """Chains that meet a condition on both ranks, in the order of `first` ("a" the old queue, "b" the new one)."""
    query = ALONE.format(verdict=EFFECTIVE, first=first, second=second, condition=condition, limit=SHOWN)
    return _placed(connection, [tuple(row) for row in connection.exec_driver_sql(query, sets)])


def _placed(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> tuple[Placed, ...]:
    texts = step_texts(connection, [row[3] for row in rows])
    return tuple(
        Placed(key, tuple(texts[path] for path in unpack_steps(steps)), verdict, old, new)
        for old, new, key, steps, verdict in rows
    )
