"""What the autoencoder learns from: the chains, how often each is drawn, and the scale of their vectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.autoencoder.params import NetworkParams
from engine.domain.arrays import Floats, Floats32, Ints, Ints32
from engine.domain.distinct import distinct


@dataclass(frozen=True, slots=True)
class TrainingChains:
    """c unique chains over p paths."""

    vectors: Floats32
    """[p, d] of the paths."""
    steps: Ints32
    """[c, MAX_STEPS] indices into `vectors`, padded with -1 at the end."""
    lengths: Ints32
    counts: Ints
    """[c] how often each chain occurred."""
    own: int
    """How many of them, the first ones, are the estate's; 0: all alike."""


class ChainSampler:
    """Draws batches of chains of one length: the length by its share of the weight, then chains by theirs."""

    def __init__(self, lengths: Ints32, weight: Floats, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._rows = [np.flatnonzero(lengths == length) for length in distinct(lengths[lengths > 0])]
        self._edges = [np.cumsum(weight[rows]) for rows in self._rows]
        totals = np.array([edges[-1] for edges in self._edges])
        self._share = totals / totals.sum()

    def draw(self, size: int) -> Ints:
        """[size] rows of the corpus, all of one length; with replacement."""
        bucket = int(self._random.choice(len(self._rows), p=self._share))
        edges = self._edges[bucket]
        at = np.searchsorted(edges, self._random.random(size) * edges[-1], side="right")
        drawn: Ints = self._rows[bucket][np.minimum(at, len(edges) - 1)]
        return drawn


def weights(counts: Ints, own: int, params: NetworkParams) -> Floats:
    """[c] how often each chain is drawn beside the others; the first `own` are the estate's, the others a starter's."""
    by_count = {"linear": counts.astype(np.float64), "sqrt": np.sqrt(counts), "none": np.ones(len(counts))}
    weight: Floats = by_count[params.weighting]
    estate, starter = float(weight[:own].sum()), float(weight[own:].sum())
    if estate > 0:
        weight[:own] *= max(1.0, params.estate / (1 - params.estate) * starter / estate)
    return weight


def scale_of(vectors: Floats32, steps: Ints32, counts: Ints) -> tuple[Floats32, float]:
    """Centre [d] and root mean square of the path vectors, each path weighted by its steps in √count chains."""
    used = steps >= 0
    weight = np.zeros(len(vectors), dtype=np.float64)
    np.add.at(weight, steps[used], np.broadcast_to(np.sqrt(counts)[:, None], steps.shape)[used])
    weight /= max(float(weight.sum()), 1e-12)
    centre: Floats = weight @ vectors.astype(np.float64)
    spread = float(np.sqrt(weight @ np.square(vectors - centre).mean(axis=1)))
    return centre.astype(np.float32), spread if spread > 1e-9 else 1.0
