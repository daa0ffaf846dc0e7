"""One number from several signals: the weighted mean of their surprises, −log of the rank among the chains of the queue.

Ranks inside the queue, and not against the training chains: on another estate nearly every chain is beyond the training
chains in one signal or other, and what tells is who stands out among his neighbours. The price: a chain's score depends on
the queue it is in, so thresholds are set per queue (engine.detector.thresholds).

A mean of logarithms is Fisher's way of combining tests. The smallest p, or the harmonic mean, are clearly worse: one
noisy signal then decides alone. What is fused, and with what weight, each signal says itself (engine.signals.kinds).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import Floats
from engine.signals.kinds import Family
from engine.signals.registry import find, signals

Families = Mapping[str, tuple[float, tuple[str, ...]]]
"""Family -> (weight, its signals, averaged first, each by its weight among them: `shares`)."""


def families() -> Families:
    """All there are, in their order."""
    members: dict[Family, tuple[str, ...]] = {}
    for signal in signals():
        if signal.family is not None:
            members[signal.family] = (*members.get(signal.family, ()), signal.name)
    return {family.name: (family.weight, members[family]) for family in sorted(members, key=lambda family: family.place)}


def shares(names: Sequence[str]) -> list[float]:
    """How much each of some signals of one family counts in their mean; they add up to 1."""
    weights = [1.0 if signal is None else signal.weight for signal in map(find, names)]
    return [weight / sum(weights) for weight in weights]


def used(names: Iterable[str]) -> Families:
    """The families of which a signal is there, with those signals."""
    there = set(names)
    found = {family: (weight, tuple(name for name in parts if name in there)) for family, (weight, parts) in families().items()}
    return {family: (weight, parts) for family, (weight, parts) in found.items() if parts}


def speaking(values: Mapping[str, Floats], known_share: float) -> dict[str, Floats]:
    """The signals that have a say. known_share: how many of the queue's chains training saw; when it saw all of them, some only
    tell what the queue itself taught them, and give way.
    """
    gone = {signal.name for signal in signals() if known_share == 1.0 and signal.gives_way_to in values}
    return {name: value for name, value in values.items() if name not in gone}


def undiscounted(values: Mapping[str, Floats]) -> dict[str, Floats]:
    """Without the signals that take a share off what the others say."""
    taken = {signal.name for signal in signals() if signal.discount is not None}
    return {name: value for name, value in values.items() if name not in taken}


def certain(values: Mapping[str, Floats]) -> dict[str, npt.NDArray[np.bool_]]:
    """Signals whose word is settled (Signal.certain) -> of which rows they speak; those that speak of any."""
    found = {name: value > 0 for name, value in values.items() if (signal := find(name)) is not None and signal.certain}
    return {name: speaks for name, speaks in found.items() if speaks.any()}


def surprise(values: Floats, among: Floats | None = None) -> Floats:
    """[c] −log of the middle rank from the top, (rank − ½) / (n + 1), among the n values that are known.

    NaN, nothing known, is what a value in the middle would be: neither odd nor normal. `among` [c']: rank among these values
    instead, of which each of `values` is one or lies between two.
    """
    among = values if among is None else among
    known = among[~np.isnan(among)]
    ordered = np.sort(known)
    above = len(ordered) - np.searchsorted(ordered, values, side="right")
    with_ties = len(ordered) - np.searchsorted(ordered, values, side="left")
    found = -np.log(((above + with_ties) / 2 + 0.5) / (len(ordered) + 1))
    return np.where(np.isnan(values), np.log(2.0), found)


def fuse(values: Mapping[str, Floats], by: Families | None = None, among: Mapping[str, Floats] | None = None) -> Floats:
    """[c] weighted mean over the families (`by`; else all) of the weighted mean surprise of their signals, in nats.

    Absent signals are skipped. `among`: the values that each signal's are ranked among, see `surprise`. Raises ValueError when
    none is there.
    """
    total: Floats | None = None
    weights = 0.0
    for weight, names in (families() if by is None else by).values():
        present = [name for name in names if name in values]
        if not present:
            continue
        found = [surprise(values[name], None if among is None else among[name]) for name in present]
        part: Floats = weight * np.average(found, axis=0, weights=shares(present))
        total = part if total is None else total + part
        weights += weight
    if total is None:
        raise ValueError("no signal to fuse")
    fused = total / weights
    for name, value in values.items():
        signal = find(name)
        if signal is not None and signal.discount is not None:
            fused = fused * np.where(value > 0, signal.discount, 1.0)
    return fused
