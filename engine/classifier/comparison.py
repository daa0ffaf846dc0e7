"""A challenger against what is in use, on labels that the challenger did not see.

What is judged is the order that the reader would get: instant learner and LSTM together. A challenger that orders the held-back
labels worse than the LSTM in use does (or, where none is, than the instant learner alone) is refused. Where that is equal, as
it often is on a few labels, the LSTM alone decides: it must not be worse than the one in use, or than chance.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from engine.classifier.rerank import combined
from engine.classifier.training_set import FOLDS, folds
from engine.classifier.verdicts import BaseQueue, Verdicts
from engine.evaluate.ranking import average_precision, roc_auc
from engine.tables import Floats, Ints

LEAST_HELD = 2
"""Of each class; fewer judge nothing."""
SLACK = 1e-9
CHANCE = 0.5


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a challenger may replace what is in use, and why."""

    accepted: bool
    sentence: str
    figures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Split:
    """Verdicts to learn from and verdicts held back."""

    kept: Verdicts
    held: Verdicts
    by: str
    """"finding": no finding is on both sides. "parent": no parent is; of a single incident no more can be asked."""


def split(base: BaseQueue, verdicts: Verdicts) -> Split | None:
    """The first quarter whose labels can judge and whose absence still lets one learn; None: there is none."""
    usable = np.isin(verdicts.rows, np.concatenate([verdicts.malicious, verdicts.negative]))
    for by in ("finding", "parent"):
        fold = np.where(usable, folds(base, verdicts.rows, by_parent=by == "parent"), -1)
        for number in range(FOLDS):
            held, kept = part_of(verdicts, fold == number), part_of(verdicts, fold != number)
            enough = (min(len(side.malicious), len(side.negative)) for side in (held, kept))
            if min(enough) >= LEAST_HELD:
                return Split(kept, held, by)
    return None


def part_of(verdicts: Verdicts, chosen: npt.NDArray[np.bool_]) -> Verdicts:
    """Some of the verdicts."""
    return Verdicts(verdicts.rows[chosen], verdicts.verdict[chosen], verdicts.finding[chosen], verdicts.event)


def decide(instant: Floats, challenger: Floats, in_use: Floats | None, held: Verdicts, by: str = "finding") -> Decision:
    """instant, challenger, in_use [c]: log odds of every chain by learners that did not see the held-back labels."""
    rows, truth = held_rows(held)
    new, old = combined(instant, challenger), combined(instant, in_use)
    figures = {"held_back": float(len(rows)), "malicious": float(truth.sum())}
    for name, order in (("challenger", new), ("in_use", old), ("instant", instant)):
        figures |= {f"{name}_auc": roc_auc(truth, order[rows]), f"{name}_ap": average_precision(truth, order[rows])}
    figures["challenger_alone_auc"] = roc_auc(truth, challenger[rows])
    figures["in_use_alone_auc"] = CHANCE if in_use is None else roc_auc(truth, in_use[rows])
    gain = figures["challenger_auc"] - figures["in_use_auc"]
    if abs(gain) <= SLACK:
        gain = figures["challenger_alone_auc"] - figures["in_use_alone_auc"]
    worse = gain < -SLACK
    return Decision(not worse, _sentence(figures, in_use is None, worse, by), figures)


def unjudged(in_use: bool, labels: int) -> Decision:
    """Where no labels can be held back: the first classifier may come in, another may not replace it unseen."""
    why = f"The {labels} labels cannot be divided by finding or parent so that both parts have malicious and other ones"
    if in_use:
        return Decision(False, f"{why}: the classifier in use stays.", {"held_back": 0.0})
    return Decision(True, f"{why}: taken without a comparison, as none is in use.", {"held_back": 0.0})


def _sentence(figures: dict[str, float], first: bool, worse: bool, by: str) -> str:
    rival = "the instant learner alone" if first else "the classifier in use"
    verdict = "Refused: worse than" if worse else "Accepted: not worse than"
    n = {name: f"{value:.3f}" for name, value in figures.items()}
    return (
        f"{verdict} {rival} on {figures['held_back']:.0f} held-back labels of other {by}s ({figures['malicious']:.0f} malicious):"
        f" with the instant learner ROC AUC {n['challenger_auc']} against {n['in_use_auc']},"
        f" alone {n['challenger_alone_auc']} against {n['in_use_alone_auc']}."
    )


def held_rows(held: Verdicts) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Rows of the held-back labels and which are malicious."""
    rows = np.concatenate([held.malicious, held.negative])
    return rows, np.arange(len(rows)) < len(held.malicious)
