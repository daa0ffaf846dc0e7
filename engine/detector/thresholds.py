"""Thresholds from what a responder can afford to read, never from a constant.

The published .004 does not travel: it depends on the embedding's scale, the corpus and how long training ran. Where it is known
what clean host-days are like (engine.detector.calibration), a budget is a promise about the next one; else it is spent on the
queue itself (`threshold_for`), attack and all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.domain.arrays import Floats, Ints
from engine.domain.budgets import MOST_PER_HOST_DAY, PER_THOUSAND, beyond
from engine.errors import UsageError


@dataclass(frozen=True, slots=True)
class AlertBudget:
    """How much of a clean host-day may be above the threshold."""

    per_host_day: float = 1.0
    """Unique chains per host and day."""
    at_least: int = 20
    """Chains in total, so that one host's afternoon still gives something to read. Only where the budget is spent on the queue
    itself: a threshold that was calibrated has nothing above it where nothing is odd."""
    false_positives: float | None = None
    """Instead of the two above: processes above the threshold per 1,000 clean processes."""

    def __post_init__(self) -> None:
        rate = 0.0 if self.false_positives is None else self.false_positives
        # So that NaN is refused too, for it is not within anything.
        if not (0 <= self.per_host_day <= MOST_PER_HOST_DAY and self.at_least >= 0 and 0 <= rate <= PER_THOUSAND):
            raise UsageError(
                "An alert budget is a number that is not negative.",
                remedy=f"At most {MOST_PER_HOST_DAY:,.0f} chains per host-day, or {PER_THOUSAND:,.0f} of 1,000 processes.",
            )

    @property
    def sentence(self) -> str:
        """The budget in words."""
        if self.false_positives is not None:
            return f"{self.false_positives:g} of 1,000 clean processes"
        return f"{self.per_host_day:g} chains per clean host-day"

    @property
    def own_sentence(self) -> str:
        """The same where it is spent on the queue itself."""
        if self.false_positives is not None:
            return f"{self.false_positives:g} of 1,000 processes of the queue itself"
        return f"{self.per_host_day:g} chains per host-day of the queue itself, at least {self.at_least}"


def threshold_for(budget: AlertBudget, scores: Floats, counts: Ints, host_days: float) -> float:
    """The lowest threshold t at which the chains with score >= t keep within `budget`, spent on the queue itself.

    scores [n] of its chains, counts [n] their processes, host_days of it. Equal scores are flagged together or not at all, so
    fewer may be flagged than the budget allows. Where not even the highest fits, it is flagged all the same: nobody knows of it
    that it is a false alarm. Only a budget of no chain flags none. inf without chains.
    """
    if not len(scores):
        return float("inf")
    if budget.false_positives is not None:
        return _within(scores, counts.astype(np.float64), budget.false_positives / 1000.0 * float(counts.sum()))
    allowed = max(budget.per_host_day * host_days, float(budget.at_least))
    return _within(scores, np.ones(len(scores)), allowed) if allowed > 0 else beyond(float(scores.max()))


def _within(scores: Floats, cost: Floats, allowed: float) -> float:
    """Lowest score whose cumulated cost, from the top and with all its ties, is at most `allowed`; else the highest."""
    values, place = np.unique(-scores, return_inverse=True)  # ascending in −score: highest first
    spent = np.cumsum(np.bincount(place, weights=cost, minlength=len(values)))
    affordable = np.flatnonzero(spent <= allowed + 1e-9)
    return float(-values[affordable[-1] if len(affordable) else 0])
