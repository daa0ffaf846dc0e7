"""What verdicts do to the order: a reader who knows the truth judges what is on top, and the rest is ordered anew.

A verdict is on what the queue shows: on a finding, all processes that it covers, as one key gives it; or on a chain, in the
view of chains. What was read is not read again. Findings of which nothing is known are never asked.

Three figures after k verdicts, for the learnt order and for the detector's own, which verdicts do not move:

    found   share of the attacks that were read: of a finding its attack processes count, of the chains each one with an attack
    reach   the same, with what is among the next NEXT unread
    P20     units with an attack among the next NEXT unread, of what is possible with those that are left; None where none is left

P20 of an order that has found more is of fewer and harder ones: `reach` compares both orders by the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import Ints, Ints8
from engine.domain.processes import ProcessTable
from engine.domain.scores import FindingSet
from engine.domain.verdicts import Verdict
from engine.verdicts.features import VariantFeatures
from engine.verdicts.queue import LearntQueue
from engine.verdicts.resolve import ToldVerdicts, resolve
from engine.verdicts.verdicts import BaseQueue, Verdicts

AFTER = (0, 5, 10, 25, 50, 100)
NEXT = 20
Flags = npt.NDArray[np.bool_]
Said = tuple[int, Verdict]
"""A finding from 1 or a row of a chain, and what was said of it."""
Learner = Callable[[Verdicts], LearntQueue]
"""Effective verdicts -> the learnt order; called after every verdict."""


class CurveUnit(StrEnum):
    """What a verdict is on."""

    FINDING = "finding"
    CHAIN = "chain"


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Where a reader stands after some verdicts."""

    verdicts: int
    found: float
    reach: float
    precision: float | None
    left: int
    """Findings or chains with an attack that are unread."""


@dataclass(frozen=True, slots=True)
class KnownQueue:
    """A queue whose truth is known; u units: findings, those of number 0 a place without any, or chains."""

    unit: CurveUnit
    base: BaseQueue
    features: VariantFeatures
    attacks: Ints
    """[u] what each counts in `found`."""
    known: Flags
    """[u] whether anything is known of it."""
    total: int
    """Attacks there are, those that no finding covers too."""
    groups: ToldVerdicts
    """Processes by variant and finding, as a verdict on each finding would give them; empty for chains."""
    start: Ints
    """[u + 1] where each finding's begin among these; empty for chains."""

    @classmethod
    def of_findings(
        cls, base: BaseQueue, features: VariantFeatures, table: ProcessTable, findings: FindingSet, label: Ints8
    ) -> KnownQueue:
        """Of processes with known labels, label [n]: 1 attack, 0 background, -1 unknown."""
        number = findings.of_process().astype(np.int64)
        size = len(base.finding_score) + 1
        at = np.flatnonzero((table.recorded > 0) & (table.chain >= 0) & (number > 0))
        row = base.variants.of_processes(table.chain[at].astype(np.int64), table.shapes()[at])
        keys = np.stack([number[at], row, findings.odd[at].astype(np.int64)], axis=1)
        groups, count = np.unique(keys, axis=0, return_counts=True)
        none = np.zeros(0, dtype=np.int64)
        nobody = np.zeros(len(groups), dtype=np.int64)
        told = ToldVerdicts(
            none,
            none.astype(np.int8),
            none,
            groups[:, 1],
            groups[:, 0],
            groups[:, 2] > 0,
            nobody.astype(np.int8),
            nobody,
            count,
            0,
        )
        start = np.searchsorted(groups[:, 0], np.arange(size + 1))
        attacks, known = _known(np.where(table.recorded > 0, number, 0), label, size)
        total = int(attacks.sum())
        attacks[0], known[0] = 0, False
        return cls(CurveUnit.FINDING, base, features, attacks, known, total, told, start)

    @classmethod
    def of_chains(cls, base: BaseQueue, features: VariantFeatures, table: ProcessTable, label: Ints8) -> KnownQueue:
        """The same for the view of chains."""
        there = (table.recorded > 0) & (table.chain >= 0)
        attacks, known = _known(table.chain[there].astype(np.int64), label[there], len(base))
        none = np.zeros(0, dtype=np.int64)
        word = none.astype(np.int8)
        told = ToldVerdicts(none, word, none, none, none, none > 0, word, none, none, 0)
        return cls(CurveUnit.CHAIN, base, features, (attacks > 0).astype(np.int64), known, int((attacks > 0).sum()), told, none)

    def verdicts(self, said: Sequence[Said]) -> Verdicts:
        """What verdicts on some units say, each an act of its own."""
        at = np.array([unit for unit, _ in said], dtype=np.int64)
        verdict = np.array([one for _, one in said], dtype=np.int8)
        act = np.arange(1, len(said) + 1)
        none, one = np.zeros(0, dtype=np.int64), self.groups
        if self.unit is CurveUnit.CHAIN:
            order = np.argsort(at)
            told = ToldVerdicts(
                at[order], verdict[order], act[order], none, none, none > 0, none.astype(np.int8), none, none, len(at)
            )
            return resolve(self.base, told)
        rows = np.concatenate([none, *(np.arange(self.start[unit], self.start[unit + 1]) for unit in at.tolist())])
        sizes = self.start[at + 1] - self.start[at]
        told = ToldVerdicts(
            none, none.astype(np.int8), none, one.variant[rows], one.finding[rows], one.odd[rows], np.repeat(verdict, sizes),
            np.repeat(act, sizes), one.processes[rows], len(at),
        )  # fmt: skip
        return resolve(self.base, told)

    def detector_order(self) -> Ints:
        """[u] units best first."""
        if self.unit is CurveUnit.FINDING:
            return np.arange(1, len(self.base.finding_score) + 1)
        return np.argsort(self.base.rank, kind="stable")

    def learnt_order(self, queue: LearntQueue) -> Ints:
        """[u] units best first, as labels have it."""
        if self.unit is CurveUnit.FINDING:
            return queue.finding_order.astype(np.int64)
        return np.asarray(self.detector_order()[queue.order.astype(np.int64) - 1])


