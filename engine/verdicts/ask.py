"""What to ask next: orders in which a reader may go through what is undecided.

top        the learnt order
diverse    the best of each kind of look-alikes first, then each one's second, and so on
uncertain  where the learners are least sure; only once each class has twenty labels, before that they are sure of nothing
"""

from __future__ import annotations

import numpy as np

from engine.domain.arrays import Ints, Ints32
from engine.paths import basename
from engine.verdicts.features import VariantFeatures
from engine.verdicts.queue import SUPPRESSED, LearntQueue
from engine.verdicts.verdicts import BaseQueue, Verdicts

SURE = 20
"""Labels of each class from which on the uncertain are worth asking for."""
TOP, DIVERSE, UNCERTAIN = "top", "diverse", "uncertain"


def modes(base: BaseQueue, learnt: LearntQueue, verdicts: Verdicts, features: VariantFeatures) -> dict[str, Ints32]:
    """Mode -> the detector's ranks of the undecided chains in the order to ask. Suppressed chains are in none."""
    rows = _undecided(base, learnt, verdicts)
    found = {TOP: rows, DIVERSE: _diverse(rows, features)}
    if min(len(verdicts.malicious), len(verdicts.negative)) >= SURE:
        doubt = np.abs(np.nan_to_num(learnt.probability[rows], nan=0.5) - 0.5)
        found[UNCERTAIN] = rows[np.argsort(doubt, kind="stable")]
    return {name: base.rank[order].astype(np.int32) for name, order in found.items()}


def _undecided(base: BaseQueue, learnt: LearntQueue, verdicts: Verdicts) -> Ints:
    """[u] rows without a verdict that nothing suppressed, in the learnt order."""
    row_of = np.full(int(base.rank.max(initial=0)) + 1, -1, dtype=np.int64)
    row_of[base.rank] = np.arange(len(base))
    rows = row_of[learnt.order]
    out = np.isin(learnt.effect, SUPPRESSED)
    out[verdicts.chain] = True
    return np.asarray(rows[~out[rows]])


def _diverse(rows: Ints, features: VariantFeatures) -> Ints:
    """Look-alikes end in the same two programs, whatever directories they lie in."""
    shapes = features.shapes
    number: dict[str, int] = {}
    name = np.array([*(number.setdefault(basename(path), len(number)) for path in shapes.paths), -1], dtype=np.int64)
    steps = shapes.steps[shapes.of_chain[rows]]
    lengths = (steps >= 0).sum(axis=1)
    every = np.arange(len(rows))
    leaf = name[steps[every, np.maximum(lengths - 1, 0)]]
    parent = np.where(lengths > 1, name[steps[every, np.maximum(lengths - 2, 0)]], -1)
    kind = (leaf + 1) * (len(number) + 2) + parent + 1
    order = np.argsort(kind, kind="stable")
    nth = np.empty(len(rows), dtype=np.int64)
    nth[order] = every - np.searchsorted(kind[order], kind[order])
    return rows[np.lexsort((every, nth))]
