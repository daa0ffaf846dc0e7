"""What is said of a threshold: what it is expected to flag on clean host-days, and where nobody knows that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.words.words import level, many

if TYPE_CHECKING:
    from engine.detector.promise import Promise
    from store.scores.thresholds import ThresholdInUse

UNCALIBRATED = (
    "These scores know no clean host-days (the model is an earlier version's, of the published score, or of logs without times),"
    " so the budget is spent on this queue itself, an attack's processes among them, and the strongest is flagged in any case"
)


def moved_words(standing: ThresholdInUse) -> str:
    """After a move to a rate of clean processes."""
    flagging = standing.flagging
    here = f"Here that flags {many(flagging.chains, 'chain')}, {many(flagging.processes, 'process', 'processes')}"
    said = f"Threshold moved to {level(flagging.threshold)}"
    if standing.promise is None:
        return f"{said}. {UNCALIBRATED}. {here}"
    return f"{said}: {standing.promise.sentence(flagging.threshold, standing.per_thousand)}. {here}"


def expected_words(promise: Promise | None, threshold: float) -> str:
    """Of clean host-days; "" where nobody knows."""
    return "" if promise is None else promise.told(threshold)
