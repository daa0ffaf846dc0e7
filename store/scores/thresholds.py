"""Thresholds of score sets as budgets: what would be flagged, and making it so."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import Connection, select

from engine.domain.arrays import Floats, Ints
from engine.errors import StoreError
from store.base.blocks import blocks
from store.base.database import Topic
from store.base.packed import stored_json
from store.chains import corpus
from store.custody.journal import record
from store.evidence.cases import read_case, write_case
from store.schema.models import ScoreSetRow
from store.scores import above, kept, threshold_rows
from store.scores.ranking import Ranking, read_ranking
from store.scores.threshold_rows import Flagging

if TYPE_CHECKING:
    from engine.detector.cost import Cost
    from engine.detector.promise import Promise

SAMPLE = 100_000
"""Chains whose scores are drawn at most: a plot is 200 columns wide."""


@dataclass(frozen=True, slots=True)
class ThresholdInUse:
    """The threshold that holds for a case's scores by one model."""

    model_id: str
    flagging: Flagging
    chains: int
    """Scored."""
    host_days: float
    """The unit of budgets: days between first and last event per host, at least one each, added up."""
    moved: float | None
    """The budget that somebody chose, chains per host-day; None: the model's own."""
    promise: Promise | None = field(default=None, compare=False)
    """What is expected of clean host-days; None of a model that knows none, whose budgets are spent on the queue itself."""
    per_thousand: float | None = None
    """Where somebody chose a rate of clean processes."""


@dataclass(frozen=True, slots=True)
class ScoreShape:
    """Scores of a case by one model, best first, every `stride`-th chain."""

    stride: int
    score: Floats
    error: Floats
    """Mean reconstruction error of the same chains, highest first on its own account; empty for models without it."""


