"""Tail probabilities: how extreme a value is among the training chains, comparable between signals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.domain.arrays import Floats
from engine.domain.ordered import below
from engine.domain.scores import CountedTails


@dataclass(frozen=True, slots=True)
class TailTable:
    """The training distribution of one signal. n unique training chains, each counted once."""

    values: Floats
    """[n] ascending, finite."""

    @classmethod
    def fit(cls, values: Floats) -> TailTable:
        """From the training chains' values, in any order; values that are not finite are left out."""
        ordered = np.sort(values[np.isfinite(values)]).astype(np.float64)
        return cls(ordered if len(ordered) else np.zeros(1))

    def counted(self, values: Floats) -> CountedTails:
        """[c] tails, as `tail`."""
        size = len(self.values)
        at_least = np.where(np.isnan(values), size, size - below(self.values, values))
        return CountedTails(at_least.astype(np.int32), size)

    def tail(self, values: Floats) -> Floats:
        """[c] share of training chains at least as extreme, (rank + 1) / (n + 1), in (0, 1]; 1 for NaN."""
        return self.counted(values).taken(slice(None))


def share(tail: float) -> str:
    """A tail probability in words: 1 in 400; 34 %."""
    if not tail > 0:
        return "none"
    return f"{tail:.0%}" if tail > 0.1 else f"1 in {1 / max(tail, 1e-12):,.0f}"
