"""How large an alert budget may be. Apart from the budget itself, for the command line names both before it imports NumPy."""

from __future__ import annotations

MOST_PER_HOST_DAY = 1_000_000_000.0
"""Chains: more than any case has."""
PER_THOUSAND = 1_000.0
"""All processes."""

SETTLED = "settled"
"""Of the metrics of a score set: the score from which on a signal is certain (engine.detector.certain); no threshold is above it.
Absent where none is."""


def beyond(highest: float) -> float:
    """A threshold that nothing reaches, near enough to the highest score to be told from it on a screen."""
    return highest + max(abs(highest), 1.0) / 1000
