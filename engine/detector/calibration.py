"""Thresholds by what clean host-days are like: how much of each would be flagged from a score on, and how much they differ.

A fused score is a place among the chains of a queue (engine.signals.fusion), so a threshold taken from the queue itself is a
share of it, an attack's processes among them. Here host-days on which nobody attacked are scored, each as a queue of its own, and
the threshold is where the mean host-day has what a budget allows. It is conformal calibration (Vovk, Gammerman, Shafer,
"Algorithmic Learning in a Random World", 2005) with the host-day as what is exchangeable, for the processes of one host-day are
not. What was measured, and what was not seen, is in docs/thresholds.md.

Four things are put to rights on the way:

- the size of a queue. The highest score that can be reached grows with the logarithm of the chains, the bulk of them does not, so
  scores are compared after division by that logarithm to the power of GROWTH;
- sources. Each has the same say however many days it has, each day one that grows with its processes up to a limit, and days of
  another kind of system count OTHER;
- the estate's own days, if there are any, move all scores by one factor, the median of theirs: half of them may be attacked. It
  is taken where a twentieth of the processes is, which an attack seldom fills, and is shrunk towards none by their number;
- the few there are. An interval has room for one host-day more, at the highest rate of all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.detector.promise import LEVEL, Expected, Promise
from engine.domain.arrays import Floats, Ints, Ints8
from engine.domain.distinct import distinct

GROWTH = 0.3
"""Measured with 0 to 1, each source judged by the others: without growth small host-days promise too much of large ones, with 1
too little; .3 to .5 measure alike, and queues of many host-days want the least of these."""
OTHER = 0.25
"""Say of a host-day of another kind of system."""
HALF = 200
"""Processes with which a host-day has half of the say that one without end has."""
SHRUNK = 4
"""Own host-days with which the estate's factor is taken by half."""
BULK = 0.05
"""Share of the processes at which host-days are compared for it."""
POINTS = 64
FINEST = 1e-4
"""Smallest share that the grid of scores tells apart."""
BEHIND = 1.001
"""Times the highest place: from there on nothing is."""
MIXED = 0


@dataclass(frozen=True, slots=True)
class DayScores:
    """One host-day, scored as a queue. c chains."""

    source: str
    system: int
    """1 Windows, -1 others, MIXED."""
    score: Floats
    """[c]"""
    count: Ints
    """[c] processes."""
    unseen: Floats | None = None
    """[c] scores by a detector that never saw the source. A case is between the two: some of its programs are those of a source,
    and of others no source has heard."""

    def scores(self) -> Floats:
        """[r] one after the other."""
        return self.score if self.unseen is None else np.r_[self.score, self.unseen]

    def counts(self) -> Ints:
        """[r] processes of each."""
        return self.count if self.unseen is None else np.r_[self.count, self.count]

    def places(self) -> Floats:
        """[r] scores without the size of the queue."""
        return self.scores() / growth(len(self.score))

    def at(self, share: float) -> float:
        """The place from which on a share of the processes is."""
        place, count = self.places(), self.counts()
        order = np.argsort(-place, kind="stable")
        reached = np.cumsum(count[order]) / count.sum()
        return float(place[order][min(int(np.searchsorted(reached, share)), len(order) - 1)])


@dataclass(frozen=True, slots=True)
class Calibration:
    """What is kept of d host-days: how much each flags from g places on."""

    grid: Floats
    """[g] places (score / growth), rising."""
    processes: Floats
    """[d, g] share of the day's processes at or above each; falling."""
    chains: Floats
    """[d, g] share of its chains."""
    top: Floats
    """[d] the highest score as a share of the highest that could be reached."""
    size: Ints
    """[d] processes."""
    source: Ints
    """[d] number of the source, from 0."""
    system: Ints8
    """[d] as DayScores.system."""
    factor: float = 1.0
    """By which the estate's own host-days move all places."""
    own: int = 0
    """How many they are."""
    elsewhere: bool = True
    """Whether the d host-days are of other estates; else they are the training's own, and whatever was attacked is among them."""

    @classmethod
    def of(cls, days: Sequence[DayScores], own: Sequence[DayScores]) -> Calibration | None:
        """From host-days of other estates and the estate's own; None without either."""
        elsewhere = bool(days)
        days, own = (days, own) if elsewhere else (own, ())
        days = [day for day in days if len(day.score)]
        if not days:
            return None
        numbers = {name: number for number, name in enumerate(sorted({day.source for day in days}))}
        grid = _grid(days)
        shares = [_shares(day, grid) for day in days]
        found = cls(
            grid=grid,
            processes=_as_kept(np.array([share[0] for share in shares])),
            chains=_as_kept(np.array([share[1] for share in shares])),
            top=np.array([float(day.scores().max()) / reach(len(day.score)) for day in days]),
            size=np.array([int(day.count.sum()) for day in days], dtype=np.int64),
            source=np.array([numbers[day.source] for day in days], dtype=np.int64),
            system=np.array([day.system for day in days], dtype=np.int8),
            own=len(own),
            elsewhere=elsewhere,
        )
        return _moved(found, days, own)

    def weights(self, system: int) -> Floats:
        """[d] say of each host-day for a queue of a system; they add up to 1.

        Host-days of both systems are made of those of one, and tell queues of one nothing more.
        """
        pure = self.system != MIXED
        kind = np.where(self.system == system, 1.0, np.where(pure, OTHER, 0.0 if pure.any() else 1.0))
        day = self.size / (self.size + HALF)
        weight: Floats = kind * day / np.bincount(self.source, weights=day)[self.source]
        weight /= weight.sum()
        return weight

    def promise(self, system: int, chains: int, processes: int, host_days: float) -> Promise:
        """For a queue of so many chains, processes and host-days."""
        weight, host_days = self.weights(system), max(host_days, 1.0)
        pure = self.system != MIXED
        told = pure if pure.any() else ~pure
        alike = told & ((self.system == system) | (system == MIXED))
        return Promise(
            score=self.grid * self.factor * growth(chains),
            processes=_expected(self.processes, weight, processes / host_days, 1000.0 / max(processes / host_days, 1.0), 1000.0),
            alerts=_expected(self.chains, weight, chains / host_days, 1.0, float(max(chains, 1))),
            highest=float(self.top.max()) * reach(chains),
            days=int(told.sum()),
            sources=len(distinct(self.source[told])) if self.elsewhere else 0,
            own=self.own,
            clean=int(self.size[alike if alike.any() else told].sum()),
        )


