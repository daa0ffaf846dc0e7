"""One number from several signals: the weighted mean of their surprises (−log tail, engine.signals.tails).

A mean of logarithms is Fisher's way of combining tests. The smallest p, or the harmonic mean, are clearly worse: one
noisy signal then decides alone. Weights are by family and not learnt: learnt ones were not better.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.tables import Floats

FAMILIES: Mapping[str, tuple[float, tuple[str, ...]]] = {
    "rarity": (1.0, ("window_rarity",)),
    "reconstruction": (0.5, ("reconstruction_worst", "reconstruction")),
}
"""Family -> (weight, its signals, averaged first). Rarity counts double because it ranks recorded attacks better than the
published autoencoder does. Shown but not fused: pair rarity (the same evidence as window rarity once more, and the weaker
of the two), chain frequency and host prevalence (they lift everyday one-offs), rolefrac (expert knowledge, not learnt from
this estate)."""


def fuse(surprises: Mapping[str, Floats]) -> Floats:
    """[c] weighted mean over the families of the mean surprise of their signals, in nats; absent signals are skipped."""
    total: Floats | None = None
    weights = 0.0
    for weight, names in FAMILIES.values():
        present = [surprises[name] for name in names if name in surprises]
        if not present:
            continue
        part: Floats = weight * np.mean(present, axis=0)
        total = part if total is None else total + part
        weights += weight
    if total is None:
        raise ValueError("no signal to fuse")
    return total / weights