def read_on(
    queue: KnownQueue, learner: Learner | None, *, wrong: float = 0.0, seed: int = 1, most: int = AFTER[-1]
) -> list[CurvePoint]:
    """One reader's way; a CurvePoint for each of AFTER that the queue is long enough for. None: the detector's own order.

    `wrong`: share of the verdicts that are the opposite of the truth, drawn by the seed.
    """
    random, order = np.random.default_rng(seed), queue.detector_order()
    said: list[Said] = []
    unread = queue.known.copy()
    points: list[CurvePoint] = []
    while True:
        if learner is not None and said:
            order = queue.learnt_order(learner(queue.verdicts(said)))
        rest = order[unread[order]]
        if len(said) in AFTER:
            points.append(_point(queue, rest, ~unread, len(said)))
        if len(said) == most or not len(rest):
            return points
        if not queue.attacks[rest].any():  # whatever comes now, nothing changes
            longest = min(most, len(said) + len(rest))
            return points + [_point(queue, rest[:0], ~unread, after) for after in AFTER if len(said) < after <= longest]
        unit = int(rest[0])
        malicious = bool(queue.attacks[unit]) != bool(random.random() < wrong)
        said.append((unit, Verdict.MALICIOUS if malicious else Verdict.FALSE_POSITIVE))
        unread[unit] = False


def _point(queue: KnownQueue, rest: Ints, read: Flags, verdicts: int) -> CurvePoint:
    attack = queue.attacks[rest] > 0
    left = int(attack.sum())
    precision = float(attack[:NEXT].sum()) / min(NEXT, left) if left else None
    found = int(queue.attacks[read].sum())
    reach = found + int(queue.attacks[rest[:NEXT]].sum())
    return CurvePoint(verdicts, found / max(queue.total, 1), reach / max(queue.total, 1), precision, left)


def _known(unit: Ints, label: Ints8, size: int) -> tuple[Ints, Flags]:
    attacks = np.bincount(unit[label == 1], minlength=size).astype(np.int64)
    return attacks, (attacks + np.bincount(unit[label == 0], minlength=size)) > 0


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure of both orders after some verdicts, over the seeds."""

    detector: float
    learnt: float
    low: float
    """Interval of the paired difference (learnt − detector) that holds its mean nine times of ten, by Student's t."""
    high: float
    seeds: int


def compared(detector: Sequence[float], learnt: Sequence[float]) -> Compared:
    """Means over seeds, and where the mean difference lies. One seed has no interval (NaN)."""
    from scipy.stats import t as student  # type: ignore[import-untyped]

    difference = np.array(learnt) - np.array(detector)
    low = high = float("nan")
    if len(difference) > 1:
        half = float(student.ppf(0.95, len(difference) - 1)) * float(difference.std(ddof=1)) / len(difference) ** 0.5
        low, high = float(difference.mean()) - half, float(difference.mean()) + half
    return Compared(float(np.mean(detector)), float(np.mean(learnt)), low, high, len(difference))


def curve(
    detector: Sequence[Sequence[CurvePoint]], learnt: Sequence[Sequence[CurvePoint]]
) -> Mapping[int, Mapping[str, Compared]]:
    """Verdicts -> "found", "reach" and "P20" of both orders; a reader of each seed. P20 of seeds in which both have some left."""
    out: dict[int, dict[str, Compared]] = {}
    for after in AFTER:
        pairs = [
            (one, other)
            for ours, theirs in zip(detector, learnt, strict=True)
            for one in ours
            for other in theirs
            if one.verdicts == other.verdicts == after
        ]
        if not pairs:
            continue
        out[after] = {
            "found": compared([one.found for one, _ in pairs], [other.found for _, other in pairs]),
            "reach": compared([one.reach for one, _ in pairs], [other.reach for _, other in pairs]),
        }
        both = [(one.precision, other.precision) for one, other in pairs]
        told = [(ours, theirs) for ours, theirs in both if ours is not None and theirs is not None]
        if told:
            out[after]["P20"] = compared([ours for ours, _ in told], [theirs for _, theirs in told])
    return out
