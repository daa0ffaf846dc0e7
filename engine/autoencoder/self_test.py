"""The published self-test: does the model tell training chains from the same chains in another order?

Source: F-Secure, "Detecting anomalous process chains", 2020. It measures whether the network has learnt an order at all;
it says little about attacks, and on short chains it is hard (most two-step chains are as well known backwards).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.domain.arrays import Floats, Ints, Ints32
from engine.metrics.ranking import roc_auc

MAX_CHAINS = 20_000
BINS = 40


def shuffled_chains(steps: Ints32, lengths: Ints32, seed: int) -> tuple[Ints32, Ints]:
    """Copies of chains with their steps in a different order, and [k] the rows they were made of.

    Only chains with two different steps can be reordered into something else; at most MAX_CHAINS, drawn at random.
    """
    random = np.random.default_rng(seed)
    behind = np.arange(steps.shape[1]) >= lengths[:, None]
    same = (steps == steps[:, :1]) | behind
    rows = np.flatnonzero((lengths >= 2) & ~same.all(axis=1))
    if len(rows) > MAX_CHAINS:
        rows = np.sort(random.choice(rows, MAX_CHAINS, replace=False))
    out, todo = steps[rows].copy(), np.arange(len(rows))
    while len(todo):  # each round leaves at most half of them as they were
        keys = np.where(behind[rows[todo]], 2.0, random.random((len(todo), steps.shape[1])))
        out[todo] = np.take_along_axis(steps[rows[todo]], keys.argsort(axis=1), axis=1)
        todo = todo[(out[todo] == steps[rows[todo]]).all(axis=1)]
    return out, rows


def shuffle_test(
    steps: Ints32,
    lengths: Ints32,
    real_errors: Floats,
    threshold: float,
    errors_of: Callable[[Ints32, Ints32], Floats],
    seed: int,
) -> dict[str, Any]:
    """Report: share of shuffled chains above `threshold` (on the mean error), AUC, and both error histograms.

    real_errors [c]: mean error of the chains as they are; errors_of(steps, lengths): the same for other chains.
    """
    shuffled, rows = shuffled_chains(steps, lengths, seed)
    if not len(rows):
        return {"shuffled_chains": 0}
    real, fake = real_errors[rows], errors_of(shuffled, lengths[rows])
    truth = np.r_[np.zeros(len(real), bool), np.ones(len(fake), bool)]
    # Logarithmic bins: errors of learnt chains and of nonsense differ by orders of magnitude.
    both = np.log10(np.maximum(np.r_[real, fake], 1e-12))
    edges = np.linspace(both.min(), both.max() + 1e-9, BINS + 1)
    return {
        "shuffled_chains": len(rows),
        "shuffled_above_threshold": float((fake >= threshold).mean()),
        "real_above_threshold": float((real >= threshold).mean()),
        "shuffled_auc": roc_auc(truth, np.r_[real, fake]),
        "histogram_log10_edges": [round(float(edge), 4) for edge in edges],
        "histogram_real": np.histogram(both[: len(real)], edges)[0].tolist(),
        "histogram_shuffled": np.histogram(both[len(real) :], edges)[0].tolist(),
    }
