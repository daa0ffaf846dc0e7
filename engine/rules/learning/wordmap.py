"""Planes of words: t-SNE of the vectors that were clustered, for people to look at, one for each operating system.

Distances between groups mean little in t-SNE; which words stand together does. van der Maaten and Hinton, 2008. Words of two
operating systems lie in no directory together, so in one plane their clusters would be packed between each other, as if that
meant something, and cover each other's names. Laid out apart, each has the room for its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.domain.arrays import Floats32, Ints, Ints32
from engine.domain.distinct import distinct
from engine.domain.records import LINUX, WINDOWS
from engine.errors import UsageError
from engine.progress import Run, Step
from engine.rules.learning.patterns import Patterns
from engine.rules.rule import LEARNT

MOST = 4000
LEAST = 30
NEIGHBOURED = 5
"""Fewer words of a system have no neighbours to be laid out by: they stand in a row."""
ROUNDS = 400
AGAIN = "Learn again: oddkin rules learn"

ORIGINS = ("version", "number or date", "identifier", "temporary name", "user or locale", "form learnt from a cluster", "no rule")
"""What became of a word: the kind of rule that changes it, the last one for words that none does."""
_ORIGIN_OF = {
    "version": 0, "runtime": 0, "number": 1, "copy": 1, "date": 1, "time": 1, "uuid": 2, "sid": 2, "hex": 2, "hex16": 2,
    "hex32": 2, "hex40": 2, "hex64": 2, "temp": 3, "user": 4, "locale": 4, LEARNT: 5,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class WordMap:
    """w words of one operating system laid out on a plane so that words that are alike lie near one another."""

    system: str
    """windows or linux, as records have it."""
    words: tuple[str, ...]
    place: Floats32
    """[w, 2] in the unit square."""
    labels: Ints32
    """[w] cluster, -1 for none."""
    origins: Ints32
    """[w] place in ORIGINS."""
    names: dict[int, str]
    """Cluster -> its pattern; clusters with more words of another system have their name there."""


def word_maps(patterns: Patterns, seed: int, run: Run, *, most: int = MOST) -> tuple[WordMap, ...]:
    """Lay out at most `most` words: some of every cluster, then the commonest; the system with more words first.

    Same seed, same maps. A system without words has none. Raises UsageError for fewer than LEAST words in all, Cancelled between
    the layouts, which cannot be interrupted.
    """
    if (patterns.posix < 0).any():
        raise UsageError("An older version of oddkin learnt these words; it did not keep their operating system.", remedy=AGAIN)
    rows = _chosen(patterns, most)
    parts = [(WINDOWS, rows[patterns.posix[rows] == 0]), (LINUX, rows[patterns.posix[rows] == 1])]
    if len(rows) < LEAST:
        raise UsageError(f"Only {len(rows)} words; a map needs {LEAST}.", remedy="Ingest more, then: oddkin rules learn")
    parts.sort(key=lambda part: -len(part[1]))
    return tuple(_laid_out(patterns, system, some, seed, run) for system, some in parts if len(some))


def _laid_out(patterns: Patterns, system: str, rows: Ints, seed: int, run: Run) -> WordMap:
    from sklearn.manifold import TSNE

    stage = f"lay out {system} words"
    run.report(Step(stage, 0, ROUNDS, "rounds"))
    run.raise_if_cancelled()
    raw = np.stack([np.arange(len(rows)), np.arange(len(rows)) % 2], axis=1).astype(np.float32)
    if len(rows) >= NEIGHBOURED:
        layout = TSNE(
            n_components=2, perplexity=min(30.0, (len(rows) - 1) / 3), init="pca", max_iter=ROUNDS,
            random_state=seed, metric="cosine",
        )  # fmt: skip
        raw = np.asarray(layout.fit_transform(patterns.vectors[rows]), dtype=np.float32)
    run.raise_if_cancelled()
    low, high = raw.min(axis=0), raw.max(axis=0)
    place = ((raw - low) / np.maximum(high - low, 1e-9)).astype(np.float32)
    run.report(Step(stage, ROUNDS, ROUNDS, "rounds", last=True))
    labels = patterns.labels[rows]
    known = {one.number: one.pattern for one in patterns.clusters}
    return WordMap(
        system, tuple(patterns.words[row] for row in rows.tolist()), place, labels, _origins(patterns, rows),
        {label: known.get(label, "") for label in distinct(labels[labels >= 0]).tolist() if _of(patterns, label) == system},
    )  # fmt: skip


def _of(patterns: Patterns, label: int) -> str:
    """The system that most of a cluster's words are of."""
    return LINUX if 2 * patterns.posix[patterns.labels == label].sum() > (patterns.labels == label).sum() else WINDOWS


def _origins(patterns: Patterns, rows: Ints) -> Ints32:
    kinds = [_ORIGIN_OF.get(kind, len(ORIGINS) - 1) for kind in patterns.kinds]
    # One more, so that -1 (no rule) gives the last.
    return np.array([*kinds, len(ORIGINS) - 1], dtype=np.int32)[patterns.changed_by[rows]]


def _chosen(patterns: Patterns, most: int) -> Ints:
    """Clusters take turns, largest first, until they or the room are used up; the commonest words fill the rest."""
    order = np.lexsort((-patterns.counts, patterns.labels))
    order = order[patterns.labels[order] >= 0]
    labels = patterns.labels[order]
    turn = np.arange(len(order)) - np.searchsorted(labels, labels)
    taken = order[np.lexsort((labels, turn))][:most]
    rest = np.setdiff1d(np.argsort(-patterns.counts, kind="stable")[:most], taken, assume_unique=True)
    return np.sort(np.concatenate([taken, rest[: max(most - len(taken), 0)]]).astype(np.int64))
