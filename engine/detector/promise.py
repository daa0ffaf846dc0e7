"""What a threshold is expected to flag on a clean host-day, for one queue: made by engine.detector.calibration, kept with scores.

A promise depends on the size and the operating system of a queue, and on nothing else of it. So an attack does not use a budget
up, and the strongest finding is above the threshold whenever it stands out as far as that, however small the budget is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from engine.detector.cost import Rate, with_interval
from engine.detector.thresholds import AlertBudget
from engine.domain.arrays import Floats

LEVEL = 0.9
"""Of clean host-days, how many are within an interval."""
KEY = "promise"
"""Of the metrics of a score set."""
MOST_POINTS = 1_000
OUTSTANDING = "Above the threshold is what stands out at least as far as the oddest of them"
KEPT = 1.05
"""Times a budget: what is expected beyond that does not keep it."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What is flagged from a score on; g scores. Each column falls."""

    value: Floats
    low: Floats
    high: Floats

    def at(self, scores: Floats, score: float) -> Rate:
        """Between two scores in proportion."""
        return Rate(*(float(np.interp(score, scores, column)) for column in (self.value, self.low, self.high)))


@dataclass(frozen=True, slots=True)
class Promise:
    """Thresholds of one queue and what they flag on clean host-days."""

    score: Floats
    """[g] rising."""
    processes: Expected
    """Of 1,000 clean processes."""
    alerts: Expected
    """Chains of a clean host-day."""
    highest: float
    """No threshold is above this: nothing on any of the clean host-days stood out as far in a queue of this size."""
    days: int
    """Clean host-days that it was made of."""
    sources: int
    """Estates and recordings that they are from."""
    own: int
    """Host-days of the training's own estate, which moved it. 0 where none did, or where `days` are its own."""
    clean: int
    """Processes of those host-days that are of the queue's operating system."""

    def threshold(self, budget: AlertBudget) -> float:
        """The score from which on a clean host-day is expected to have what the budget allows."""
        if budget.false_positives is not None:
            return self.of_rate(budget.false_positives)
        return self._where(self.alerts.value, budget.per_host_day)

    def of_rate(self, per_thousand: float) -> float:
        """The same for processes of 1,000."""
        return self._where(self.processes.value, per_thousand)

    def _where(self, expected: Floats, allowed: float) -> float:
        """The lowest score from which on no more is expected; the highest there is where that is too much."""
        within = np.flatnonzero(expected <= allowed)
        if not len(within):
            return min(float(self.score[-1]), self.highest)
        at = int(within[0])
        if at == 0:
            return min(float(self.score[0]), self.highest)
        above, below = expected[at - 1], expected[at]
        share = (above - allowed) / (above - below)
        return min(float(self.score[at - 1] + share * (self.score[at] - self.score[at - 1])), self.highest)

    @property
    def least(self) -> float:
        """Processes of 1,000 below which nothing can be promised: of so many clean ones not a single one was seen."""
        return 1000.0 / max(self.clean, 1)

    def told(self, score: float) -> str:
        """What is expected from a score on."""
        return f"of 1,000 clean processes about {with_interval(self.processes.at(self.score, score))} are expected above it"

    def sentence(self, score: float, per_thousand: float | None = None) -> str:
        """For a person, with where it comes from; and whether the rate that was asked for can be promised."""
        said = f"{self.told(score)} ({LEVEL:.0%} interval for another host-day; {self.origin})"
        if per_thousand is None:
            return said
        if per_thousand < self.least:
            said += (
                f". {per_thousand:g} of 1,000 cannot be promised: only {self.clean:,} clean processes of this kind of system were"
                f" seen. {OUTSTANDING}"
            )
        elif self.processes.at(self.score, score).value > per_thousand * KEPT:
            said += (
                f". {per_thousand:g} of 1,000 is not kept: a queue of so few chains has no score that only so few reach."
                f" {OUTSTANDING}"
            )
        return said

    @property
    def origin(self) -> str:
        """Which host-days it was calibrated on."""
        several = "s" * (self.days != 1)
        if not self.sources:
            return f"calibrated on {self.days:,} host-day{several} of the training's own, taken as clean"
        moved = f", moved by {self.own:,} of the training's own" if self.own else ""
        return f"calibrated on {self.days:,} clean host-day{several} of {self.sources:,} other estates{moved}"

    def plain(self) -> dict[str, Any]:
        """For a score set's metrics."""
        columns = {
            name: {key: _short(value) for key, value in asdict(getattr(self, name)).items()} for name in ("processes", "alerts")
        }
        whole = {name: getattr(self, name) for name in ("days", "sources", "own", "clean")}
        # Scores as they are: one that is rounded up loses the very chain that it was taken from.
        return {"score": self.score.tolist(), **columns, "highest": self.highest, **whole}

    @classmethod
    def read(cls, metrics: Mapping[str, Any]) -> Promise | None:
        """From the metrics of a score set; None where they have none, or what makes no sense."""
        plain = metrics.get(KEY)
        try:
            assert isinstance(plain, dict)
            score = _column(plain["score"], None)
            processes, alerts = (
                Expected(*(_column(plain[name][key], len(score)) for key in ("value", "low", "high")))
                for name in ("processes", "alerts")
            )
            highest = float(plain["highest"])
            days, sources, own, clean = (int(plain[name]) for name in ("days", "sources", "own", "clean"))
        except (AssertionError, KeyError, TypeError, ValueError, OverflowError):
            return None
        if not math.isfinite(highest) or min(days, sources, own, clean) < 0 or not len(score) or (np.diff(score) <= 0).any():
            return None
        return cls(score, processes, alerts, highest, days, sources, own, clean)


def _column(values: Any, size: int | None) -> Floats:
    """Raises ValueError for what is no list of numbers, or of another length."""
    column = np.asarray(values, dtype=np.float64)
    if (
        column.ndim != 1
        or len(column) > MOST_POINTS
        or not np.isfinite(column).all()
        or (size is not None and len(column) != size)
    ):
        raise ValueError(size)
    return column


def _short(values: Floats) -> list[float]:
    return [float(f"{value:.9g}") for value in values.tolist()]
