"""What would have been expected at a step: from the counts, and from the network's reconstruction of the whole chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.autoencoder.scoring import batches_by_length, reconstruct
from engine.autoencoder.training import TrainedNetwork
from engine.detector.known import KnownPaths, Systems
from engine.device import Device
from engine.domain.arrays import Floats32, Ints32
from engine.domain.chains import ChainCorpus
from engine.domain.scores import Expectation
from engine.knowledge.systems import EITHER, POSIX, WINDOWS
from engine.paths import basename
from engine.progress import Run
from engine.signals.edges import EdgeCount, edge_sentence
from engine.signals.pairs import PairTable

NEAREST = 3
"""Alternatives near the reconstruction."""


CHUNK = 256
"""Vectors that are compared with all known paths at a time."""


@dataclass(frozen=True, slots=True)
class Explainer:
    """What is needed to explain steps. k known paths of the training data, d dimensions."""

    network: TrainedNetwork
    pairs: PairTable
    known: KnownPaths
    known_vectors: Floats32
    """[k, d]"""
    device: Device

    def at_steps(
        self, corpus: ChainCorpus, vectors: Floats32, rows: Sequence[int], steps: Ints32, run: Run
    ) -> dict[int, Expectation]:
        """Row -> expectation at its step. vectors [p, d] of the corpus's paths; steps [c], one for every row of the corpus."""
        wanted = np.array(rows, dtype=np.int64)
        out: dict[int, Expectation] = {}
        for batch in batches_by_length(corpus.lengths[wanted], CHUNK):
            run.raise_if_cancelled()
            chosen = wanted[batch]
            length = int(corpus.lengths[chosen[0]])
            chains = corpus.steps[chosen, :length]
            systems = self.known.systems_of(corpus.paths, chains)
            near = self._nearest(reconstruct(self.network, vectors[chains], self.device), systems, run)
            for place, row in enumerate(chosen.tolist()):
                step = int(steps[row])
                out[row] = self._expectation(corpus, row, step, near[place], int(systems[place, step]))
        return out

    def _nearest(self, rebuilt: Floats32, systems: Systems, run: Run) -> list[list[list[str]]]:
        """For each step of [B, L, d] rebuilt chains the known paths of its system that are nearest to it; [] for none."""
        out: list[list[list[str]]] = [[[] for _ in row] for row in rebuilt]
        for system in (POSIX, EITHER, WINDOWS):
            pool = self.known.pool(system)
            if not len(pool):
                continue
            places = np.argwhere(systems == system)
            known = self.known_vectors[pool]
            few = min(NEAREST, len(known) - 1)
            for start in range(0, len(places), CHUNK):
                run.raise_if_cancelled()
                some = places[start : start + CHUNK]
                targets = rebuilt[some[:, 0], some[:, 1]]
                distance = np.square(known).sum(axis=1)[None, :] - 2 * targets @ known.T  # [t, k], less a constant per row
                near = np.argpartition(distance, few, axis=1)[:, : few + 1]
                order = np.argsort(np.take_along_axis(distance, near, axis=1), axis=1, kind="stable")[:, :NEAREST]
                for (chain, step), line in zip(some.tolist(), np.take_along_axis(near, order, axis=1), strict=True):
                    out[chain][step] = [self.known.paths[pool[i]] for i in line]
        return out

    def _expectation(self, corpus: ChainCorpus, row: int, step: int, nearest: list[list[str]], system: int) -> Expectation:
        """nearest: for each step of the chain the known paths nearest to what the network made of it; system: of this step."""
        chain = [corpus.paths[i] for i in corpus.steps[row, : corpus.lengths[row]]]
        near, here, child = nearest[step], chain[step], basename(chain[step])
        firsts = [paths[0] if paths else "" for paths in nearest]
        rebuilt = () if "" in firsts else tuple(None if path == own else path for path, own in zip(firsts, chain, strict=True))
        if step == 0 and len(chain) == corpus.steps.shape[1]:
            # Cut off at the root: what started it is not known, so there is nothing to count.
            told = f"{child} is the oldest known step" + (f"; rebuilt as {_names(near)}" if near else "")
            return Expectation(step, tuple(near), told, rebuilt=rebuilt)
        parent = None if step == 0 else basename(chain[step - 1])
        edge = EdgeCount.of(self.pairs, parent, child, system=system)
        sentence = edge_sentence(edge)
        counted = [self.pairs.paths[self.pairs.code(name)] for name, _ in edge.usual]
        others = [path for path in near if path != here]
        if others:
            sentence += f"; rebuilt as {self._near(parent, others)}"
        return Expectation(step, tuple(dict.fromkeys(path for path in counted + near if path != here)), sentence, rebuilt=rebuilt)

    def _near(self, parent: str | None, near: Sequence[str]) -> str:
        """The known images nearest to the reconstruction, each with how often this parent started it."""
        code = np.array([len(self.pairs.names) if parent is None else self.pairs.code(parent)], dtype=np.int64)
        counts: dict[str, int] = {}
        for path in near:
            name = basename(path)
            counts.setdefault(name, int(self.pairs.count(code, np.array([self.pairs.code(name)], dtype=np.int64))[0]))
        return ", ".join(f"{name} ({count:,} here)" for name, count in counts.items())


def _names(paths: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(basename(path) for path in paths))