class Thresholds(Topic):
    """By case and model; the model is the one in use unless it is named. Raises NotFound when nothing was scored."""

    def standing(self, case: str, model: str | None = None) -> ThresholdInUse:
        """The threshold that holds, what it flags, and whether somebody moved it."""
        with read_ranking(self._database, case, model) as ranking:
            connection = ranking.connection
            query = select(ScoreSetRow.model_id, ScoreSetRow.threshold, ScoreSetRow.chains).where(ScoreSetRow.id == ranking.set)
            row = connection.execute(query).one()
            found = connection.exec_driver_sql(
                "SELECT count(*), coalesce(sum(c.count), 0) FROM score s"
                " CROSS JOIN chain c ON c.id = s.chain_id WHERE s.set_id = ? AND s.finding > 0",
                (ranking.set,),
            ).one()
            findings = above.flagged(connection, ranking.set, row.threshold)
            moved = threshold_rows.moved_budget(connection, ranking.case, row.model_id)
            days = corpus.host_days(connection, ranking.case)
            promise = threshold_rows.promised(connection, ranking.set)
        flagging = Flagging(row.threshold, found[0], findings, found[1])
        budget, rate = (None, None) if moved is None else (moved.per_host_day, moved.per_thousand)
        return ThresholdInUse(row.model_id, flagging, row.chains, days, budget, promise, rate)

    def promise(self, case: str, model: str | None = None) -> Promise | None:
        """What is expected of clean host-days; None of a model that knows none."""
        with read_ranking(self._database, case, model) as ranking:
            return threshold_rows.promised(ranking.connection, ranking.set)

    def scored_models(self, case: str) -> tuple[str, ...]:
        """Models that have scored the case, the newest scoring first."""
        with read_case(self._database, case) as (connection, number):
            query = (
                select(ScoreSetRow.model_id)
                .where(ScoreSetRow.case_id == number)
                .order_by(ScoreSetRow.created_us.desc(), ScoreSetRow.id.desc())
            )
            return tuple(connection.execute(query).scalars())

    def what_if(self, case: str, allowed: int, model: str | None = None) -> Flagging:
        """What would be flagged if at most `allowed` chains may be. Reads that many rows; changes nothing."""
        with read_ranking(self._database, case, model) as ranking:
            return threshold_rows.flag(ranking.connection, ranking.set, allowed)

    def move(self, case: str, per_host_day: float, model: str | None = None) -> Flagging:
        """Flag what fits into a budget of chains per host-day, regroup the findings, in one transaction."""
        with write_case(self._database, case) as (connection, number):
            flagging = threshold_rows.move(connection, number, Ranking.of(connection, number, model).set, per_host_day)
            self._log(connection, case, flagging, per_host_day=per_host_day)
            connection.commit()
        return flagging

    def cost(self, case: str, model: str | None = None) -> Cost | None:
        """What the threshold that holds costs over the processes of the case; None without any.

        The processes are counted once and the count is kept, for as long as it is true.
        """
        from store.scores import kept_days  # needs the detector's package, which opening a case does not

        with read_ranking(self._database, case, model) as ranking:
            evidence = kept.evidence_of(ranking.connection, ranking.case)
            days = kept_days.load(ranking.connection, ranking.set, evidence)
            if fresh := days is None:
                days = kept_days.count(ranking.connection, ranking.case)
        if fresh:
            # A workspace that is busy or full, or may not be written, goes without.
            with contextlib.suppress(StoreError), self._database.write() as connection:
                kept_days.save(connection, ranking.set, evidence, days)
                connection.commit()
        return days.rates(self.flagged_chains(case, model))

    def move_to_rate(self, case: str, per_thousand: float, model: str | None = None) -> Flagging:
        """Flag what so many of 1,000 clean processes would be flagged with, wherever in the queue that ends.

        Where nothing is known of clean host-days, so many of the queue's own processes.
        """
        with write_case(self._database, case) as (connection, number):
            flagging = threshold_rows.move_to_rate(connection, number, Ranking.of(connection, number, model).set, per_thousand)
            self._log(connection, case, flagging, per_thousand=per_thousand)
            connection.commit()
        return flagging

    def _log(self, connection: Connection, case: str, flagging: Flagging, **asked: float) -> None:
        told = {"threshold": flagging.threshold, "chains": flagging.chains, **asked}
        record(connection, self._database.acting, "threshold moved", told, case=case)

    def flagged_chains(self, case: str, model: str | None = None) -> Ints:
        """Ids of the chains above the threshold, ascending."""
        query = "SELECT chain_id FROM score WHERE set_id = ? AND finding > 0 ORDER BY chain_id"
        with read_ranking(self._database, case, model) as ranking:
            return np.array([row[0] for row in ranking.connection.exec_driver_sql(query, (ranking.set,))], dtype=np.int64)

    def shape(self, case: str, model: str | None = None, sample: int = SAMPLE) -> ScoreShape:
        """Scores and reconstruction errors for a plot; at most `sample` chains, evenly spaced over the ranks."""
        with read_ranking(self._database, case, model) as ranking:
            query = select(ScoreSetRow.chains, ScoreSetRow.signals).where(ScoreSetRow.id == ranking.set)
            chains, names = ranking.connection.execute(query).one()
            stride = max(1, -(-chains // sample))
            return _shape(ranking, stride, names)


def _shape(ranking: Ranking, stride: int, names: str) -> ScoreShape:
    signals = stored_json(names)
    at = signals.index("reconstruction") * 2 if "reconstruction" in signals else None
    query = "SELECT score, signals FROM score WHERE set_id = ? AND rank % ? = 0 ORDER BY rank"
    score: list[float] = []
    error: list[Floats] = []
    for rows in blocks(ranking.connection, query, (ranking.set, stride), small=True):
        score += [row[0] for row in rows]
        if at is not None:
            packed = np.frombuffer(b"".join(row[1] for row in rows), dtype="<f8").reshape(len(rows), -1)
            error.append(packed[:, at].copy())
    errors = np.concatenate(error) if error else np.zeros(0)
    return ScoreShape(stride, np.array(score, dtype=np.float64), -np.sort(-errors))
