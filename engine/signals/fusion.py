"""One number from several signals: the weighted mean of their surprises, −log of the rank among the chains of the queue.

Ranks inside the queue, and not against the training chains: on another estate nearly every chain is beyond the training
chains in one signal or other, and what tells is who stands out among his neighbours. The price: a chain's score depends on
the queue it is in, so thresholds are set per queue (engine.detector.thresholds).

A mean of logarithms is Fisher's way of combining tests. The smallest p, or the harmonic mean, are clearly worse: one
noisy signal then decides alone. Weights are by family and not learnt: learnt ones were not better.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.domain.arrays import Floats
from engine.knowledge.build_tree import DISCOUNT

FAMILIES: Mapping[str, tuple[float, tuple[str, ...]]] = {
    "rarity": (1.0, ("window_rarity", "starter_rarity")),
    "reconstruction": (0.5, ("reconstruction_by_place", "reconstruction_worst")),
    "command": (0.5, ("command_rarity",)),
    "rules": (0.5, ("command_rules",)),
    "knowledge": (2.0, ("prior", "role_share")),
    "threat": (0.5, ("threat_classes", "threat_words")),
}
"""Family -> (weight, its signals, averaged first). Shown but not fused: pair rarity (the same evidence as window rarity once
more, and the weaker of the two), the mean error (a long chain dilutes one odd step), chain frequency and host
prevalence (they lift everyday one-offs), rolefrac (role share is the same, less sure of short chains)."""

BUILD = "build_tree"
"""Signal that is 1 for chains of a build; they keep half of their surprise."""


def surprise(values: Floats) -> Floats:
    """[c] −log of the middle rank from the top, (rank − ½) / (n + 1), among the n values that are known.

    NaN, nothing known, is what a value in the middle would be: neither odd nor normal.
    """
    known = values[~np.isnan(values)]
    ordered = np.sort(known)
    above = len(ordered) - np.searchsorted(ordered, values, side="right")
    with_ties = len(ordered) - np.searchsorted(ordered, values, side="left")
    found = -np.log(((above + with_ties) / 2 + 0.5) / (len(ordered) + 1))
    return np.where(np.isnan(values), np.log(2.0), found)


def fuse(values: Mapping[str, Floats], families: Mapping[str, tuple[float, tuple[str, ...]]] = FAMILIES) -> Floats:
    """[c] weighted mean over the families of the mean surprise of their signals, in nats; absent signals are skipped."""
    total: Floats | None = None
    weights = 0.0
    for weight, names in families.values():
        present = [surprise(values[name]) for name in names if name in values]
        if not present:
            continue
        part: Floats = weight * np.mean(present, axis=0)
        total = part if total is None else total + part
        weights += weight
    if total is None:
        raise ValueError("no signal to fuse")
    fused = total / weights
    return fused * np.where(values[BUILD] > 0, DISCOUNT, 1.0) if BUILD in values else fused


def used(names: Mapping[str, object]) -> dict[str, tuple[float, tuple[str, ...]]]:
    """The families of which a signal is there."""
    found = {family: (weight, tuple(n for n in parts if n in names)) for family, (weight, parts) in FAMILIES.items()}
    return {family: (weight, parts) for family, (weight, parts) in found.items() if parts}
