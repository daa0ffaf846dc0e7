"""One number from several signals: the weighted mean of their surprises, −log of the rank among the chains of the queue.

Ranks inside the queue, and not against the training chains: on another estate nearly every chain is beyond the training
chains in one signal or other, and what tells is who stands out among his neighbours. The price: a chain's score depends on
the queue it is in, so thresholds are set per queue (engine.detector.thresholds).

A mean of logarithms is Fisher's way of combining tests. The smallest p, or the harmonic mean, are clearly worse: one
noisy signal then decides alone. What is fused, and with what weight, each signal says itself (engine.signals.kinds).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import Floats, Ints
from engine.domain.blocks import blocks
from engine.domain.ordered import below_and_up_to
from engine.signals.kinds import Family
from engine.signals.registry import find, signals
from engine.threads import in_order, threads_for

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


@dataclass(frozen=True, slots=True)
class Ranked:
    """The values that others are ranked among, sorted once however many are asked for."""

    ordered: Floats
    """[k] those that are known, ascending."""

    @classmethod
    def of(cls, values: Floats) -> Ranked:
        """From values in any order, NaN where nothing is known."""
        return cls(np.sort(values[~np.isnan(values)]))

    def surprise(self, values: Floats) -> Floats:
        """[m] −log of the middle rank of each from the top, (rank − ½) / (k + 1).

        NaN, nothing known, is what a value in the middle would be: neither odd nor normal.
        """
        size = len(self.ordered)
        smaller, up_to = below_and_up_to(self.ordered, values)
        found = -np.log((((size - up_to) + (size - smaller)) / 2 + 0.5) / (size + 1))
        return np.where(np.isnan(values), np.log(2.0), found)


def surprise(values: Floats, among: Floats | None = None) -> Floats:
    """[c] −log of the rank of each value among all of them, see `Ranked`. `among` [c']: rank among these values instead, of which
    each of `values` is one or lies between two.
    """
    return Ranked.of(values if among is None else among).surprise(values)


def fuse(values: Mapping[str, Floats], by: Families | None = None, among: Mapping[str, Floats] | None = None) -> Floats:
    """[c] weighted mean over the families (`by`; else all) of the weighted mean surprise of their signals, in nats.

    Absent signals are skipped. `among`: the values that each signal's are ranked among, see `surprise`. Raises ValueError when
    none is there.
    """
    return _fused(values, by, lambda name: (surprise(values[name], None if among is None else among[name]),), [values])[0]


def fuse_variants(values: Mapping[str, Floats], rows: Ints, own: Mapping[str, Floats]) -> tuple[Floats, Floats]:
    """[c] as `fuse(values)`, and [v] the same of their variants, ranked among the chains: one sorting of each signal for both.

    rows [v]: the chain of each variant, whose values it has but where `own` [v] has some. Raises ValueError without a signal.
    """

    def surprises(name: str) -> tuple[Floats, Floats]:
        ranked = Ranked.of(values[name])
        found = ranked.surprise(values[name])
        return found, ranked.surprise(own[name]) if name in own else found[rows]

    of_variants = {
        name: own[name] if name in own else value[rows] for name, value in values.items() if _discount(name) is not None
    }
    chains, variants = _fused(values, None, surprises, [values, of_variants])
    return chains, variants


def _fused(
    values: Mapping[str, Floats], by: Families | None, surprises: Callable[[str], tuple[Floats, ...]],
    discounting: Sequence[Mapping[str, Floats]],
) -> list[Floats]:  # fmt: skip
    """One or several columns at once. surprises: of a signal, one for each column; discounting: the values by which each column
    is discounted.
    """
    present = [
        (weight, [name for name in names if name in values]) for weight, names in (families() if by is None else by).values()
    ]
    present = [(weight, names) for weight, names in present if names]
    if not present:
        raise ValueError("no signal to fuse")
    totals: list[Floats] = []
    every = [name for _, names in present for name in names]
    found = in_order(surprises, every, threads=threads_for(len(values[every[0]])))
    for weight, names in present:
        columns = zip(*islice(found, len(names)), strict=True)
        for place, column in enumerate(columns):
            part = weight * _mean(column, shares(names))
            if place < len(totals):
                totals[place] += part
            else:
                totals.append(part)
    weights = sum(weight for weight, _ in present)
    return [_discounted(total / weights, column) for total, column in zip(totals, discounting, strict=True)]


def _mean(columns: Sequence[Floats], weights: Sequence[float]) -> Floats:
    """[c] weighted mean of several columns, of some rows at a time."""
    out = np.empty(len(columns[0]))
    for part in blocks(len(out)):
        out[part] = np.average([column[part] for column in columns], axis=0, weights=weights)
    return out


def _discount(name: str) -> float | None:
    signal = find(name)
    return None if signal is None else signal.discount


def _discounted(fused: Floats, values: Mapping[str, Floats]) -> Floats:
    for name, value in values.items():
        discount = _discount(name)
        if discount is not None:
            fused = fused * np.where(value > 0, discount, 1.0)
    return fused
