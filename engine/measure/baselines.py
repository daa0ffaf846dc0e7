"""Every ranking that `evaluate` shows side by side, for the same chains."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from engine.domain.arrays import Floats
from engine.domain.chains import ChainCorpus
from engine.domain.marks import RuleMark, worth
from engine.domain.processes import ProcessTable
from engine.domain.scores import ScoreSet
from engine.signals.registry import signals


def names() -> list[str]:
    """Signals that are rankings of their own, in the order of the table."""
    rows = {signal.name: signal.row for signal in signals() if signal.row is not None}
    return sorted(rows, key=lambda name: rows[name])


def rankings(corpus: ChainCorpus, scores: ScoreSet, seed: int = 0) -> dict[str, Floats]:
    """Method -> [c] scores, higher first: random order, each signal alone, and the detector's own score.

    The counts are the detector's, so they are of its training case like everything else in the row: a model that
    comes from another case (`--model`, `--baseline-case`) brings its counts along. `random` is one draw; for figures use
    engine.metrics.ranking.random_metrics, which is its expectation.
    """
    by_name = {signal.name: signal.value for signal in scores.signals}
    out: dict[str, Floats] = {"random": np.random.default_rng(seed).random(len(corpus))}
    out |= {name: by_name[name] for name in names() if name in by_name}
    return out | {"detector": scores.score}


def marked(corpus: ChainCorpus, table: ProcessTable, marks: Iterable[tuple[int, RuleMark]]) -> Floats:
    """[c] what a ranking by marks alone is: the highest level of a chain's processes, then how many different marks they have; 0
    without one. marks: (key of a process, mark); processes without a chain have no place in it.
    """
    every = [*marks]
    found = np.zeros(len(corpus))
    if not every:
        return found
    place = table.index_of(np.array([process for process, _ in every], dtype=np.int64))
    of_chain: dict[int, list[RuleMark]] = defaultdict(list)
    for row, (_, mark) in zip(place.tolist(), every, strict=True):
        if row >= 0 and (chain := int(table.chain[row])) >= 0:
            of_chain[chain].append(mark)
    for chain, told in of_chain.items():
        found[chain] = worth(told)
    return found


def value_frequency(corpus: ChainCorpus, table: ProcessTable) -> Floats:
    """[c] AVF (A. Koufakou and others, 2007): minus the mean frequency of a record's values among all records of the queue.

    The values are the program, the one that started it, the pair, and the shape of the command line; a chain has the highest of
    its processes. No model, no training: the plainest way to be rare in a table.
    """
    rows = np.flatnonzero(table.chain >= 0)
    image = table.image[rows].astype(np.int64)
    parent = corpus.steps[table.chain[rows], np.maximum(corpus.lengths[table.chain[rows]] - 2, 0)].astype(np.int64)
    parent = np.where(corpus.lengths[table.chain[rows]] > 1, parent, -1)
    columns = (image, parent, (parent + 1) * len(corpus.paths) + image, table.shapes()[rows])
    mean = np.zeros(len(rows))
    for column in columns:
        number, counts = np.unique(column, return_inverse=True, return_counts=True)[1:]
        mean += counts[number] / len(rows) / len(columns)
    value = np.full(len(table), np.nan)
    value[rows] = -mean
    return table.highest(value, len(corpus))
