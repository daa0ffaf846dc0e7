"""Clusters of words: DBSCAN by cosine distance over a sparse neighbour graph, its two settings read off the data.

Ester et al., "A density-based algorithm for discovering clusters", 1996. `min_samples` is the logarithm of the number of words;
`eps` is the knee of the sorted distances to the min_samples-th neighbour (Satopaa et al., "Finding a kneedle in a haystack",
2011): below it words have company, above it every further bit of radius brings in strangers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.domain.arrays import Floats, Floats32, Ints, Ints32
from engine.progress import Run, Step
from engine.rules.learning.graph import Neighbours, neighbours, unit

NEIGHBOURS = 24
"""Neighbours kept per word; at least min_samples, or nobody could be a core word."""
MOST_EPS = 0.5
LARGE = 400
LARGE_SHARE = 0.01
"""A cluster with more than this share of the words (and more than LARGE) is divided."""
MOST_SPLITS = 200
FEW = 4
"""min_samples for the words that are in no cluster at first."""
FEW_EPS = 0.3
"""Their radius at most: four words find each other by chance sooner than ten do."""


@dataclass(frozen=True, slots=True)
class Clustering:
    """Which of n words are alike, and how DBSCAN was set for it."""

    labels: Ints32
    """[n] cluster, from 0; -1: noise. Clusters are numbered by size, the largest first."""
    eps: float
    min_samples: int
    recall: float
    """Of the neighbour graph."""

    @property
    def count(self) -> int:
        """Number of clusters."""
        return int(self.labels.max(initial=-1)) + 1


def cluster(vectors: Floats32, seed: int, run: Run) -> Clustering:
    """Cluster words by their vectors [n, d]. Raises Cancelled."""
    n = len(vectors)
    min_samples = int(np.clip(round(np.log(max(n, 2))), 4, NEIGHBOURS - 4))
    if n <= min_samples:
        return Clustering(np.full(n, -1, np.int32), 0.0, min_samples, 1.0)
    # Less their mean: what all words share (FastText's vectors lie in a cone) says nothing about which are alike.
    found = neighbours(unit(vectors - vectors.mean(axis=0)), NEIGHBOURS, seed, run)
    # A word counts as one of its own min_samples, hence the -2.
    reach = found.distance[:, min(min_samples, found.distance.shape[1]) - 2]
    eps = knee(reach)
    run.report(Step("cluster words", 0, n, "words", metrics={"eps": eps}))
    labels = _by_size(_dbscan(found, np.arange(n), eps, min_samples))
    labels = _split(found, reach, labels, eps, min_samples, run)
    labels = _few_together(found, labels)
    run.raise_if_cancelled()
    run.report(
        Step("cluster words", n, n, "words", metrics={"eps": eps, "clusters": float(labels.max(initial=-1) + 1)}, last=True)
    )
    return Clustering(labels, eps, min_samples, found.recall)


def knee(distances: Floats32 | Floats) -> float:
    """The distance at which the sorted curve bends most: farthest from the chord between its ends. At most MOST_EPS."""
    curve = np.sort(np.asarray(distances, dtype=np.float64))
    curve = curve[np.isfinite(curve)]
    if len(curve) < 3:
        return MOST_EPS
    # The last hundredth are words without any company; they would bend the chord.
    curve = curve[: max(3, int(len(curve) * 0.99))]
    height = curve[-1] - curve[0]
    if height <= 0:
        return float(min(max(curve[-1], 1e-6), MOST_EPS))
    away = np.linspace(0, 1, len(curve)) - (curve - curve[0]) / height
    return float(min(max(curve[int(np.argmax(away))], 1e-6), MOST_EPS))


def _split(found: Neighbours, reach: Floats32, labels: Ints32, eps: float, min_samples: int, run: Run) -> Ints32:
    """Divide clusters that hold too much of everything, each by the knee of its own distances.

    One radius for all words lets dense regions grow together into one cluster: versions, hex and temporary names are near to
    each other everywhere. A part that is still too large is divided again; what falls out of a part joins the noise.
    """
    limit = max(LARGE, int(LARGE_SHARE * len(labels)))
    work = [(number, eps) for number in np.flatnonzero(np.bincount(labels[labels >= 0]) > limit).tolist()]
    following = int(labels.max(initial=-1)) + 1
    for _ in range(MOST_SPLITS):
        if not work:
            break
        run.raise_if_cancelled()
        number, before = work.pop()
        rows = np.flatnonzero(labels == number)
        smaller = min(knee(reach[rows]), 0.9 * before)
        parts = _dbscan(found, rows, smaller, min_samples)
        sizes = np.bincount(parts[parts >= 0], minlength=1)
        if sizes.sum() < len(rows) / 2:
            continue  # it would dissolve: this is how dense it is
        labels[rows] = np.where(parts >= 0, parts + following, -1)
        work += [(following + part, smaller) for part in np.flatnonzero(sizes > limit).tolist()]
        following += len(sizes)
    return _by_size(labels)


def _few_together(found: Neighbours, labels: Ints32) -> Ints32:
    """Clusters among what is in none, by the knee of their own distances and FEW words' company.

    One density for all leaves out what is met a few times only: on the demo a third of the words, among them every name that
    machines rotate less than seven times.
    """
    rows = np.flatnonzero(labels < 0)
    if len(rows) < FEW:
        return labels
    alone = np.append(labels < 0, False)[found.index[rows]]  # one more, so that -1 (no neighbour) is no loner
    distance = np.sort(np.where(alone, found.distance[rows], np.inf), axis=1)
    reach = distance[:, min(FEW, distance.shape[1]) - 2]
    parts = _dbscan(found, rows, min(knee(reach), FEW_EPS), FEW)
    labels[rows] = np.where(parts >= 0, parts + int(labels.max(initial=-1)) + 1, -1)
    return _by_size(labels)


def _dbscan(found: Neighbours, rows: Ints, eps: float, min_samples: int) -> Ints:
    """Labels of some rows, by the part of the graph between them."""
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]
    from sklearn.cluster import DBSCAN

    n = len(rows)
    place = np.full(len(found.index) + 1, -1, np.int32)  # one more, so that -1 (no neighbour) gives -1
    place[rows] = np.arange(n)
    index = place[found.index[rows]]
    near = (found.distance[rows] <= eps) & (index >= 0)
    # Stored zeros count as distances, missing entries as infinite; a word's twin is at distance 0 and must be stored.
    data = np.maximum(found.distance[rows][near], 1e-9)
    start = np.r_[0, np.cumsum(near.sum(axis=1))]
    graph = csr_matrix((data, index[near], start), shape=(n, n))
    # Of two directions the one that is there: neighbours are not mutual.
    graph = graph.maximum(graph.T)
    return np.asarray(DBSCAN(eps=eps, min_samples=min_samples, metric="precomputed").fit(graph).labels_)


def _by_size(raw: Ints | Ints32) -> Ints32:
    """Labels renumbered, the largest cluster 0."""
    sizes = np.bincount(raw[raw >= 0], minlength=1)
    rank = np.empty(len(sizes) + 1, np.int32)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
    rank[-1] = -1
    out: Ints32 = rank[raw]
    return out
