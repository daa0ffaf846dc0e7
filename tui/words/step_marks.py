"""How badly a step was rebuilt, as a mark with one meaning on all screens."""

from __future__ import annotations

LEVELS = (0.005, 0.02, 0.1)
"""1 in 200, 1 in 50, 1 in 10 of the steps of its role."""


def mark(tail: float | None) -> str:
    """▲ to ▲▲▲; "" for what is ordinary or not known."""
    return "" if tail is None else "▲" * sum(tail <= level for level in LEVELS)
