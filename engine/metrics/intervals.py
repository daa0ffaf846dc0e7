"""How sure a mean over queues is: intervals by drawing queues anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

LEVEL = 0.9
DRAWS = 2_000
SEED = 7
"""The same queues, the same interval."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over queues, and where it lies in LEVEL of the draws; NaN of none, and no width of one."""

    mean: float
    low: float
    high: float


def interval(values: Sequence[float], group: Sequence[str] | None = None) -> Interval:
    """Of one number for each queue, NaN left out: percentiles over DRAWS draws of as many queues, with replacement (B. Efron).

    `group` [n]: queues of one group are drawn together, as what one recording says several times over is no more than it says
    once. Of differences between two methods on the same queues it is the paired interval.
    """
    found = np.array(values, dtype=np.float64)
    known = ~np.isnan(found)
    if not known.any():
        return Interval(float("nan"), float("nan"), float("nan"))
    names = np.arange(len(found)).astype(np.str_) if group is None else np.array(group, dtype=np.str_)
    number = np.unique(names[known], return_inverse=True)[1]
    total, size = np.bincount(number, weights=found[known]), np.bincount(number)
    drawn = np.random.default_rng(SEED).integers(0, len(size), size=(DRAWS, len(size)))
    means = total[drawn].sum(axis=1) / size[drawn].sum(axis=1)
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return Interval(float(found[known].mean()), float(low), float(high))
