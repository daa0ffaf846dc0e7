"""The instant learner: logistic regression, fitted anew after every label. Milliseconds for some hundred labels.

Solved in the dual by Newton's method: with n labels in 65 thousand bins, the n x n products between the labelled chains hold
everything that the fit needs, so its cost is that of a few systems of n equations. Both classes weigh the same in total.
No random numbers: the same labels give the same odds, in whatever order they came and on however many threads.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import Floats, Ints
from engine.domain.distinct import distinct
from engine.verdicts.features import VariantFeatures

STRENGTH = 4.0
"""Inverse of the penalty on the weights (scikit-learn's C)."""
STEPS = 30
ENOUGH = 1e-6
DECIMALS = 6
"""Of the odds that are told. Sums of one lesson differ in the last bits with its order and with the threads of a machine; where
what is equally odd would differ with them, so would the queue.
"""
MOST = 2000
"""Labels of a class that are fitted; of more the last rows are left out evenly. 2,000 take about a second."""


def balanced(weight: Floats, malicious: npt.NDArray[np.bool_]) -> Floats:
    """[n] weights with which each class sums to n / 2."""
    out = weight.astype(np.float64)
    for kind in (True, False):
        out[malicious == kind] *= len(out) / 2 / max(out[malicious == kind].sum(), 1e-12)
    return out


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is learnt from; m rows."""

    rows: Ints
    """[m] of the features."""
    malicious: npt.NDArray[np.bool_]
    weight: Floats
    """[m] of each within its class."""
    fold: Ints
    """[m] part that is held out together; -1 for what is never held out."""

    def balanced(self) -> Floats:
        """[m] weights with which both classes weigh the same, m in total."""
        return balanced(self.weight, self.malicious)

    def part(self, places: Ints) -> Lesson:
        """The lessons of some rows only."""
        return Lesson(self.rows[places], self.malicious[places], self.weight[places], self.fold[places])

    def bounded(self) -> Lesson:
        """At most MOST rows of each class."""
        if len(self.rows) <= MOST:
            return self
        return self.part(np.concatenate([_spread(np.flatnonzero(self.malicious == kind)) for kind in (True, False)]))


@dataclass(frozen=True, slots=True)
class InstantLearner:
    """A logistic regression over VariantFeatures that was fitted: its weights."""

    weights: Floats
    """[features]"""
    bias: float
    held_out: Floats
    """[m] log odds of each training row by a learner that did not see its fold; NaN where no fold was given."""

    @classmethod
    def fit(cls, features: VariantFeatures, lesson: Lesson) -> InstantLearner:
        """From a lesson with both classes in it; whatever the order of its rows."""
        lesson = lesson.bounded()
        seen = features.matrix(lesson.rows)
        gram = np.asarray((seen @ seen.T).todense(), dtype=np.float64)
        alpha, bias = _solve(gram, lesson)
        held_out = np.full(len(lesson.rows), np.nan)
        for fold in distinct(lesson.fold[lesson.fold >= 0]).tolist():
            out, kept = np.flatnonzero(lesson.fold == fold), np.flatnonzero(lesson.fold != fold)
            if not 0 < lesson.malicious[kept].sum() < len(kept):
                continue
            part, start = _solve(gram[np.ix_(kept, kept)], lesson.part(kept))
            held_out[out] = gram[np.ix_(out, kept)] @ part + start
        return cls(np.asarray(seen.T @ alpha, dtype=np.float64).ravel(), bias, held_out)

    def log_odds(self, features: VariantFeatures, block: int = 1 << 16) -> Floats:
        """[v] of every variant, in blocks of chains: a million chains' matrix at once would be half a gigabyte."""
        return np.round(features.log_odds(self.weights, self.bias, block), DECIMALS)


def probability(log_odds: Floats) -> Floats:
    """Logistic function that does not overflow."""
    return np.asarray(0.5 * (1 + np.tanh(log_odds / 2)))


def _spread(rows: Ints) -> Ints:
    """At most MOST of them, evenly."""
    return rows if len(rows) <= MOST else rows[np.linspace(0, len(rows) - 1, MOST).astype(np.int64)]


def _solve(gram: Floats, lesson: Lesson) -> tuple[Floats, float]:
    """Minimise Σ weight · log(1 + e^(−sign · f)) + |w|² / (2 · STRENGTH), w = Σ alpha · x, f = gram · alpha + bias.

    Newton's steps in the form of weighted least squares (Rasmussen & Williams 2006, ch. 3.4), halved while the aim gets worse.
    """
    n, target, weight = len(lesson.rows), lesson.malicious.astype(np.float64), lesson.balanced()
    scaled = gram * STRENGTH
    alpha, bias = np.zeros(n), 0.0

    def aim(alpha: Floats, f: Floats) -> float:
        return float((weight * np.logaddexp(0, np.where(lesson.malicious, -f, f))).sum() + 0.5 * alpha @ (f - bias))

    f = np.zeros(n)
    best = aim(alpha, f)
    system = np.zeros((n + 1, n + 1))
    for _ in range(STEPS):
        p = probability(f)
        curve = np.maximum(weight * p * (1 - p), 1e-9)
        system[:n, :n] = scaled
        system[range(n), range(n)] += 1 / curve
        system[:n, n] = system[n, :n] = 1.0
        found = np.linalg.solve(system, np.append(f + weight * (target - p) / curve, 0.0))
        old, old_bias, step = alpha, bias, 1.0
        while step > 1e-3:
            alpha, bias = old + step * (found[:n] - old), old_bias + step * (float(found[n]) - old_bias)
            f = scaled @ alpha + bias
            value = aim(alpha, f)
            if value <= best + 1e-12:
                break
            step /= 2
        gain, best = best - value, value
        if gain < ENOUGH:
            break
    return alpha * STRENGTH, bias
