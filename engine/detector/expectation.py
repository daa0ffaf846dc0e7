"""What would have been expected at a step: from the counts, and from the network's reconstruction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.autoencoder.scoring import batches_by_length, reconstruct
from engine.autoencoder.training import TrainedNetwork
from engine.device import Device
from engine.domain.arrays import Floats32, Ints, Ints32
from engine.domain.chains import ChainCorpus
from engine.domain.scores import Expectation
from engine.paths import basename
from engine.progress import Run
from engine.signals.edges import USUAL, EdgeCount, edge_sentence
from engine.signals.pairs import PairTable

NEAREST = 3
"""Alternatives near the reconstruction."""


@dataclass(frozen=True, slots=True)
class Explainer:
    """What is needed to explain steps. k known paths of the training data, d dimensions."""

    network: TrainedNetwork
    pairs: PairTable
    known_paths: tuple[str, ...]
    known_vectors: Floats32
    """[k, d]"""
    device: Device

    def at_steps(
        self, corpus: ChainCorpus, vectors: Floats32, rows: Sequence[int], steps: Ints32, run: Run
    ) -> dict[int, Expectation]:
        """Row -> expectation at its step. vectors [p, d] of the corpus's paths; steps [c], one for every row of the corpus."""
        wanted = np.array(rows, dtype=np.int64)
        out: dict[int, Expectation] = {}
        for batch in batches_by_length(corpus.lengths[wanted], 256):
            run.raise_if_cancelled()
            chosen = wanted[batch]
            near = self._nearest(corpus, vectors, chosen, steps[chosen])
            for row, paths in zip(chosen.tolist(), near, strict=True):
                out[row] = self._expectation(corpus, row, int(steps[row]), paths)
        return out

    def _nearest(self, corpus: ChainCorpus, vectors: Floats32, rows: Ints, steps: Ints32) -> list[list[str]]:
        """Known paths nearest to what the network makes of each row's step; rows are of one length."""
        length = int(corpus.lengths[rows[0]])
        rebuilt = reconstruct(self.network, vectors[corpus.steps[rows, :length]], self.device)
        targets = rebuilt[np.arange(len(rows)), steps]  # [B, d]
        known = self.known_vectors
        distance = np.square(known).sum(axis=1)[None, :] - 2 * targets @ known.T  # [B, k], less a constant per row
        few = min(NEAREST, len(known) - 1)
        near = np.argpartition(distance, few, axis=1)[:, : few + 1]
        order = np.argsort(np.take_along_axis(distance, near, axis=1), axis=1, kind="stable")[:, :NEAREST]
        return [[self.known_paths[i] for i in line] for line in np.take_along_axis(near, order, axis=1)]

    def _expectation(self, corpus: ChainCorpus, row: int, step: int, near: list[str]) -> Expectation:
        chain = corpus.steps[row]
        child = basename(corpus.paths[chain[step]])
        if step == 0 and corpus.lengths[row] == corpus.steps.shape[1]:
            # Cut off at the root: what started it is not known, so there is nothing to count.
            return Expectation(step, tuple(near), f"{child} is the oldest known step; nearest known: {_names(near)}")
        parent = None if step == 0 else basename(corpus.paths[chain[step - 1]])
        parent_code = len(self.pairs.names) if parent is None else self.pairs.code(parent)
        usual = self.pairs.children(parent_code, USUAL) if parent_code >= 0 else []
        sentence = edge_sentence(EdgeCount.of(self.pairs, parent, child))
        here = corpus.paths[chain[step]]
        counted = [self.pairs.paths[code] for code, _ in usual]
        nearest = [path for path in near if path != here]
        if nearest:
            sentence += f"; nearest to the reconstruction: {self._near(parent_code, nearest)}"
        return Expectation(step, tuple(dict.fromkeys(path for path in counted + near if path != here)), sentence)

    def _near(self, parent_code: int, near: Sequence[str]) -> str:
        """The known images nearest to the reconstruction, each with how often this parent started it."""
        counts: dict[str, int] = {}
        for path in near:
            name = basename(path)
            code = np.array([self.pairs.code(name)], dtype=np.int64)
            counts.setdefault(name, int(self.pairs.count(np.array([parent_code], dtype=np.int64), code)[0]))
        return ", ".join(f"{name} ({count:,} here)" for name, count in counts.items())


def _names(paths: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(basename(path) for path in paths))
