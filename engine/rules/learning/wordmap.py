"""A plane of words: t-SNE of the vectors that were clustered, for people to look at.

Distances between groups mean little in t-SNE; which words stand together does. van der Maaten and Hinton, 2008.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.domain.arrays import Floats32, Ints, Ints32
from engine.domain.distinct import distinct
from engine.errors import UsageError
from engine.progress import Run, Step
from engine.rules.learning.patterns import Patterns

MOST = 4000
LEAST = 30
ROUNDS = 400


@dataclass(frozen=True, slots=True)
class WordMap:
    """w words laid out on a plane so that words that are alike lie near one another."""

    words: tuple[str, ...]
    place: Floats32
    """[w, 2] in the unit square."""
    labels: Ints32
    """[w] cluster, -1 for none."""
    names: dict[int, str]
    """Cluster -> a word that stands for it: the one nearest to its middle."""


def word_map(patterns: Patterns, seed: int, run: Run, *, most: int = MOST) -> WordMap:
    """Lay out at most `most` words: some of every cluster, then the commonest. Same seed, same map.

    Raises UsageError for fewer than LEAST words, Cancelled before and after the layout, which cannot be interrupted.
    """
    from sklearn.manifold import TSNE

    rows = _chosen(patterns, most)
    if len(rows) < LEAST:
        raise UsageError(f"Only {len(rows)} words; a map needs {LEAST}.", remedy="Ingest more, then: oddkin rules learn")
    run.report(Step("lay out words", 0, ROUNDS, "rounds"))
    run.raise_if_cancelled()
    layout = TSNE(
        n_components=2, perplexity=min(30.0, (len(rows) - 1) / 3), init="pca", max_iter=ROUNDS,
        random_state=seed, metric="cosine",
    )  # fmt: skip
    raw = np.asarray(layout.fit_transform(patterns.vectors[rows]), dtype=np.float32)
    run.raise_if_cancelled()
    low, high = raw.min(axis=0), raw.max(axis=0)
    place = ((raw - low) / np.maximum(high - low, 1e-9)).astype(np.float32)
    run.report(Step("lay out words", ROUNDS, ROUNDS, "rounds", last=True))
    words = tuple(patterns.words[row] for row in rows.tolist())
    labels = patterns.labels[rows]
    return WordMap(words, place, labels, _names(words, place, labels))


def _chosen(patterns: Patterns, most: int) -> Ints:
    """Clusters take turns, largest first, until they or the room are used up; the commonest words fill the rest."""
    order = np.lexsort((-patterns.counts, patterns.labels))
    order = order[patterns.labels[order] >= 0]
    labels = patterns.labels[order]
    turn = np.arange(len(order)) - np.searchsorted(labels, labels)
    taken = order[np.lexsort((labels, turn))][:most]
    rest = np.setdiff1d(np.argsort(-patterns.counts, kind="stable")[:most], taken, assume_unique=True)
    return np.sort(np.concatenate([taken, rest[: max(most - len(taken), 0)]]).astype(np.int64))


def _names(words: tuple[str, ...], place: Floats32, labels: Ints32) -> dict[int, str]:
    found: dict[int, str] = {}
    for label in distinct(labels[labels >= 0]).tolist():
        rows = np.flatnonzero(labels == label)
        middle = np.median(place[rows], axis=0)
        found[int(label)] = words[int(rows[np.argmin(np.square(place[rows] - middle).sum(axis=1))])]
    return found
