"""Tail probabilities: how extreme a value is among the training chains, comparable between signals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.tables import Floats


@dataclass(frozen=True, slots=True)
class TailTable:
    """The training distribution of one signal. n unique training chains, each counted once."""

    values: Floats
    """[n] ascending, finite."""
    spread: float
    """Mean excess over the 90 % quantile, in the signal's unit: the scale beyond the largest training value."""

    @classmethod
    def fit(cls, values: Floats) -> TailTable:
        """From the training chains' values, in any order; values that are not finite are left out."""
        ordered = np.sort(values[np.isfinite(values)]).astype(np.float64)
        if not len(ordered):
            return cls(np.zeros(1), 1.0)
        edge = ordered[int(0.9 * (len(ordered) - 1))]
        excess = ordered[ordered > edge] - edge
        spread = float(excess.mean()) if len(excess) else 0.0
        return cls(ordered, spread if spread > 0 else max(1e-9, 0.1 * float(np.abs(ordered).mean())))

    def tail(self, values: Floats) -> Floats:
        """[c] share of training chains at least as extreme, (rank + 1) / (n + 1), in (0, 1]; 1 for NaN."""
        at_least = len(self.values) - np.searchsorted(self.values, values, side="left")
        share = (at_least + 1) / (len(self.values) + 1)
        return np.where(np.isnan(values), 1.0, share)

    def surprise(self, values: Floats) -> Floats:
        """[c] −log of the tail in nats, 0 or more, that goes on growing behind the largest training value.

        The plain tail is the same for everything behind it, and a model of one estate meets many such chains on
        another: all of them tied at the top. Behind the largest value the tail is continued as a Pareto one of index 1:
        the surprise grows with the logarithm of the excess, so that one wild signal cannot drown the others. Ranks inside the
        queue would not tie either, but make a chain's score depend on what else was ingested, and no threshold could be
        set in advance. The price: on recordings both ranked about as well by average precision, but with ranks the first
        attack stood nearer the top, most of all on another estate.
        """
        excess = np.nan_to_num(np.maximum(values - self.values[-1], 0.0), nan=0.0)
        beyond: Floats = -np.log(self.tail(values)) + np.log1p(excess / self.spread)
        return beyond
