"""How long a training goes on and how fast: half a cosine over the batches that were ordered, or less once the loss stands still.

A training that is to stop when the loss stands still does not break off there, with the learning rate that it happens to have: it
winds down. What is left of the rate runs out, along half a cosine again, over a quarter of the batches that it took to get there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from engine.autoencoder.params import NetworkParams

WINDOW = 100
"""Batches between two looks at the loss."""
LESS = 0.01
"""Share of the best loss by which a window has to be better to count."""
SLOWEST = 0.01
"""Share of the learning rate that is left at the end."""
WIND_DOWN = 0.25
"""Batches after the loss stood still, in those before."""


class Plateau:
    """Early stopping: True once `patience` windows in a row were not 1 % better than the best before them."""

    def __init__(self, patience: int) -> None:
        self._patience = patience
        self._best = float("inf")
        self._stale = 0

    def reached(self, loss: float) -> bool:
        """Take in one window's mean loss."""
        self._stale = 0 if loss < (1 - LESS) * self._best else self._stale + 1
        self._best = min(self._best, loss)
        return 0 < self._patience <= self._stale


class Course:
    """Of one training of at most `ordered` batches.

    The rate shrinks to a hundredth: rankings of different seeds then differ less than with full speed for 70 % of the way and 0.3
    of it after that, which stops wherever the last batches have thrown the weights.

    Source: Loshchilov and Hutter, "SGDR", 2017.
    """

    def __init__(self, params: NetworkParams, ordered: int) -> None:
        self.ordered = self.last = ordered
        self.stood_still = 0
        """The batch after which the loss was found to stand still; 0 where it never was, or too late to matter."""
        self._patience = params.patience
        self._plateau = Plateau(params.patience)
        self._slowest = SLOWEST * params.learning_rate
        self._fastest, self._begin = params.learning_rate, 0

    def rate(self, done: int) -> float:
        """The learning rate of the batch that follows `done` others."""
        share = (done - self._begin) / max(self.last - self._begin, 1)
        return self._slowest + (self._fastest - self._slowest) * (1 + math.cos(math.pi * min(share, 1.0))) / 2

    def look(self, done: int, loss: float) -> None:
        """Take in the mean loss of the window that ends with batch `done`; `last` may come nearer, once."""
        if self.stood_still or not self._plateau.reached(loss):
            return
        end = done + max(WINDOW, math.ceil(WIND_DOWN * done))
        if end < self.ordered:
            self._fastest, self._begin, self.last, self.stood_still = self.rate(done), done, end, done

    @property
    def metrics(self) -> Mapping[str, float]:
        """What was ordered, and what became of it."""
        found = {"batches": float(self.last), "ordered": float(self.ordered)}
        return found | ({"stood_still": float(self.stood_still), "patience": float(self._patience)} if self.stood_still else {})

    @property
    def stop(self) -> str:
        """Why and when training ended before its time, as a sentence; "" when it did not."""
        if not self.stood_still:
            return ""
        return (
            f"stopped after {self.last:,} of {self.ordered:,} batches: {self._patience} windows of {WINDOW} batches without"
            f" {100 * LESS:g} % less loss by batch {self.stood_still:,}; the learning rate then ran out over"
            f" {self.last - self.stood_still:,}"
        )
