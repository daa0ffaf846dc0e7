"""A challenger against what is in use, on labels that neither of them saw.

Every verdict is held back once, with its finding: learners that are taught without it judge it, and what they say together is
what the challenger is judged by. What is judged is the order that the reader would get: instant learner and LSTM together, each
weighed as it would be. A challenger replaces the one in use only where it orders the verdicts better than that one by more than
the interval of their difference; with none in use it must not be worse than the instant learner alone. One that knows no better
than chance is refused. Below ten findings of each class,
each with a verdict of its own, nothing is decided: it is shown, and moves nothing (engine.classifier.trust).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from engine.classifier.decisions import of_each
from engine.classifier.trust import MALICIOUS, OTHERS, SKILL, Trust
from engine.domain.arrays import Floats, Ints
from engine.domain.distinct import distinct
from engine.metrics.ranking import average_precision, weighted_auc
from engine.verdicts.lessons import FOLDS, group_keys, label_weights
from engine.verdicts.rerank import combined
from engine.verdicts.verdicts import BaseQueue, Verdicts

LEAST_LEFT = 2
"""Verdicts of each class that a learner needs when a part is held back."""
SLACK = 1e-9
CHANCE = 0.5
COVERS = 0.9
"""What the interval of a gain covers."""
DRAWS = 1000


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a challenger may replace what is in use, and why."""

    accepted: bool
    sentence: str
    figures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Division:
    """How verdicts are held back: m usable ones, malicious first."""

    rows: Ints
    """[m] variants of the queue."""
    malicious: npt.NDArray[np.bool_]
    """[m]"""
    fold: Ints
    """[m] 0 …: the part with which each is held back."""
    by: str
    """"finding": no finding is in two parts. "parent": no parent is; of a single incident no more can be asked."""
    group: Ints
    """[m] number of what each is held back with as a whole: a finding, or what one parent started."""

    @property
    def parts(self) -> int:
        """How many parts the verdicts are held back in."""
        return int(self.fold.max()) + 1


def divide(base: BaseQueue, verdicts: Verdicts) -> Division | None:
    """Parts of which each can be held back and still lets one learn; None: there are none, however one divides."""
    from sklearn.model_selection import StratifiedGroupKFold

    rows, malicious = held_rows(verdicts)
    for by in ("finding", "parent"):
        keys = group_keys(base, rows, verdicts.finding[np.searchsorted(verdicts.rows, rows)], by_parent=by == "parent")
        groups = np.unique(np.array(keys, dtype=str), return_inverse=True)[1]
        parts = min(FOLDS, *(len(distinct(groups[malicious == side])) for side in (True, False)))
        if parts < 2:
            continue
        # In the order of the keys and not of the rows: the same verdicts are divided alike, whatever was ingested first.
        named = np.array([base.corpus.keys[row] for row in base.variants.chain[rows].tolist()])
        order = np.lexsort((base.variants.shape[rows], named, groups))
        fold = np.zeros(len(rows), dtype=np.int64)
        pieces = StratifiedGroupKFold(parts).split(order, malicious[order], groups[order])
        for number, (_, held) in enumerate(pieces):
            fold[order[held]] = number
        left = (int((malicious[fold != number] == side).sum()) for number in range(parts) for side in (True, False))
        if min(left) >= LEAST_LEFT:
            return Division(rows, malicious, fold, by, np.unique(np.array(keys, dtype=str), return_inverse=True)[1])
    return None


def judged_by(verdicts: Verdicts) -> Trust:
    """How many decisions the usable verdicts are, and how many variants have them."""
    rows, malicious = held_rows(verdicts)
    place = np.searchsorted(verdicts.rows, rows)
    sides = int(malicious.sum()), int((~malicious).sum())
    return Trust(*of_each(malicious, verdicts.finding[place], verdicts.act[place]), sides)


@dataclass(frozen=True, slots=True)
class Judged:
    """A learner of the queue on verdicts that it did not see."""

    odds: Floats
    """[m] log odds."""
    share: float
    """What they weigh beside the instant learner's (engine.verdicts.rerank.share_of)."""


def skill_of(odds: Floats, division: Division) -> float:
    """ROC AUC of log odds on held-back verdicts of both classes, a finding's together weighing the root of their number."""
    return weighted_auc(division.malicious, odds, weights_of(division))


def weights_of(division: Division) -> Floats:
    """[m] as the learners weigh them (engine.verdicts.lessons.label_weights)."""
    out = np.zeros(len(division.rows))
    for side in (True, False):
        at = np.flatnonzero(division.malicious == side)
        out[at] = label_weights(division.group[at] + 1)
    return out