def reach(chains: int) -> float:
    """The score of what is the oddest of a queue to every signal."""
    return math.log(chains + 1) if chains else 1.0


def growth(chains: int) -> float:
    """By how much scores of a queue are larger than those of another."""
    return float(reach(chains) ** GROWTH)


def _as_kept(values: Floats) -> Floats:
    """In the precision of the file: a model just trained and the same one loaded have one threshold."""
    return values.astype(np.float32).astype(np.float64)


def _grid(days: Sequence[DayScores]) -> Floats:
    """Places that split the mean host-day in falling shares, and the highest of all with the next number behind it."""
    place = np.concatenate([day.places() for day in days])
    share = np.concatenate([day.counts() / day.counts().sum() / len(days) for day in days])
    order = np.argsort(-place, kind="stable")
    reached = np.cumsum(share[order])
    wanted = np.geomspace(FINEST, 1.0, POINTS - 3)
    at = np.minimum(np.searchsorted(reached, wanted), len(order) - 1)
    top = float(place.max())
    return distinct(np.r_[float(place.min()), place[order][at], top, top * BEHIND])


def _shares(day: DayScores, grid: Floats) -> tuple[Floats, Floats]:
    """[g] of its processes, and of its chains, at or above each place."""
    place, count = day.places(), day.counts()
    order = np.argsort(place, kind="stable")
    from_here = np.searchsorted(place[order], grid, side="left")
    processes = np.r_[np.cumsum(count[order][::-1])[::-1], 0] / count.sum()
    return processes[from_here], (len(order) - from_here) / len(order)


def _moved(found: Calibration, days: Sequence[DayScores], own: Sequence[DayScores]) -> Calibration:
    """By the median of the estate's own host-days beside that of the others of their system."""
    if not own:
        return found
    here = float(np.median([math.log(max(day.at(BULK), 1e-6)) for day in own]))
    system = int(np.sign(sum(day.system for day in own)))
    there = np.array([math.log(max(day.at(BULK), 1e-6)) for day in days])
    order = np.argsort(there, kind="stable")
    half = int(np.searchsorted(np.cumsum(found.weights(system)[order]), 0.5))
    usual = float(there[order][min(half, len(order) - 1)])
    factor = math.exp((here - usual) * len(own) / (len(own) + SHRUNK))
    return replace(found, factor=factor)


def _expected(shares: Floats, weight: Floats, size: float, scale: float, most: float) -> Expected:
    """[g] mean of what host-days have of `size`, times `scale`, and the interval that another host-day of this size is in.

    Nothing is above `most`, and the mean is in the interval: of host-days with less than one process it is not by itself.

    How many that are on one host-day is taken as a Poisson number of its own rate.
    """
    mean = weight @ shares
    known = 1.0 / float(np.square(weight).sum())  # Kish: as many host-days of the same say
    rates = np.vstack([shares, shares.max(axis=0)])
    say = np.r_[weight * known / (known + 1), 1 / (known + 1)]
    tail = (1 - LEVEL) / 2
    low, high = (_quantile(rates * size, say, part) for part in (tail, 1 - tail))
    value = np.minimum(np.minimum.accumulate(mean * size * scale), most)
    high = np.minimum(np.minimum(high, max(math.ceil(size), 1)) * scale, most)
    return Expected(value, np.minimum(low * scale, value), np.maximum(high, value))


def _quantile(means: Floats, say: Floats, part: float) -> Floats:
    """[g] the smallest number that a mixture of Poisson numbers, means [m, g], stays within with probability `part`."""
    from scipy.special import pdtr  # type: ignore[import-untyped]

    below = np.full(means.shape[1], -1.0)
    above: Floats = np.ceil(means.max(axis=0) + 12 * np.sqrt(means.max(axis=0)) + 12)
    while (above - below > 1).any():
        middle = np.floor((above + below) / 2)
        enough = say @ pdtr(middle, means) >= part
        above, below = np.where(enough, middle, above), np.where(enough, below, middle)
    return above
