"""What the detector says of chains beyond their place in its queue: inputs of the learners.

A learner that knows names only has to learn anew what the detector knows already: that nobody starts this from there. With the
signals beside the names a few verdicts are enough to say which of them mean something on this estate (docs/labels.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from engine.domain.arrays import Floats, Floats32, Ints
from engine.domain.records import MAX_STEPS
from engine.domain.scores import ScoreSet
from engine.signals.registry import signals

SUREST = 8.0
"""A surprise that counts as 1: one chain of 3,000 is so odd."""
FURTHEST = 3.0
"""Standard deviations from the middle beyond which a step's error says nothing more."""


def signal_names() -> tuple[str, ...]:
    """The signals that learners know, in order: those of the catalogue that the chain itself is read for."""
    return tuple(signal.name for signal in signals() if not signal.told)


@dataclass(frozen=True, slots=True)
class ChainSignals:
    """Of c chains."""

    surprise: Floats32
    """[c, signals] −log of the share of training chains that are as extreme, over SUREST; 0 where a signal is unknown."""
    errors: Floats32
    """[c, MAX_STEPS] how high each step's error is, by its logarithm: −1 … 1; 0 in the middle and behind the end."""

    @classmethod
    def of(cls, tails: Iterable[tuple[str, Floats]], step_errors: Floats32) -> ChainSignals:
        """tails: name and [c] of each signal (engine.domain.scores.SignalColumn), NaN where unknown; step_errors [c, MAX_STEPS],
        NaN behind the end. Signals of another version that are not in the catalogue are left out.
        """
        place = {name: at for at, name in enumerate(signal_names())}
        surprise = np.zeros((len(step_errors), len(place)), dtype=np.float32)
        for name, column in tails:
            if name in place:
                told = np.nan_to_num(-np.log(np.clip(column, np.exp(-SUREST), 1.0)), nan=0.0) / SUREST
                surprise[:, place[name]] = told
        return cls(surprise, _heights(step_errors))

    @classmethod
    def of_scores(cls, scores: ScoreSet) -> ChainSignals:
        """Of chains that were just scored; unknown where the scores hold no signal."""
        if not scores.signals:
            return cls.unknown(len(scores.ids))
        return cls.of(((signal.name, signal.tail) for signal in scores.signals), scores.step_errors)

    def part(self, rows: Ints) -> ChainSignals:
        """Of some chains only."""
        return ChainSignals(self.surprise[rows], self.errors[rows])

    @classmethod
    def unknown(cls, chains: int) -> ChainSignals:
        """Of a queue whose detector said nothing but an order."""
        return cls(np.zeros((chains, len(signal_names())), np.float32), np.zeros((chains, MAX_STEPS), np.float32))


def _heights(errors: Floats32) -> Floats32:
    """By their own middle and spread: errors of another network are in another unit."""
    known = np.isfinite(errors) & (errors > 0)
    if not known.any():
        return np.zeros(errors.shape, dtype=np.float32)
    height = np.log(np.where(known, errors, 1.0).astype(np.float64))
    middle, spread = float(np.median(height[known])), float(height[known].std())
    scaled = (height - middle) / max(spread, 1e-9) / FURTHEST
    return np.where(known, np.clip(scaled, -1, 1), 0.0).astype(np.float32)
