"""Whether a probability means what it says: of the chains told 70 %, seven of ten should be malicious."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import Floats
from engine.domain.distinct import distinct

BINS = 5


@dataclass(frozen=True, slots=True)
class Bin:
    """Chains whose probability lies in [low, high)."""

    low: float
    high: float
    predicted: float
    """Mean probability."""
    malicious: float
    """Share that is malicious."""
    count: int


def reliability(chance: Floats, malicious: npt.NDArray[np.bool_], bins: int = BINS) -> list[Bin]:
    """The table, empty bins left out. NaN probabilities are left out too."""
    known = ~np.isnan(chance)
    chance, malicious = chance[known], malicious[known]
    place = np.minimum((chance * bins).astype(np.int64), bins - 1)
    out = []
    for number in distinct(place).tolist():
        of_bin = place == number
        means = float(chance[of_bin].mean()), float(malicious[of_bin].mean())
        out.append(Bin(number / bins, (number + 1) / bins, *means, int(of_bin.sum())))
    return out
