"""What each signal adds to a fused score: parts that add up to it.

The fusion (engine.signals.fusion) is a weighted mean of sums, so its parts are exact and nothing has to be estimated, as Shapley
values of a nonlinear model would. A discount takes the same share off every part.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.domain.arrays import Floats
from engine.signals.fusion import Families, families, shares, surprise
from engine.signals.registry import find


def contributions(
    values: Mapping[str, Floats], by: Families | None = None, among: Mapping[str, Floats] | None = None
) -> dict[str, Floats]:
    """Signal -> [c] its part of `fuse` of the same arguments, in nats; they add up to it. Raises ValueError without a signal."""
    parts: dict[str, Floats] = {}
    weights = 0.0
    for weight, names in (families() if by is None else by).values():
        present = [name for name in names if name in values]
        if not present:
            continue
        for name, share in zip(present, shares(present), strict=True):
            found = surprise(values[name], None if among is None else among[name])
            parts[name] = weight * share * found
        weights += weight
    if not parts:
        raise ValueError("no signal to fuse")
    kept: Floats = np.ones(len(next(iter(parts.values()))))
    for name, value in values.items():
        signal = find(name)
        if signal is not None and signal.discount is not None:
            kept = kept * np.where(value > 0, signal.discount, 1.0)
    return {name: part * kept / weights for name, part in parts.items()}
