"""Marks of how badly a step was rebuilt: a count of triangles with one meaning over the whole case, whatever the colours.

By the step's tail among the training steps of its role (engine.signals.step_tails) and not by its error, which says little of
itself: shells are rebuilt worse than services everywhere.
"""

from __future__ import annotations

MARK = "▲"
LEVELS = (0.1, 0.02, 0.005)
"""1 in 10, 1 in 50, 1 in 200 of the steps of its role are rebuilt as badly: one mark for each that the tail reaches."""


def mark(tail: float | None) -> str:
    """None to three triangles; none for an ordinary step and for one of which nothing is known (None, NaN)."""
    if tail is None or not 0 < tail <= LEVELS[0]:
        return ""
    return MARK * sum(tail <= level for level in LEVELS)


def one_in(tail: float) -> str:
    """A tail in words: 1 in 225; 38 %."""
    return f"{tail:.0%}".replace("%", " %") if tail > LEVELS[0] else f"1 in {1 / max(tail, 1e-9):,.0f}"
