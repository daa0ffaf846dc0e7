"""From orders to probabilities: how likely a chain is malicious, given where detector and learner put it.

A logistic curve over two numbers: the detector's surprise (−log of the share of the queue above) and the instant learner's log
odds, fitted on the labelled chains with odds from learners that did not see them or their finding. Both slopes are held to be
positive, and a prior keeps few labels from claiming much. Its curvature at the optimum tells how sure the fit is (Laplace).

What it cannot know: labelled chains are those that were on top. That the curve goes on below is an assumption.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import Floats
from engine.verdicts.instant import probability

MEAN = np.array([-3.0, 1.0, 0.5])
"""Prior of bias, slope of the surprise, slope of the log odds: a chain in the middle of the queue is hardly malicious."""
SPREAD = np.array([2.0, 1.0, 0.5])
LEAST_SLOPE = 0.05
LARGEST = 8.0
"""Log odds beyond this are cut: a learner with few labels is surer than it should be."""


@dataclass(frozen=True, slots=True)
class LogisticCalibration:
    """A logistic curve that was fitted, and how sure the fit is."""

    mean: Floats
    """[3] bias and slopes."""
    covariance: Floats
    """[3, 3]"""

    @classmethod
    def fit(
        cls, surprise: Floats, odds: Floats, malicious: npt.NDArray[np.bool_], weight: Floats | None = None
    ) -> LogisticCalibration:
        """From [m] labelled chains, odds held out. `weight` [m]: how many opinions each is (1), so that the chains of one
        finding, decided by one key, do not make the curve as sure as that many decisions would.
        """
        x = _inputs(surprise, odds)
        weight = np.ones(len(x)) if weight is None else weight
        beta, precision = MEAN.copy(), 1 / SPREAD**2
        curvature = np.diag(precision)
        for _ in range(50):
            p = probability(x @ beta)
            gradient = x.T @ (weight * (malicious - p)) - precision * (beta - MEAN)
            curvature = (x * (weight * p * (1 - p))[:, None]).T @ x + np.diag(precision)
            step = np.linalg.solve(curvature, gradient)
            beta = beta + step / max(1.0, float(np.abs(step).max()))
            beta[1:] = np.maximum(beta[1:], LEAST_SLOPE)
            if np.abs(step).max() < 1e-8:
                break
        return cls(beta, np.asarray(np.linalg.inv(curvature), dtype=np.float64))

    def of(self, surprise: Floats, odds: Floats) -> Floats:
        """[c] probability of malicious, the uncertainty of the curve included (MacKay 1992)."""
        x = _inputs(surprise, odds)
        variance = np.einsum("ij,jk,ik->i", x, self.covariance, x)
        return probability((x @ self.mean) / np.sqrt(1 + np.pi / 8 * variance))

    def sums(self, surprise: Floats, odds: Floats, draws: int = 400) -> Floats:
        """[draws] numbers of malicious chains among these: curves drawn from what the fit allows, then chance. Ascending.

        Drawn from a fixed seed: the same labels, the same interval.
        """
        random = np.random.default_rng(20)
        beta = random.multivariate_normal(self.mean, self.covariance, size=draws, method="cholesky")
        beta[:, 1:] = np.maximum(beta[:, 1:], LEAST_SLOPE)
        x = _inputs(surprise, odds)
        out = np.empty(draws)
        for draw, one in enumerate(beta):
            p = probability(x @ one)
            spread = np.sqrt((p * (1 - p)).sum())
            out[draw] = p.sum() + spread * random.standard_normal()
        return np.clip(np.sort(out), 0, len(surprise))


def _inputs(surprise: Floats, odds: Floats) -> Floats:
    return np.stack([np.ones(len(surprise)), surprise, np.clip(odds, -LARGEST, LARGEST)], axis=1)
