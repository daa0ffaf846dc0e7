"""How far two rankings of the same chains agree, which of them stands better by the verdicts so far, and how far two people agree
who judged the same. numpy only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import Floats, Ints
from engine.domain.verdicts import Verdict
from engine.metrics.ranking import Truth, roc_auc

TOP = 100


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two rankings, the one in use (old) and the other (new), over the chains that both have."""

    chains: int
    both: int
    """Flagged by both."""
    only_old: int
    only_new: int
    correlation: float
    """Spearman's: 1 the same order, 0 none in common; NaN under two chains."""
    top_shared: int
    """Chains that are among the first `top` of both."""
    top: int

    @property
    def overlap(self) -> float:
        """Jaccard: flagged by both, of those flagged by either; 1 when neither flags anything."""
        either = self.both + self.only_old + self.only_new
        return self.both / either if either else 1.0


def agreement(old_rank: Ints, new_rank: Ints, old_flagged: Truth, new_flagged: Truth) -> Agreement:
    """Rows are chains, [c] each; ranks count from 1 and are distinct, holes are allowed."""
    old, new = _places(old_rank), _places(new_rank)
    top = min(TOP, len(old))
    return Agreement(
        chains=len(old),
        both=int((old_flagged & new_flagged).sum()),
        only_old=int((old_flagged & ~new_flagged).sum()),
        only_new=int((new_flagged & ~old_flagged).sum()),
        correlation=spearman(old, new),
        top_shared=int(((old < top) & (new < top)).sum()),
        top=top,
    )


def spearman(old: Ints, new: Ints) -> float:
    """Rank correlation of two permutations of 0 … c-1: 1 - 6 Σd² / (c³ - c)."""
    size = len(old)
    if size < 2:
        return float("nan")
    distance = float(np.square((old - new).astype(np.float64)).sum())
    return 1.0 - 6.0 * distance / (float(size) ** 3 - size)


@dataclass(frozen=True, slots=True)
class Standings:
    """Where the chains of one verdict stand in each ranking."""

    verdict: str
    chains: int
    old_median: float
    """Median place, 1 = top."""
    new_median: float
    old_flagged: int
    new_flagged: int
    wanted: bool
    """True where a high place is right (malicious), False where it costs reading time for nothing."""

    @property
    def better(self) -> int:
        """1 the new ranking is better here, -1 worse, 0 the same place."""
        gain = self.old_median - self.new_median if self.wanted else self.new_median - self.old_median
        return int(np.sign(gain))


WANTED = {verdict.word: verdict.malicious for verdict in Verdict if verdict.malicious is not None}
"""Verdicts that say where a chain belongs; undetermined says nothing."""


def standings(verdict: npt.NDArray[np.str_], old_rank: Ints, new_rank: Ints, old: Truth, new: Truth) -> tuple[Standings, ...]:
    """One for each verdict that occurs; [l] labelled chains each, ranks are those in the whole queue."""
    out = []
    for name, wanted in WANTED.items():
        rows = np.flatnonzero(verdict == name)
        if len(rows):
            medians = float(np.median(old_rank[rows])), float(np.median(new_rank[rows]))
            out.append(Standings(name, len(rows), *medians, int(old[rows].sum()), int(new[rows].sum()), wanted))
    return tuple(out)


def separation(verdict: npt.NDArray[np.str_], rank: Ints) -> float:
    """Chance that a chain called malicious stands above one called benign or false positive; NaN when one is missing."""
    decided = np.isin(verdict, list(WANTED))
    score: Floats = -rank[decided].astype(np.float64)
    return roc_auc(np.isin(verdict[decided], [word for word, wanted in WANTED.items() if wanted]), score)


def _places(rank: Ints) -> Ints:
    """[c] place of each chain when they are put in the order of rank, from 0."""
    places = np.empty(len(rank), dtype=np.int64)
    places[np.argsort(rank, kind="stable")] = np.arange(len(rank))
    return places


@dataclass(frozen=True, slots=True)
class Judges:
    """How far two people agree over what both judged."""

    both: int
    alike: int
    """Of these: with the same verdict."""
    kappa: float
    """Cohen's: 1 the same, 0 as by chance, below less; NaN where chance alone gives the same, as of one kind only."""


def judges(said: Sequence[tuple[str, str]]) -> Judges:
    """Cohen's kappa (1960) over pairs of verdicts, one pair for each thing that both judged: the share that is alike beyond what
    two people would have alike who gave their verdicts as often, by chance.
    """
    both = len(said)
    alike = sum(one == other for one, other in said)
    if not both:
        return Judges(0, 0, float("nan"))
    first, second = (Counter(pair[side] for pair in said) for side in (0, 1))
    chance = sum(first[kind] * second[kind] for kind in first)
    # In whole numbers: 1 - chance is then exactly nothing where it is.
    room = both * both - chance
    return Judges(both, alike, (alike * both - chance) / room if room else float("nan"))
