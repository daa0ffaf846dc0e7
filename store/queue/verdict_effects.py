"""What the labels of a case did: chains moved and put aside, and how good the queue was over time, as the reader found it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sqlalchemy import Connection

from engine.domain.arrays import Ints32
from engine.domain.verdicts import Verdict
from engine.verdicts.queue import Effect
from store.base.database import Database
from store.base.views import QueueRow
from store.learnt.order import LearntOrders
from store.learnt.packed import LearntIndex
from store.queue.pages import COLUMNS, rows_of
from store.queue.positions import with_place
from store.scope.state import stacks
from store.scores.ranking import Ranking, read_ranking
from store.where.members import MOVED

WINDOW = 20
"""Decisions that one figure of the precision is about."""
LISTED = 10
SAYS = {side: ", ".join(f"'{one.word}'" for one in Verdict if one.malicious is side) for side in (True, False)}
DECISIONS = f"""
SELECT batch, min(at_us) AS at_us, sum(verdict IN ({SAYS[True]})) AS malicious, count(*) AS events,
       sum(verdict IN ({SAYS[True]}, {SAYS[False]})) AS decisive
FROM label_event WHERE case_id = ? AND action <> 'undo' AND verdict IS NOT old_verdict GROUP BY batch ORDER BY batch
"""


@dataclass(frozen=True, slots=True)
class Precision:
    """Share of malicious among the last WINDOW decisions, as it was after each of them."""

    at_us: tuple[int, ...]
    share: tuple[float, ...]

    @property
    def last(self) -> float | None:
        """The share after the newest decision; None before the first."""
        return self.share[-1] if self.share else None


@dataclass(frozen=True, slots=True)
class PutAside:
    """Chains that are behind all others because of one verdict."""

    chains: int
    row: QueueRow | None
    """The labelled chain; None where the verdict was given elsewhere."""
    origin: str
    """Where that was; "" for a verdict of this case. Untrusted."""


@dataclass(frozen=True, slots=True)
class LabelEffects:
    """What the verdicts of a case did to its queue, for the list of effects."""

    chains: int
    up: int
    down: int
    out: int
    raised: tuple[QueueRow, ...]
    """Those that gained most places; at most LISTED, like the next two."""
    lowered: tuple[QueueRow, ...]
    put_aside: tuple[PutAside, ...]
    precision: Precision
    abstains: bool
    metrics: dict[str, Any] = field(default_factory=dict)


def effects(database: Database, learnt: LearntOrders, case: str) -> LabelEffects | None:
    """By the learnt queue as it stands; None where labels have not re-ordered anything. Raises NotFound."""
    with read_ranking(database, case) as ranking:
        index = learnt.of_set(ranking.connection, ranking.set)
        if index is None:
            return None
        gained = index.ranks.astype(np.int64) - np.arange(1, len(index.ranks) + 1)
        up, down = (np.isin(index.effect, MOVED[how]) for how in ("raised", "lowered"))
        suppressed = np.isin(index.effect, MOVED["suppressed"])
        return LabelEffects(
            chains=len(index.ranks),
            up=int(up.sum()),
            down=int(down.sum()),
            out=int(suppressed.sum()),
            raised=_rows(ranking, index, _most(index, up, gained)),
            lowered=_rows(ranking, index, _most(index, down, -gained)),
            put_aside=_put_aside(ranking, index),
            precision=precision(ranking.connection, ranking.case),
            abstains=index.abstains,
            metrics=dict(index.metrics),
        )


def precision(connection: Connection, case: int) -> Precision:
    """Over the decisions that hold (what was undone was no decision), oldest first.

    A decision is one line of the queue, a chain or all chains of a finding; an import of mixed verdicts and what stays
    undetermined tell nothing of the queue and are left out.
    """
    holds = set(stacks(connection, case)[0])
    kept = [
        (row.at_us, row.malicious > 0)
        for row in connection.exec_driver_sql(DECISIONS, (case,))
        if row.batch in holds and row.decisive == row.events and row.malicious in {0, row.events}
    ]
    hits = np.array([hit for _, hit in kept], dtype=np.float64)
    total = np.concatenate([[0.0], np.cumsum(hits)])
    ends = np.arange(1, len(hits) + 1)
    starts = np.maximum(ends - WINDOW, 0)
    share = (total[ends] - total[starts]) / np.maximum(ends - starts, 1)
    return Precision(tuple(at for at, _ in kept), tuple(share.tolist()))


def _most(index: LearntIndex, chosen: Any, gained: Any) -> Ints32:
    places = np.flatnonzero(chosen)
    return index.ranks[places[np.argsort(-gained[places], kind="stable")][:LISTED]]


def _put_aside(ranking: Ranking, index: LearntIndex) -> tuple[PutAside, ...]:
    """By the verdict behind them, the most chains first."""
    causes = index.cause[np.isin(index.effect, (Effect.SUPPRESSED_SHAPE, Effect.SUPPRESSED_REMEMBERED))]
    found, counts = np.unique(causes, return_counts=True)
    first = np.argsort(-counts, kind="stable")[:LISTED]
    rows = {row.rank: row for row in _rows(ranking, index, found[first][found[first] > 0])}
    out = []
    for cause, chains in zip(found[first].tolist(), counts[first].tolist(), strict=True):
        origin = "" if cause > 0 else index.origin(cause) or "elsewhere"
        out.append(PutAside(chains, rows.get(cause), origin))
    return tuple(out)


def _rows(ranking: Ranking, index: LearntIndex, ranks: Ints32) -> tuple[QueueRow, ...]:
    """The rows of some ranks, in the order of `ranks`."""
    wanted: Sequence[int] = ranks.tolist()
    marks = ",".join("?" * len(wanted))
    query = (
        f"SELECT {COLUMNS} FROM score s CROSS JOIN chain c ON c.id = s.chain_id WHERE s.set_id = {ranking.set}"
        f" AND s.rank IN ({marks})"
    )
    rows = ranking.connection.exec_driver_sql(query, tuple(wanted)).all()
    found = {row.rank: with_place(row, index) for row in rows_of(ranking.connection, rows)}
    return tuple(found[rank] for rank in wanted if rank in found)
