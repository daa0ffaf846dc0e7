"""What each signal adds to a fused score: parts that add up to it.

The fusion (engine.signals.fusion) is a weighted mean of sums, so its parts are exact and nothing has to be estimated, as Shapley
values of a nonlinear model would. A discount takes the same share off every part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from engine.domain.arrays import Floats
from engine.signals.fusion import Families, families, shares, surprise
from engine.signals.registry import find


def contributions(
    values: Mapping[str, Floats], by: Families | None = None, among: Mapping[str, Floats] | None = None
) -> dict[str, Floats]:
    """Signal -> [c] its part of `fuse` of the same arguments, in nats; they add up to it. Raises ValueError without a signal."""
    return dict(one_by_one(values, by, among))


def one_by_one(
    values: Mapping[str, Floats], by: Families | None = None, among: Mapping[str, Floats] | None = None
) -> Iterator[tuple[str, Floats]]:
    """The same, a signal after the other, so that only one's ranks are held."""
    present = [(weight, [name for name in names if name in values]) for weight, names in (by or families()).values()]
    weights = sum(weight for weight, names in present if names)
    if not weights:
        raise ValueError("no signal to fuse")
    kept: Floats | None = None
    for name in values:
        signal = find(name)
        if signal is not None and signal.discount is not None:
            share = np.where(values[name] > 0, signal.discount, 1.0)
            kept = share if kept is None else kept * share
    for weight, names in present:
        for name, share_of in zip(names, shares(names) if names else [], strict=True):
            part: Floats = weight * share_of * surprise(values[name], None if among is None else among[name])
            yield name, (part if kept is None else part * kept) / weights
