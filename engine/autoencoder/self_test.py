"""The published self-test: does the model tell training chains from the same chains in another order?

Source: F-Secure, "Detection of anomalous process creation chains using word vectorization, normalization, and an autoencoder",
2020. It measures whether the network has learnt an order at all; it says little about attacks, and on short chains it is
hard (most two-step chains are as well known backwards).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.autoencoder.sampling import TrainingChains
from engine.autoencoder.scoring import chain_errors, step_errors
from engine.autoencoder.training import TrainedNetwork
from engine.device import Device
from engine.domain.arrays import Floats, Ints, Ints32
from engine.domain.distinct import distinct
from engine.metrics.ranking import roc_auc
from engine.progress import Run

MAX_CHAINS = 20_000
WATCHED_CHAINS = 500
"""Of the test so far: a tenth of a second each time."""
BINS = 40


def shuffled_chains(steps: Ints32, lengths: Ints32, seed: int, most: int = MAX_CHAINS) -> tuple[Ints32, Ints]:
    """Copies of chains with their steps in a different order, and [k] the rows they were made of.

    Only chains with two different steps can be reordered into something else; at most `most`, drawn at random.
    """
    random = np.random.default_rng(seed)
    behind = np.arange(steps.shape[1]) >= lengths[:, None]
    same = (steps == steps[:, :1]) | behind
    rows = np.flatnonzero((lengths >= 2) & ~same.all(axis=1))
    if len(rows) > most:
        rows = np.sort(random.choice(rows, most, replace=False))
    out, todo = steps[rows].copy(), np.arange(len(rows))
    while len(todo):  # each round leaves at most half of them as they were
        keys = np.where(behind[rows[todo]], 2.0, random.random((len(todo), steps.shape[1])))
        out[todo] = np.take_along_axis(steps[rows[todo]], keys.argsort(axis=1), axis=1)
        todo = todo[(out[todo] == steps[rows[todo]]).all(axis=1)]
    return out, rows


class OrderWatch:
    """The test so far, while a network trains: always the same few chains, and the same shuffled copies of them."""

    def __init__(self, data: TrainingChains, seed: int, device: Device, run: Run) -> None:
        own = slice(data.own or None)
        self._steps, self._lengths, self._vectors = data.steps[own], data.lengths[own], data.vectors
        self._shuffled, self._rows = shuffled_chains(self._steps, self._lengths, seed, WATCHED_CHAINS)
        self._device, self._run = device, run.quiet()

    def __call__(self, network: TrainedNetwork) -> dict[str, float]:
        """AUC; nothing where no chain can be shuffled."""
        if not len(self._rows):
            return {}
        lengths = self._lengths[self._rows]
        real, fake = (self._errors(network, steps, lengths) for steps in (self._steps[self._rows], self._shuffled))
        area = roc_auc(np.r_[np.zeros(len(real), bool), np.ones(len(fake), bool)], np.r_[real, fake])
        return {} if area is None else {"AUC": area}

    def _errors(self, network: TrainedNetwork, steps: Ints32, lengths: Ints32) -> Floats:
        return chain_errors(step_errors(network, self._vectors, steps, lengths, self._device, self._run), lengths)[0]


def between(real: Floats, fake: Floats) -> float:
    """The error that parts the two distributions: as large a share of the real chains lies above it as of the shuffled below.

    Midway between two errors that occur, so that the last digit of neither matters. inf where all are the same.
    """
    every = distinct(real, fake)
    above = len(real) - np.searchsorted(np.sort(real), every)
    below = np.searchsorted(np.sort(fake), every)
    parted = np.flatnonzero(below * len(real) >= above * len(fake))  # shares, without their rounding
    if not len(parted):
        return float("inf")
    first = int(parted[0])
    return float(every[max(first - 1, 0)] + every[first]) / 2


@dataclass(frozen=True, slots=True)
class ShuffleErrors:
    """Mean errors of k chains, and of the same chains shuffled."""

    real: Floats
    fake: Floats

    def between(self) -> float:
        """The threshold of the published method."""
        return between(self.real, self.fake)

    def report(self, threshold: float) -> dict[str, Any]:
        """Shares above `threshold`, AUC, and both error histograms over the same bins."""
        real, fake = self.real, self.fake
        truth = np.r_[np.zeros(len(real), bool), np.ones(len(fake), bool)]
        # Logarithmic bins: errors of learnt chains and of nonsense differ by orders of magnitude.
        both = np.log10(np.maximum(np.r_[real, fake], 1e-12))
        edges = np.linspace(both.min(), both.max() + 1e-9, BINS + 1)
        return {
            "shuffled_chains": len(real),
            "shuffled_above_threshold": float((fake >= threshold).mean()),
            "real_above_threshold": float((real >= threshold).mean()),
            "shuffled_auc": roc_auc(truth, np.r_[real, fake]),
            "histogram_log10_edges": [round(float(edge), 4) for edge in edges],
            "histogram_real": np.histogram(both[: len(real)], edges)[0].tolist(),
            "histogram_shuffled": np.histogram(both[len(real) :], edges)[0].tolist(),
        }


def shuffle_test(
    steps: Ints32, lengths: Ints32, real_errors: Floats, errors_of: Callable[[Ints32, Ints32], Floats], seed: int
) -> ShuffleErrors | None:
    """None where no chain can be shuffled into another.

    real_errors [c]: mean error of the chains as they are; errors_of(steps, lengths): the same for other chains.
    """
    shuffled, rows = shuffled_chains(steps, lengths, seed)
    return ShuffleErrors(real_errors[rows], errors_of(shuffled, lengths[rows])) if len(rows) else None
