"""Thresholds from what a responder can afford to read, never from a constant.

The published .004 does not travel: it depends on the embedding's scale, the corpus and how long training ran.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.domain.arrays import Floats, Ints
from engine.domain.budgets import MOST_PER_HOST_DAY, PER_THOUSAND
from engine.errors import UsageError


@dataclass(frozen=True, slots=True)
class AlertBudget:
    """How many chains may be above the threshold in the training data."""

    per_host_day: float = 1.0
    """Unique chains per host and day."""
    at_least: int = 20
    """Chains in total, so that one host's afternoon still gives something to read."""
    false_positives: float | None = None
    """Instead of the two above: processes above the threshold per 1,000 processes, taking the training data as clean."""

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
            return f"{self.false_positives:g} false positives expected per 1,000 processes"
        return f"{self.per_host_day:g} chains per host-day, at least {self.at_least}"


def threshold_for(budget: AlertBudget, scores: Floats, counts: Ints, host_days: float) -> float:
    """The lowest threshold t at which the chains with score >= t keep within `budget`.

    scores [n] of the training chains, counts [n] their processes, host_days of the training data. Equal scores are
    flagged together or not at all, so fewer may be flagged than the budget allows. inf when not even the highest fits.
    """
    if not len(scores):
        return float("inf")
    if budget.false_positives is not None:
        return _within(scores, counts.astype(np.float64), budget.false_positives / 1000.0 * float(counts.sum()))
    return _within(scores, np.ones(len(scores)), max(budget.per_host_day * host_days, float(budget.at_least)))


def _within(scores: Floats, cost: Floats, allowed: float) -> float:
    """Lowest score whose cumulated cost, from the top and with all its ties, is at most `allowed`."""
    values, place = np.unique(-scores, return_inverse=True)  # ascending in −score: highest first
    spent = np.cumsum(np.bincount(place, weights=cost, minlength=len(values)))
    affordable = np.flatnonzero(spent <= allowed + 1e-9)
    return float(-values[affordable[-1]]) if len(affordable) else float("inf")
