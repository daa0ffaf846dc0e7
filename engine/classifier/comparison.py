"""A challenger against what is in use, on labels that neither of them saw.

Every verdict is held back once, with its finding: learners that are taught without it judge it, and what they say together is
what the challenger is judged by. What is judged is the order that the reader would get: instant learner and LSTM together. A
challenger that orders the verdicts worse than the LSTM in use does (or, where none is, than the instant learner alone) is
refused. Where that is equal, as it often is on few labels, the LSTM alone decides: it must not be worse than the one in use, or
than chance. Below ten findings of each class, each with a verdict of its own, nothing is decided: it moves nothing
(engine.classifier.trust).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from engine.classifier.decisions import of_each
from engine.classifier.trust import MALICIOUS, OTHERS, Trust
from engine.domain.arrays import Floats, Ints
from engine.domain.distinct import distinct
from engine.metrics.ranking import average_precision, roc_auc
from engine.verdicts.lessons import FOLDS, group_keys
from engine.verdicts.rerank import combined
from engine.verdicts.verdicts import BaseQueue, Verdicts

LEAST_LEFT = 2
"""Verdicts of each class that a learner needs when a part is held back."""
SLACK = 1e-9
CHANCE = 0.5


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
    """[m] of the queue."""
    malicious: npt.NDArray[np.bool_]
    """[m]"""
    fold: Ints
    """[m] 0 …: the part with which each is held back."""
    by: str
    """"finding": no finding is in two parts. "parent": no parent is; of a single incident no more can be asked."""

    @property
    def parts(self) -> int:
        """How many parts the verdicts are held back in."""
        return int(self.fold.max()) + 1


def divide(base: BaseQueue, verdicts: Verdicts) -> Division | None:
    """Parts of which each can be held back and still lets one learn; None: there are none, however one divides."""
    from sklearn.model_selection import StratifiedGroupKFold

    rows, malicious = held_rows(verdicts)
    for by in ("finding", "parent"):
        keys = group_keys(base, rows, by_parent=by == "parent")
        groups = np.unique(np.array(keys, dtype=str), return_inverse=True)[1]
        parts = min(FOLDS, *(len(distinct(groups[malicious == side])) for side in (True, False)))
        if parts < 2:
            continue
        # In the order of the keys and not of the rows: the same verdicts are divided alike, whatever was ingested first.
        order = np.lexsort((np.array([base.corpus.keys[row] for row in rows.tolist()]), groups))
        fold = np.zeros(len(rows), dtype=np.int64)
        pieces = StratifiedGroupKFold(parts).split(order, malicious[order], groups[order])
        for number, (_, held) in enumerate(pieces):
            fold[order[held]] = number
        left = (int((malicious[fold != number] == side).sum()) for number in range(parts) for side in (True, False))
        if min(left) >= LEAST_LEFT:
            return Division(rows, malicious, fold, by)
    return None


def part_of(verdicts: Verdicts, chosen: npt.NDArray[np.bool_]) -> Verdicts:
    """The verdicts on some rows only."""
    rows, verdict, finding, act = verdicts.rows, verdicts.verdict, verdicts.finding, verdicts.act
    return Verdicts(rows[chosen], verdict[chosen], finding[chosen], act[chosen], verdicts.event)


def judged_by(verdicts: Verdicts) -> Trust:
    """How many decisions the usable verdicts are, and how many chains have them."""
    rows, malicious = held_rows(verdicts)
    place = np.searchsorted(verdicts.rows, rows)
    sides = int(malicious.sum()), int((~malicious).sum())
    return Trust(*of_each(malicious, verdicts.finding[place], verdicts.act[place]), sides)


def decide(
    instant: Floats,
    challenger: Floats,
    in_use: Floats | None,
    malicious: npt.NDArray[np.bool_],
    trust: Trust,
    by: str = "finding",
) -> Decision:
    """instant, challenger, in_use [m]: log odds of each verdict's chain by learners that did not see it."""
    new, old = combined(instant, challenger), combined(instant, in_use)
    figures = {"held_back": float(len(malicious)), "malicious": float(malicious.sum())}
    figures |= {MALICIOUS: float(trust.malicious), OTHERS: float(trust.others)}
    for name, order in (("challenger", new), ("in_use", old), ("instant", instant)):
        figures |= {f"{name}_auc": roc_auc(malicious, order), f"{name}_ap": average_precision(malicious, order)}
    figures["challenger_alone_auc"] = roc_auc(malicious, challenger)
    figures["in_use_alone_auc"] = CHANCE if in_use is None else roc_auc(malicious, in_use)
    gain = figures["challenger_auc"] - figures["in_use_auc"]
    if abs(gain) <= SLACK:
        gain = figures["challenger_alone_auc"] - figures["in_use_alone_auc"]
    worse = gain < -SLACK
    return Decision(trust.enough and not worse, _sentence(figures, trust, in_use is None, worse, by), figures)


def unjudged(labels: int) -> Decision:
    """Where no labels can be held back: nobody can tell whether it is any good."""
    sentence = (
        f"{Trust(0, 0).words().capitalize()}. The {labels} labels cannot be divided by finding or parent so that malicious and"
        " other ones are left on both sides."
    )
    return Decision(False, sentence, {"held_back": 0.0, "malicious": 0.0, MALICIOUS: 0.0, OTHERS: 0.0})


def _sentence(figures: dict[str, float], trust: Trust, first: bool, worse: bool, by: str) -> str:
    rival = "the instant learner alone" if first else "the classifier in use"
    verdict = f"Refused: worse than {rival}" if worse else f"Accepted: not worse than {rival}"
    if not trust.enough:
        verdict = f"{trust.words().capitalize()}, so it moves nothing"
    n = {name: f"{value:.3f}" for name, value in figures.items()}
    return (
        f"{verdict}. With the instant learner ROC AUC {n['challenger_auc']} against {n['in_use_auc']} of {rival}"
        f" {trust.counts()}, each held back once with its {by}; the LSTM alone {n['challenger_alone_auc']} against"
        f" {n['in_use_alone_auc']} {trust.counts()}."
    )


def held_rows(verdicts: Verdicts) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Rows of the usable verdicts, malicious first, and which are malicious."""
    rows = np.concatenate([verdicts.malicious, verdicts.negative])
    return rows, np.arange(len(rows)) < len(verdicts.malicious)
