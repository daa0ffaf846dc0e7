"""Every ranking that `evaluate` shows side by side, for the same chains."""

from __future__ import annotations

import numpy as np

from engine.domain.arrays import Floats
from engine.domain.chains import ChainCorpus
from engine.domain.scores import ScoreSet

SHOWN = {
    "rolefrac": "share of shells, script engines, proxy binaries and admin tools; no training",
    "chain_frequency": "rarest chain first",
    "host_prevalence": "on the fewest hosts first",
    "pair_rarity": "B1: back-off surprise of the worst edge",
    "window_rarity": "w2: Laplace surprise over two edges",
    "starter_rarity": "the same, by the starter's counts",
    "command_rarity": "surprise of the command line's words, given the program",
    "command_rules": "expert knowledge: what the command line asks for; no training",
    "prior": "expert knowledge: locations, names, who starts whom; no training",
    "role_share": "rolefrac, less sure of short chains",
    "threat_classes": "supervised prior by classes",
    "threat_words": "supervised prior by words",
    "reconstruction": "autoencoder: mean step error",
    "reconstruction_worst": "autoencoder: worst step error",
    "reconstruction_by_place": "autoencoder: oddest step, against what is usual at such places",
}
"""Signals that are rankings of their own, in the order of the table."""


def rankings(corpus: ChainCorpus, scores: ScoreSet, seed: int = 0) -> dict[str, Floats]:
    """Method -> [c] scores, higher first: random order, each signal alone, and the detector's own score.

    The counts are the detector's, so they are of its training case like everything else in the row: a model that
    comes from another case (`--model`, `--baseline-case`) brings its counts along. `random` is one draw; for figures use
    engine.metrics.ranking.random_metrics, which is its expectation.
    """
    by_name = {signal.name: signal.value for signal in scores.signals}
    out: dict[str, Floats] = {"random": np.random.default_rng(seed).random(len(corpus))}
    out |= {name: by_name[name] for name in SHOWN if name in by_name}
    return out | {"detector": scores.score}
