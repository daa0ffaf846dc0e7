"""The instant learner: logistic regression, fitted anew after every label. Milliseconds for some hundred labels.

Solved in the dual by Newton's method: with n labels in 65 thousand bins, the n x n products between the labelled chains hold
everything that the fit needs, so its cost is that of a few systems of n equations. Both classes weigh the same in total.
No random numbers: the same labels give the same weights, in whatever order they came.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.classifier.features import ChainFeatures
from engine.tables import Floats, Ints

STRENGTH = 4.0
"""Inverse of the penalty on the weights (scikit-learn's C)."""
STEPS = 25
ENOUGH = 1e-6
MOST = 2000
"""Labels of a class that are fitted; of more the last rows are left out evenly. 2,000 take about a second."""


@dataclass(frozen=True, slots=True)
class InstantLearner:
    """Fitted weights."""

    weights: Floats
    """[features]"""
    bias: float

    @classmethod
    def fit(
        cls, features: ChainFeatures, rows: Ints, malicious: npt.NDArray[np.bool_], weight: Floats | None = None
    ) -> InstantLearner:
        """From labelled rows [m], both classes among them; `weight` [m] of each within its class."""
        chosen = np.concatenate([_spread(np.flatnonzero(malicious == kind)) for kind in (True, False)])
        rows, malicious = rows[chosen], malicious[chosen]
        weight = np.ones(len(rows)) if weight is None else weight[chosen].astype(np.float64)
        for kind in (True, False):
            total = weight[malicious == kind].sum()
            weight = np.where(malicious == kind, weight * len(rows) / 2 / max(total, 1e-12), weight)
        seen = features.matrix(rows)
        alpha, bias = _solve(np.asarray((seen @ seen.T).todense(), dtype=np.float64), np.where(malicious, 1.0, -1.0), weight)
        return cls(np.asarray(seen.T @ alpha, dtype=np.float64).ravel(), bias)

    def log_odds(self, features: ChainFeatures, block: int = 1 << 16) -> Floats:
        """[c] of every chain, in blocks: a million chains' matrix at once would be half a gigabyte."""
        out = np.empty(len(features))
        for begin in range(0, len(features), block):
            rows = np.arange(begin, min(begin + block, len(features)))
            out[rows] = features.matrix(rows) @ self.weights + self.bias
        return out


def probability(log_odds: Floats) -> Floats:
    """Logistic function that does not overflow."""
    return np.asarray(0.5 * (1 + np.tanh(log_odds / 2)))


def _spread(rows: Ints) -> Ints:
    """At most MOST of them, evenly."""
    return rows if len(rows) <= MOST else rows[np.linspace(0, len(rows) - 1, MOST).astype(np.int64)]


def _solve(gram: Floats, sign: Floats, weight: Floats) -> tuple[Floats, float]:
    """Minimise Σ weight · log(1 + e^(−sign · f)) + |w|² / (2 · STRENGTH), w = Σ alpha · x, f = gram · alpha + bias.

    Newton's steps in the form of weighted least squares (Rasmussen & Williams 2006, ch. 3.4), halved while the aim gets worse.
    """
    n = len(sign)
    alpha, bias = np.zeros(n), 0.0
    scaled = gram * STRENGTH

    def aim(alpha: Floats, bias: float) -> float:
        f = scaled @ alpha + bias
        return float((weight * np.logaddexp(0, -sign * f)).sum() + 0.5 * alpha @ scaled @ alpha)

    best = aim(alpha, bias)
    for _ in range(STEPS):
        f = scaled @ alpha + bias
        p = probability(f)
        target = (sign + 1) / 2
        curve = np.maximum(weight * p * (1 - p), 1e-9)
        z = f + weight * (target - p) / curve
        system = np.zeros((n + 1, n + 1))
        system[:n, :n] = scaled + np.diag(1 / curve)
        system[:n, n] = system[n, :n] = 1.0
        found = np.linalg.solve(system, np.append(z, 0.0))
        step = 1.0
        while step > 1e-3:
            trial = alpha + step * (found[:n] - alpha), bias + step * (float(found[n]) - bias)
            value = aim(*trial)
            if value <= best + 1e-12:
                break
            step /= 2
        else:
            break
        gain, best = best - value, value
        alpha, bias = trial
        if gain < ENOUGH:
            break
    return alpha * STRENGTH, bias
