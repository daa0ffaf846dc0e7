"""Every ranking that `evaluate` shows side by side, for the same chains."""

from __future__ import annotations

import numpy as np

from engine.domain.arrays import Floats
from engine.domain.chains import ChainCorpus
from engine.domain.scores import ScoreSet
from engine.signals.registry import signals


def names() -> list[str]:
    """Signals that are rankings of their own, in the order of the table."""
    rows = {signal.name: signal.row for signal in signals() if signal.row is not None}
    return sorted(rows, key=lambda name: rows[name])


def rankings(corpus: ChainCorpus, scores: ScoreSet, seed: int = 0) -> dict[str, Floats]:
    """Method -> [c] scores, higher first: random order, each signal alone, and the detector's own score.

    The counts are the detector's, so they are of its training case like everything else in the row: a model that
    comes from another case (`--model`, `--baseline-case`) brings its counts along. `random` is one draw; for figures use
    engine.metrics.ranking.random_metrics, which is its expectation.
    """
    by_name = {signal.name: signal.value for signal in scores.signals}
    out: dict[str, Floats] = {"random": np.random.default_rng(seed).random(len(corpus))}
    out |= {name: by_name[name] for name in names() if name in by_name}
    return out | {"detector": scores.score}
