"""What the autoencoder sees of a step: words, last component, classes, contradictions; centred and whitened.

The published input is the mean of a path's word vectors. It erases the one word that matters and lets the common ones
dominate the error. Here common words weigh little (SIF), the file name has a place of its own, what is known about the
path is said outright (location, role, whether the name contradicts the place, how much of it was never seen), and
whitening makes a rare difference count as much as a common one.

Sources: Arora et al., "A simple but tough-to-beat baseline for sentence embeddings", 2017 (SIF).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.domain.arrays import Floats32, Ints, Ints32
from engine.domain.distinct import distinct
from engine.knowledge import LOCATION_SLOTS, ROLE_SLOTS, PathKnowledge
from engine.words.embedding import Embedding, words_of

SMOOTH = 1e-3
"""SIF's a: a word in that share of the paths weighs half."""
LAST = 0.7
CLASS = 0.5
BATCH = 4096
"""Paths whose inputs are in memory at a time before they are whitened."""
WHITE = 64
"""Numbers per step that the network gets."""
FLOOR = 5e-3
"""Smallest variance that is scaled to 1: what varies less is noise of the word vectors and stays small."""


@dataclass(frozen=True, slots=True)
class StepInputs:
    """Fitted whitening. d raw numbers per step, w words."""

    word_share: dict[str, float]
    """Word -> share of the training paths that have it."""
    centre: Floats32
    """[d]"""
    basis: Floats32
    """[d, WHITE] principal directions, each over the root of its variance."""
    word_scale: float
    """Root mean square length of the word vectors: FastText's lengths depend on how long it was trained."""

    @classmethod
    def fit(cls, embedding: Embedding, paths: Sequence[str], steps: Ints32, counts: Ints) -> StepInputs:
        """From the training chains [c, MAX_STEPS] over `paths`, each weighing √count."""
        used = distinct(steps[steps >= 0])
        # Each path's words once and in their order: a set's is another in every process, and the words are saved as they come.
        share = Counter(word for path in used.tolist() for word in dict.fromkeys(words_of(paths[path])))
        lengths = np.linalg.norm(embedding.word_vectors, axis=1)
        blank = cls(
            {word: count / max(len(used), 1) for word, count in share.items()},
            np.zeros(0, np.float32),
            np.zeros((0, 0), np.float32),
            float(np.sqrt(np.square(lengths).mean())) or 1.0 if len(lengths) else 1.0,
        )
        raw = blank.raw(embedding, [paths[path] for path in used.tolist()]).astype(np.float64)
        weight = np.zeros(len(paths))
        known = steps >= 0
        np.add.at(weight, steps[known], np.broadcast_to(np.sqrt(counts)[:, None], steps.shape)[known])
        share_of_path = weight[used] / weight[used].sum()
        centre = share_of_path @ raw
        centred = raw - centre
        variance, direction = np.linalg.eigh((centred * share_of_path[:, None]).T @ centred)
        top = np.argsort(-variance, kind="stable")[:WHITE]
        scale = np.sqrt(np.maximum(variance[top], FLOOR))
        # The sign of a direction is the solver's whim; fixed, so that two machines agree.
        sign = np.sign(direction[np.abs(direction).argmax(axis=0), np.arange(direction.shape[1])])[top]
        basis = direction[:, top] * sign / scale
        return cls(blank.word_share, centre.astype(np.float32), basis.astype(np.float32), blank.word_scale)

    def to_arrays(self) -> dict[str, Any]:
        """For np.savez; the words whose shares these are go elsewhere."""
        shares = np.array(list(self.word_share.values()), dtype=np.float64)
        return {"white_centre": self.centre, "white_basis": self.basis, "word_shares": shares}

    def transform(self, embedding: Embedding, paths: Sequence[str]) -> Floats32:
        """[p, WHITE] inputs of paths. A path's input does not depend on its neighbours."""
        out = np.empty((len(paths), self.basis.shape[1]), dtype=np.float32)
        for start in range(0, len(paths), BATCH):
            part = slice(start, start + BATCH)
            raw = self.raw(embedding, paths[part]) - self.centre
            # One product per path and not one for all: the sum's order, and with it the last bit, may depend on the height.
            out[part] = np.einsum("pd,dk->pk", raw, self.basis, optimize=False)
        return out

    def raw(self, embedding: Embedding, paths: Sequence[str]) -> Floats32:
        """[p, d] before centring and whitening."""
        size = embedding.size
        out = np.zeros((len(paths), raw_size(size)), dtype=np.float32)
        knowledge = PathKnowledge.of(paths)
        rows = np.arange(len(paths))
        out[rows, 2 * size + knowledge.location.astype(np.int64)] = CLASS
        out[rows, 2 * size + LOCATION_SLOTS + knowledge.role.astype(np.int64)] = CLASS
        out[:, -2] = knowledge.contradiction
        lists = [words_of(path) for path in paths]
        found = embedding.vectors_of({word: None for words in lists for word in words})
        vectors = {word: vector / np.float32(self.word_scale) for word, vector in found.items()}
        for row, words in enumerate(lists):
            weight = np.array([SMOOTH / (SMOOTH + self.word_share.get(word, 0.0)) for word in words], dtype=np.float32)
            out[row, :size] = (weight / weight.sum()) @ np.stack([vectors[word] for word in words])
            out[row, size : 2 * size] = LAST * vectors[words[-1]]
            out[row, -1] = sum(word not in self.word_share for word in words) / len(words)
        return out


def raw_size(words: int) -> int:
    """Raw numbers per step for word vectors of `words` numbers."""
    return 2 * words + LOCATION_SLOTS + ROLE_SLOTS + 2
