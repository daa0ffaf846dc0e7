"""Alert budgets as a ladder of "chains to read", and the drawn distributions of a model. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from tui.screens.train.distribution_plot import Distributions, Histogram

if TYPE_CHECKING:
    from store.scores.thresholds import ScoreShape

RUNGS = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)
BINS = 80
LARGEST = 1e18
"""A count or edge beyond this (or infinite, or not a number) is a lie."""
MOST = 200_000
"""More chains than this are no budget of anybody."""


def ladder(chains: int, standing: int) -> list[int]:
    """Budgets to step through: 1, 2, 3, 5, 7, 10, 15 … up to all chains, and the one that holds."""
    top = min(chains, MOST)
    rungs = {int(factor * 10**power) for power in range(math.ceil(math.log10(top + 1)) + 1) for factor in RUNGS}
    return sorted(({rung for rung in rungs if rung <= top} | {top, standing}) - {0})


def histograms(metrics: Mapping[str, Any]) -> tuple[Histogram | None, Histogram | None]:
    """Errors of real and shuffled chains from a manifest, which may come from anywhere: what makes no sense is None."""
    edges = metrics.get("histogram_log10_edges")
    if not _numbers(edges) or len(edges) < 2 or not edges[0] < edges[-1]:
        return None, None
    found: list[Histogram | None] = []
    for name in ("histogram_real", "histogram_shuffled"):
        counts = metrics.get(name)
        if _numbers(counts) and len(counts) == len(edges) - 1 and min(counts) >= 0:
            found.append(Histogram(tuple(float(count) for count in counts), (edges[0], edges[-1])))
        else:
            found.append(None)
    return found[0], found[1]


def score_histogram(shape: ScoreShape) -> Histogram | None:
    """Of the scores of a case; infinite ones (never scored) are left out."""
    known = shape.score[np.isfinite(shape.score)]
    if not len(known):
        return None
    low, high = float(known.min()), float(known.max())
    if low == high:
        high = low + 1.0
    counts = np.histogram(known, BINS, (low, high))[0] * shape.stride
    return Histogram(tuple(float(count) for count in counts), (low, high))


def distributions(metrics: Mapping[str, Any], shape: ScoreShape | None, allowed: int, threshold: float | None) -> Distributions:
    """Everything for the plot; `threshold` of the score, None while it is being looked up (then it is read off the shape)."""
    real, shuffled = histograms(metrics)
    if shape is None or not len(shape.score):
        return Distributions(real, shuffled, None, None, None)
    at = min(max(round(allowed / shape.stride), 1), len(shape.score)) - 1
    line = float(shape.score[at]) if threshold is None else threshold
    error = float(shape.error[at]) if len(shape.error) else 0.0
    if allowed <= 0:
        return Distributions(real, shuffled, None, score_histogram(shape), None)
    return Distributions(real, shuffled, math.log10(error) if error > 0 else None, score_histogram(shape), line)


def _numbers(values: Any) -> TypeGuard[list[float]]:
    return (
        isinstance(values, list)
        and 0 < len(values) <= 10_000
        and all(isinstance(value, int | float) and abs(value) < LARGEST for value in values)
    )
