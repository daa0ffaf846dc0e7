"""Thresholds of score sets as budgets: what would be flagged, and making it so."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import Connection, select

from engine.domain.arrays import Floats, Ints
from engine.errors import StoreError
from store.base.packed import stored_json
from store.chains import corpus
from store.evidence.cases import case_id
from store.schema.models import ScoreSet
from store.scores import kept, threshold_rows
from store.scores.in_use import scored
from store.scores.threshold_rows import Flagging

if TYPE_CHECKING:
    from engine.detector.cost import Cost
    from store.base.database import Database

SAMPLE = 100_000
"""Chains whose scores are drawn at most: a plot is 200 columns wide."""
FETCH = 5_000


@dataclass(frozen=True, slots=True)
class Standing:
    """The threshold that holds for a case's scores by one model."""

    model_id: str
    flagging: Flagging
    chains: int
    """Scored."""
    host_days: float
    """The unit of budgets: days between first and last event per host, at least one each, added up."""
    moved: float | None
    """The budget that somebody chose, chains per host-day; None: the model's own."""


@dataclass(frozen=True, slots=True)
class ScoreShape:
    """Scores of a case by one model, best first, every `stride`-th chain."""

    stride: int
    score: Floats
    error: Floats
    """Mean reconstruction error of the same chains, highest first on its own account; empty for models without it."""


class Thresholds:
    """By case and model; the model is the one in use unless it is named. Raises NotFound when nothing was scored."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def standing(self, case: str, model: str | None = None) -> Standing:
        """What holds now."""
        with self._database.read() as connection:
            number = case_id(connection, case)
            set_id = scored(connection, number, model)
            row = connection.execute(
                select(ScoreSet.model_id, ScoreSet.threshold, ScoreSet.chains).where(ScoreSet.id == set_id)
            ).one()
            found = connection.exec_driver_sql(
                "SELECT count(*), count(DISTINCT s.finding), coalesce(sum(c.count), 0) FROM score s"
                " CROSS JOIN chain c ON c.id = s.chain_id WHERE s.set_id = ? AND s.finding > 0",
                (set_id,),
            ).one()
            moved = threshold_rows.moved_budget(connection, number, row.model_id)
            days = corpus.host_days(connection, number)
        return Standing(row.model_id, Flagging(row.threshold, *found), row.chains, days, moved)

    def scored_models(self, case: str) -> tuple[str, ...]:
        """Models that have scored the case, the newest scoring first."""
        with self._database.read() as connection:
            query = (
                select(ScoreSet.model_id)
                .where(ScoreSet.case_id == case_id(connection, case))
                .order_by(ScoreSet.created_us.desc(), ScoreSet.id.desc())
            )
            return tuple(connection.execute(query).scalars())

    def what_if(self, case: str, allowed: int, model: str | None = None) -> Flagging:
        """What would be flagged if at most `allowed` chains may be. Reads that many rows; changes nothing."""
        with self._database.read() as connection:
            return threshold_rows.flag(connection, scored(connection, case_id(connection, case), model), allowed)

    def move(self, case: str, per_host_day: float, model: str | None = None) -> Flagging:
        """Flag what fits into a budget of chains per host-day, regroup the findings, in one transaction."""
        with self._database.write() as connection:
            number = case_id(connection, case)
            flagging = threshold_rows.move(connection, number, scored(connection, number, model), per_host_day)
            connection.commit()
        return flagging

    def cost(self, case: str, model: str | None = None) -> Cost | None:
        """What the threshold that holds costs over the processes of the case; None without any.

        The processes are counted once and the count is kept, for as long as it is true.
        """
        from store.scores import kept_days  # needs the detector's package, which opening a case does not

        with self._database.read() as connection:
            number = case_id(connection, case)
            set_id = scored(connection, number, model)
            evidence = kept.evidence_of(connection, number)
            days = kept_days.load(connection, set_id, evidence)
            if fresh := days is None:
                days = kept_days.count(connection, number)
        if fresh:
            # A workspace that is busy or full, or may not be written, goes without.
            with contextlib.suppress(StoreError), self._database.write() as connection:
                kept_days.save(connection, set_id, evidence, days)
                connection.commit()
        return days.rates(self.flagged_chains(case, model))

    def budget_of_rate(self, case: str, per_thousand: float, model: str | None = None) -> float:
        """The budget, in chains per host-day, that flags at most so many of 1,000 processes; 0 when not even one chain fits."""
        with self._database.read() as connection:
            number = case_id(connection, case)
            days = corpus.host_days(connection, number)
            allowed = threshold_rows.chains_within(connection, scored(connection, number, model), per_thousand)
        return allowed / days if days else 0.0

    def flagged_chains(self, case: str, model: str | None = None) -> Ints:
        """Ids of the chains above the threshold, ascending."""
        query = "SELECT chain_id FROM score WHERE set_id = ? AND finding > 0 ORDER BY chain_id"
        with self._database.read() as connection:
            set_id = scored(connection, case_id(connection, case), model)
            return np.array([row[0] for row in connection.exec_driver_sql(query, (set_id,))], dtype=np.int64)

    def shape(self, case: str, model: str | None = None, sample: int = SAMPLE) -> ScoreShape:
        """Scores and reconstruction errors for a plot; at most `sample` chains, evenly spaced over the ranks."""
        with self._database.read() as connection:
            set_id = scored(connection, case_id(connection, case), model)
            chains, names = connection.execute(select(ScoreSet.chains, ScoreSet.signals).where(ScoreSet.id == set_id)).one()
            stride = max(1, -(-chains // sample))
            return _shape(connection, set_id, stride, names)


def _shape(connection: Connection, set_id: int, stride: int, names: str) -> ScoreShape:
    signals = stored_json(names)
    at = signals.index("reconstruction") * 2 if "reconstruction" in signals else None
    cursor = connection.connection.cursor()
    cursor.execute("SELECT score, signals FROM score WHERE set_id = ? AND rank % ? = 0 ORDER BY rank", (set_id, stride))
    score: list[float] = []
    error: list[Floats] = []
    while rows := cursor.fetchmany(FETCH):  # in small pieces: the screen draws in between
        score += [row[0] for row in rows]
        if at is not None:
            packed = np.frombuffer(b"".join(row[1] for row in rows), dtype="<f8").reshape(len(rows), -1)
            error.append(packed[:, at].copy())
    cursor.close()
    errors = np.concatenate(error) if error else np.zeros(0)
    return ScoreShape(stride, np.array(score, dtype=np.float64), -np.sort(-errors))