def decide(instant: Floats, challenger: Judged, in_use: Judged | None, division: Division, trust: Trust) -> Decision:
    """Instant [m] log odds of each verdict's variant by learners that did not see it, as are those of both classifiers."""
    malicious, weight = division.malicious, weights_of(division)
    new = combined(instant, challenger.odds, challenger.share)
    old = instant if in_use is None else combined(instant, in_use.odds, in_use.share)
    figures = {"held_back": float(len(malicious)), "malicious": float(malicious.sum())}
    figures |= {MALICIOUS: float(trust.malicious), OTHERS: float(trust.others), SKILL: skill_of(challenger.odds, division)}
    for name, order in (("challenger", new), ("in_use", old), ("instant", instant)):
        figures |= {f"{name}_auc": weighted_auc(malicious, order, weight), f"{name}_ap": average_precision(malicious, order)}
    figures["challenger_alone_auc"] = figures[SKILL]
    figures["in_use_alone_auc"] = CHANCE if in_use is None else skill_of(in_use.odds, division)
    low, high = gain_interval(new, old, division)
    figures |= {"gain": figures["challenger_auc"] - figures["in_use_auc"], "gain_low": low, "gain_high": high}
    better = figures["gain"] >= -SLACK if in_use is None else low > SLACK
    knows = challenger.share > 0
    sentence = _sentence(figures, trust, in_use is None, better, knows, division.by)
    return Decision(trust.enough and better and knows, sentence, figures)


def gain_interval(new: Floats, old: Floats, division: Division) -> tuple[float, float]:
    """In what interval the gain of ROC AUC lies, nine times of ten: both orders on the same DRAWS draws of findings, with
    repetition.

    Whole findings (or what one parent started) are drawn, of each class as many as there are: the verdicts of one resemble each
    other, and both orders have the same easy and hard ones, so that the difference is told much better than either figure.
    """
    random, weight = np.random.default_rng(7), weights_of(division)
    sides = [distinct(division.group[division.malicious == side]) for side in (True, False)]
    groups = int(division.group.max()) + 1
    gains = np.full(DRAWS, np.nan)
    for draw in range(DRAWS):
        times = [np.bincount(random.choice(side, len(side)), minlength=groups) for side in sides]
        drawn = weight * np.where(division.malicious, times[0][division.group], times[1][division.group])
        gains[draw] = weighted_auc(division.malicious, new, drawn) - weighted_auc(division.malicious, old, drawn)
    low, high = np.nanquantile(gains, [(1 - COVERS) / 2, (1 + COVERS) / 2]).tolist()
    return float(low), float(high)


def unjudged(labels: int) -> Decision:
    """Where no labels can be held back: nobody can tell whether it is any good."""
    sentence = (
        f"{Trust(0, 0).words().capitalize()}. The {labels} labels cannot be divided by finding or parent so that malicious and"
        " other ones are left on both sides."
    )
    return Decision(False, sentence, {"held_back": 0.0, "malicious": 0.0, MALICIOUS: 0.0, OTHERS: 0.0})


def _sentence(figures: dict[str, float], trust: Trust, first: bool, better: bool, knows: bool, by: str) -> str:
    rival = "the instant learner alone" if first else "the classifier in use"
    n = {name: f"{value:.3f}" for name, value in figures.items()}
    gain = f"gain {figures['gain']:+.3f}, nine times of ten between {figures['gain_low']:+.3f} and {figures['gain_high']:+.3f}"
    if first:
        verdict = f"Accepted: not worse than {rival}" if better else f"Refused: worse than {rival}"
    else:
        verdict = f"Accepted: better than {rival}" if better else f"Refused: not better than {rival} beyond chance"
    if not knows:
        verdict = "Refused: alone it tells malicious from other ones no better than chance"
    if not trust.enough:
        verdict = f"{trust.words().capitalize()}, so it moves nothing"
    return (
        f"{verdict}. With the instant learner ROC AUC {n['challenger_auc']} against {n['in_use_auc']} of {rival} ({gain})"
        f" {trust.counts()}, each held back once with its {by}; the LSTM alone {n['challenger_alone_auc']} against"
        f" {n['in_use_alone_auc']} {trust.counts()}."
    )


def held_rows(verdicts: Verdicts) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Variants of the usable verdicts, malicious first, and which are malicious."""
    rows = np.concatenate([verdicts.malicious, verdicts.negative])
    return rows, np.arange(len(rows)) < len(verdicts.malicious)
