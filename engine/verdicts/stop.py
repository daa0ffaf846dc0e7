"""When to stop reading: how many malicious chains are probably left among those that nobody has read."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.domain.arrays import Floats, Ints
from engine.verdicts.calibration import LogisticCalibration

COVERS = 0.9
"""What the interval means to cover."""
ENOUGH = 1.0
"""Fewer than so many left at the upper end: reading on is not worth it, by this estimate."""
VAGUE, FEW = 0.1, 20.0
"""An interval wider than this share of what is unread, and than so many, says nothing that a reader could go by."""
MOST = 20_000
"""Chains from the top that are drawn; of those below only the mean counts: there are many, and each says nearly nothing."""
HOW = (
    "The probability of each unread chain, summed. Probabilities come from a curve over the detector's rank and the learner's"
    " odds, fitted on the labelled chains with odds of learners that did not see their finding. The interval holds what the"
    " curve allows with so few labels: nine times of ten, if chains below behave as those that were read."
)


def advice(calibration: LogisticCalibration, surprise: Floats, odds: Floats, unread: Ints) -> dict[str, Any]:
    """Estimate with interval: `left`, `low`, `high`, whether it is `vague`, a sentence (`advice`) and how it was made (`how`)."""
    order = unread[np.argsort(-surprise[unread], kind="stable")]
    rows, below = order[:MOST], order[MOST:]
    if not len(unread):
        return {"left": 0.0, "low": 0.0, "high": 0.0, "vague": False, "advice": "Everything has been read.", "how": HOW}
    sums = calibration.sums(surprise[rows], odds[rows]) + calibration.of(surprise[below], odds[below]).sum()
    low, high = np.quantile(sums, [(1 - COVERS) / 2, (1 + COVERS) / 2]).tolist()
    left = float(np.mean(sums))
    vague = too_vague(low, high, len(unread))
    told = _sentence(left, low, high, len(unread))
    return {"left": left, "low": low, "high": high, "vague": vague, "advice": told, "how": HOW}


def too_vague(low: float, high: float, unread: int) -> bool:
    """Whether an estimate is better not told as a number."""
    return high - low > max(FEW, VAGUE * unread)


def _sentence(left: float, low: float, high: float, unread: int) -> str:
    if too_vague(low, high, unread):
        return f"Read on: {low:.0f} to {high:.0f} malicious chains left among {unread:,} unread; too few verdicts to say more."
    between = f"about {left:.0f} malicious chains left ({low:.0f} to {high:.0f}) among {unread:,} unread"
    if high < ENOUGH:
        return f"Reading on will hardly find anything: {between}."
    if low >= ENOUGH:
        return f"Read on: {between}."
    return f"Perhaps done: {between}."
