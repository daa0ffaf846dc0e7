"""The first paper's own test in words: errors of real and of shuffled chains over the same bins, the threshold between them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

from engine.untrusted import visible
from tui.words.training_words import stop_words
from tui.words.words import level, spark

MARK = "┃"
"""The threshold, between two bins."""
MOST_BINS = 200
LARGEST = 1e12


def shuffle_lines(metrics: Any) -> list[str]:
    """Of a model's figures, which may come from anywhere: what makes no sense is left out. [] where nothing was tested."""
    if not isinstance(metrics, Mapping) or not _sound([metrics.get("shuffled_chains")]) or metrics["shuffled_chains"] < 1:
        return []
    found, line = _number(metrics.get("shuffled_auc")), _number(metrics.get("published_threshold"))
    area = "no AUC" if found is None else f"AUC {found:.3f}"
    lines = [f"Shuffle test: {metrics['shuffled_chains']:,.0f} chains as they are, and with their steps in another order; {area}"]
    edges = metrics.get("histogram_log10_edges")
    if not _sound(edges) or not 2 <= len(edges) <= MOST_BINS + 1 or not edges[0] < edges[-1]:
        return lines
    at = _place(line, edges)
    for name in ("real", "shuffled"):
        counts, share = metrics.get(f"histogram_{name}"), _number(metrics.get(f"{name}_above_threshold"))
        if _sound(counts) and len(counts) == len(edges) - 1 and min(counts) >= 0:
            drawn = spark(counts)
            told = "" if share is None else f"  {share:.1%} above, {1 - share:.1%} below"
            lines.append(f"  {name:<9} {drawn if at is None else drawn[:at] + MARK + drawn[at:]}{told}")
    marked = f"; {MARK} the threshold, {level(line)}" if at is not None else f"; threshold {level(line)}"
    return [*lines, f"  log10 of the mean error, {edges[0]:.1f} … {edges[-1]:.1f}, {len(edges) - 1} bins{marked}"]


def account(manifest: Mapping[str, Any]) -> list[str]:
    """How a detector's training ended, its threshold, the shuffle test; [] for a manifest that tells none of it."""
    metrics = manifest.get("metrics")
    if not isinstance(metrics, Mapping) or "threshold" not in metrics:
        return []
    stop, threshold = stop_words(manifest), level(_number(metrics["threshold"]))
    return [*([stop] if stop else []), f"Threshold {threshold} ({origin_words(manifest)})", *shuffle_lines(metrics)]


def origin_words(manifest: Mapping[str, Any]) -> str:
    """Where a threshold comes from; of models of before the alert budget."""
    metrics = manifest.get("metrics")
    if not isinstance(metrics, Mapping):
        return "of unknown origin"
    return visible(str(metrics.get("threshold_origin") or metrics.get("budget") or "of unknown origin"), 200)


def _place(threshold: float | None, edges: Sequence[float]) -> int | None:
    """How many bins begin below the threshold; None where it is none, or outside of all bins."""
    if threshold is None or not threshold > 0:
        return None
    value = math.log10(threshold)
    return sum(edge < value for edge in edges[:-1]) if edges[0] <= value <= edges[-1] else None


def _number(value: Any) -> float | None:
    """As it is, where it is one."""
    return float(value) if _sound([value]) else None


def _sound(values: Any) -> TypeGuard[list[float]]:
    return isinstance(values, list) and all(
        isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST for value in values
    )
