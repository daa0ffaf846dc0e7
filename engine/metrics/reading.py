"""What reading a queue of findings costs and finds: processes covered, purity, and how whole intrusions are. numpy only.

The unit is the process, twins once. What nobody labelled, or labelled as unknown, is covered and read like the rest, and counts
neither as an attack nor as everyday life.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engine.domain.arrays import Floats, Ints
from engine.metrics.ranking import Truth

RECALL = 0.8
"""Share of the attack processes until which a queue is read."""
FIRST = 10


@dataclass(frozen=True, slots=True)
class CoveredCounts:
    """What the findings of one queue cover, in the order of reading; f findings."""

    processes: Ints
    """[f] recorded processes."""
    attack: Ints
    """[f] of them labelled as an attack."""
    background: Ints
    """[f] of them labelled as everyday life."""
    attacks: int
    """All labelled attack processes of the case, those that no finding covers among them."""

    def __len__(self) -> int:
        return len(self.processes)


@dataclass(frozen=True, slots=True)
class Read:
    """What somebody has seen who has read some findings."""

    findings: int
    processes: int
    """Recorded processes that they cover."""
    attacks: int
    share: float
    """Of all attack processes; NaN without any."""
    purity: float
    """Over the findings read that hold an attack process: attack / (attack + background) of what they cover; NaN where none does.

    Never read alone: with a finding for each process it is 1.
    """


def read(covered: CoveredCounts, chosen: Truth) -> Read:
    """The chosen findings, chosen [f]."""
    holding = chosen & (covered.attack > 0)
    attack, background = int(covered.attack[holding].sum()), int(covered.background[holding].sum())
    return Read(
        findings=int(chosen.sum()),
        processes=int(covered.processes[chosen].sum()),
        attacks=attack,
        share=attack / covered.attacks if covered.attacks else math.nan,
        purity=attack / (attack + background) if attack else math.nan,
    )


def first(covered: CoveredCounts, count: int = FIRST) -> Read:
    """The first findings."""
    return read(covered, np.arange(len(covered)) < count)


def until(covered: CoveredCounts, recall: float = RECALL) -> Read | None:
    """From the top until `recall` of the attack processes are covered; None without attacks, and where they are in no finding."""
    found = np.cumsum(covered.attack)
    wanted = recall * covered.attacks - 1e-9
    if not covered.attacks or not len(found) or found[-1] < wanted:
        return None
    return first(covered, int(np.searchsorted(found, wanted)) + 1)


@dataclass(frozen=True, slots=True)
class Pieces:
    """How some groups of processes (intrusions, attack trees) lie in findings; k groups."""

    size: Ints
    """[k] processes."""
    findings: Ints
    """[k] different findings that cover one of them."""
    largest: Ints
    """[k] most of them that one finding covers."""
    first: Ints
    """[k] number of the best finding that covers one; 0 for none."""

    @classmethod
    def of(cls, group: Ints, finding: Ints, count: int) -> Pieces:
        """Of m processes: group [m] 0 … count - 1, and finding [m], 0 for none."""
        width = int(finding.max(initial=0)) + 1
        both, size = np.unique(group * width + finding, return_counts=True)
        owner, number = np.divmod(both, width)
        held = number > 0
        owner, number, size = owner[held], number[held], size[held]
        largest, best = np.zeros(count, dtype=np.int64), np.full(count, width, dtype=np.int64)
        np.maximum.at(largest, owner, size)
        np.minimum.at(best, owner, number)
        return cls(
            size=np.bincount(group, minlength=count).astype(np.int64),
            findings=np.bincount(owner, minlength=count).astype(np.int64),
            largest=largest,
            first=np.where(best < width, best, 0),
        )

    @property
    def shares(self) -> Floats:
        """[k] largest share of each group in one finding; 0 where no finding covers any of it."""
        return self.largest / np.maximum(self.size, 1)

    @property
    def fragmentation(self) -> float:
        """Mean number of findings of a group, of those that any finding covers; NaN without."""
        there = self.findings[self.findings > 0]
        return float(there.mean()) if len(there) else math.nan

    @property
    def completeness(self) -> float:
        """Mean of the shares; NaN without groups."""
        return float(self.shares.mean()) if len(self.size) else math.nan

    @property
    def lowest(self) -> float:
        """The lowest of the shares; NaN without groups."""
        return float(self.shares.min()) if len(self.size) else math.nan
