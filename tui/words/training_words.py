"""What is said about a training: rules, starter, which model the case uses, what its threshold promises; and when a model must
not be judged by a case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.untrusted import visible
from tui.words.words import level, many

if TYPE_CHECKING:
    from engine.detector.promise import Promise
    from engine.jobs.rules import TrainingRules
    from store.scores.thresholds import ThresholdInUse

UNCALIBRATED = (
    "These scores know no clean host-days (the model is an earlier version's, of the published score, or of logs without times),"
    " so the budget is spent on this queue itself, an attack's processes among them, and the strongest is flagged in any case"
)


def rules_words(found: TrainingRules) -> str:
    """Which rules a training uses, in a sentence."""
    if found.version is None:
        return "Rules: none are accepted; paths are read as they were recorded"
    origin = "learnt from the case just now" if found.learnt else "accepted"
    return (
        f"Rules: {len(found.rules)} {origin}, version {found.version} ({found.rules.fingerprint}); "
        "oddkin rules list shows them, --no-rules does without"
    )


def in_use_words(before: str | None, after: str) -> str:
    """Which model a case uses, and which one it used; the same words whoever trained."""
    return f"In use: {after}, as before" if before == after else f"In use: {after}; before: {before or 'none'}"


def stop_words(manifest: Mapping[str, Any]) -> str:
    """Why and when a network's training ended before its time, in a sentence; "" when it did not."""
    metrics = manifest.get("metrics")
    told = metrics.get("network_stop") if isinstance(metrics, Mapping) else None
    return visible(f"Training {told}", 400) if told else ""


def brought(manifest: Mapping[str, Any]) -> str:
    """What a model's starter was, in one line; "" for a model without."""
    told = manifest.get("starter")
    if not isinstance(told, Mapping) or not told:
        return ""
    names = ", ".join(map(str, told.get("sources", ()))) or "nothing"
    left = ", ".join(map(str, told.get("left_out", ())))
    without = f"; left out, as this case has their files: {left}" if left else ""
    parameters = manifest.get("parameters")
    switched_on = told.get("prior") and (not isinstance(parameters, Mapping) or parameters.get("threat_prior", True))
    prior = "with" if switched_on else "without"
    return visible(f"Starter: {told.get('chains', 0):,} everyday chains of {names}{without}; {prior} the supervised prior")


def seen_words(seen: Sequence[str], case: str) -> str:
    """Why a model whose starter was made of files of a case must not be judged there; "" where it was of none."""
    if not seen:
        return ""
    return (
        f"The starter of this model was made of files of case {visible(case)} ({visible(', '.join(seen))}): what it finds"
        " there says nothing about how well it detects. Train anew (oddkin train leaves them out), or use"
        " oddkin evaluate --leave-source-out --labels FILE."
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
