"""Nearest neighbours of many unit vectors, within bounded memory: exact up to EXACT words, by inverted lists beyond.

Inverted lists (as in faiss's IVF, Jégou et al. 2011): words are assigned to the nearest of √n-ish centres, and a word is
compared with the members of the few lists whose centres are nearest to it. What that misses is measured, not assumed:
`recall` compares a sample of words with all words.

PERFORMANCE measurements name faiss for this size. It is not used because its wheel brings an OpenMP runtime of its own beside
torch's, and two of them in one process are known to abort on macOS; matrix products in numpy do the same work here, with no
dependency, in the order of a minute for 500,000 words of 64 numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.domain.arrays import Floats32, Ints, Ints32
from engine.progress import Run, Step

EXACT = 20_000
BLOCK = 4_000_000
"""Similarities held at once: 16 MB."""
PROBES = 12
"""Lists that a word is compared with."""
SAMPLE = 500
"""Words whose neighbours are also found exactly, to state the recall."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The nearest k other words of each of n words, nearest first."""

    index: Ints32
    """[n, k]; -1 where fewer were found."""
    distance: Floats32
    """[n, k] cosine distance, 0 … 2; inf where there is none."""
    recall: float
    """Share of the true nearest k that were found, on a sample; 1 for exact search."""


def unit(vectors: Floats32) -> Floats32:
    """[n, d] scaled to length 1; zero vectors stay."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    out: Floats32 = (vectors / np.maximum(length, 1e-12)).astype(np.float32)
    return out


def neighbours(vectors: Floats32, k: int, seed: int, run: Run) -> Neighbours:
    """Nearest neighbours of unit vectors [n, d]; a word is not its own. Raises Cancelled."""
    n = len(vectors)
    k = max(1, min(k, n - 1))
    if n <= EXACT:
        index = np.full((n, k), -1, np.int32)
        distance = np.full((n, k), np.inf, np.float32)
        for rows in _blocks(np.arange(n), n):
            run.raise_if_cancelled()
            index[rows], distance[rows] = _nearest(vectors, rows, np.arange(n), k)
            run.report(Step("find neighbours", int(rows[-1]) + 1, n, "words"))
        run.report(Step("find neighbours", n, n, "words", last=True))
        return Neighbours(index, distance, 1.0)
    index, distance = _inverted(vectors, k, seed, run)
    sample = np.sort(np.random.default_rng(seed).choice(n, SAMPLE, replace=False))
    recall = _recall(vectors, index, sample, k)
    run.report(Step("find neighbours", n, n, "words", metrics={"recall": recall}, last=True))
    return Neighbours(index, distance, recall)


def _blocks(rows: Ints, width: int) -> list[Ints]:
    size = max(1, BLOCK // max(width, 1))
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def _nearest(vectors: Floats32, rows: Ints, others: Ints, k: int) -> tuple[Ints32, Floats32]:
    """[r, k] nearest among `others` for each of `rows`, and cosine distances; padded with -1 and inf."""
    near = vectors[rows] @ vectors[others].T
    near[rows[:, None] == others[None, :]] = -np.inf
    few = min(k, len(others))
    at = (
        np.argpartition(-near, few - 1, axis=1)[:, :few] if few < len(others) else np.tile(np.arange(len(others)), (len(rows), 1))
    )
    value = np.take_along_axis(near, at, axis=1)
    order = np.argsort(-value, axis=1, kind="stable")
    at, value = np.take_along_axis(at, order, axis=1), np.take_along_axis(value, order, axis=1)
    index = np.full((len(rows), k), -1, np.int32)
    distance = np.full((len(rows), k), np.inf, np.float32)
    found = np.isfinite(value)
    index[:, :few] = np.where(found, others[at], -1)
    distance[:, :few] = np.where(found, np.maximum(1 - value, 0), np.inf)
    return index, distance


def _inverted(vectors: Floats32, k: int, seed: int, run: Run) -> tuple[Ints32, Floats32]:
    n = len(vectors)
    centres = _centres(vectors, int(np.clip(2 * np.sqrt(n), 64, 2048)), seed, run)
    probes = _probes(vectors, centres, run)
    members = _by_list(probes[:, 0], len(centres))
    index = np.full((n, k), -1, np.int32)
    distance = np.full((n, k), np.inf, np.float32)
    done = 0
    for number in range(len(centres)):
        # All words of one list share most of their probes: compare the list with the union of what its words want.
        rows = members[number]
        if not len(rows):
            continue
        run.raise_if_cancelled()
        wanted, count = np.unique(probes[rows], return_counts=True)
        keep = wanted[np.argsort(-count, kind="stable")][: 2 * PROBES]
        others = np.sort(np.concatenate([members[one] for one in keep.tolist()]))
        for part in _blocks(rows, len(others)):
            index[part], distance[part] = _nearest(vectors, part, others, k)
        done += len(rows)
        run.report(Step("find neighbours", done, n, "words"))
    return index, distance


def _centres(vectors: Floats32, count: int, seed: int, run: Run) -> Floats32:
    """k-means on a sample, a few rounds: lists need not be optimal, only balanced."""
    random = np.random.default_rng(seed)
    sample = vectors[random.choice(len(vectors), min(len(vectors), 40 * count), replace=False)]
    centres = sample[random.choice(len(sample), count, replace=False)].copy()
    for _ in range(6):
        run.raise_if_cancelled()
        nearest = np.concatenate([np.argmax(sample[rows] @ centres.T, axis=1) for rows in _blocks(np.arange(len(sample)), count)])
        total = np.zeros_like(centres)
        np.add.at(total, nearest, sample)
        size = np.bincount(nearest, minlength=count)
        empty = size == 0
        total[empty] = sample[random.choice(len(sample), int(empty.sum()))]
        centres = unit(total)
    return centres


def _probes(vectors: Floats32, centres: Floats32, run: Run) -> Ints32:
    """[n, PROBES] nearest centres, nearest first."""
    out = np.empty((len(vectors), PROBES), np.int32)
    for rows in _blocks(np.arange(len(vectors)), len(centres)):
        run.raise_if_cancelled()
        near = vectors[rows] @ centres.T
        at = np.argpartition(-near, PROBES - 1, axis=1)[:, :PROBES]
        out[rows] = np.take_along_axis(at, np.argsort(-np.take_along_axis(near, at, axis=1), axis=1), axis=1)
    return out


def _by_list(first: Ints32, count: int) -> list[Ints]:
    order = np.argsort(first, kind="stable")
    return np.split(order, np.searchsorted(first[order], np.arange(1, count)))


def _recall(vectors: Floats32, index: Ints32, sample: Ints, k: int) -> float:
    hits = 0
    everyone = np.arange(len(vectors))
    for rows in _blocks(sample, len(vectors)):
        exact, _ = _nearest(vectors, rows, everyone, k)
        hits += sum(len(np.intersect1d(exact[at], index[row])) for at, row in enumerate(rows.tolist()))
    return hits / (len(sample) * k)
