"""Verdicts as lessons: which chains are learnt from, with which weight."""

from __future__ import annotations

import hashlib

import numpy as np

from engine.domain.arrays import Floats, Ints
from engine.lineage.chainset import chain_keys
from engine.verdicts.instant import Lesson
from engine.verdicts.verdicts import BaseQueue, Verdicts

PRESUMED = 200
"""Chains at most."""


PRESUMED_WEIGHT = 3.0
"""What all of them weigh together, in labels."""


LOW = 0.5
"""Share of the detector's queue, from its end, in which they are looked for."""


FOLDS = 4


def presumed_normal(base: BaseQueue, verdicts: Verdicts) -> Ints:
    """Rows: the most widespread chains of the lower half of the detector's queue, without verdicts, ascending."""
    low = np.argsort(-base.rank, kind="stable")[: int(LOW * len(base))]
    low = low[~np.isin(low, verdicts.rows)]
    order = np.lexsort((low, -base.corpus.counts[low], -base.corpus.hosts[low]))
    return np.sort(low[order[:PRESUMED]])


def lesson_of(base: BaseQueue, verdicts: Verdicts) -> Lesson:
    """Verdicts and presumed-normal chains for the instant learner."""
    positive, negative, presumed = verdicts.malicious, verdicts.negative, presumed_normal(base, verdicts)
    rows = np.concatenate([positive, negative, presumed])
    weights = [label_weights(base.finding[side]) for side in (positive, negative)]
    weight = np.concatenate([*weights, np.full(len(presumed), PRESUMED_WEIGHT / max(len(presumed), 1))])
    fold = np.full(len(rows), -1, dtype=np.int64)
    fold[: len(positive) + len(negative)] = folds(base, np.concatenate([positive, negative]))
    return Lesson(rows, np.arange(len(rows)) < len(positive), weight, fold)


def label_weights(finding: Ints) -> Floats:
    """[m] weights of labels of one class by the findings of their chains: k of one finding weigh √k together.

    One key labels a whole finding, and its chains resemble each other: 400 chains of one build are not 400 opinions, and a
    handful of labels elsewhere must be heard beside them. A chain without a finding (0) is one of its own.
    """
    _, number, size = np.unique(finding, return_inverse=True, return_counts=True)
    return np.where(finding > 0, 1 / np.sqrt(size[number]), 1.0)


def folds(base: BaseQueue, rows: Ints, *, by_parent: bool = False) -> Ints:
    """[m] 0 … FOLDS - 1 for each of some rows: chains of one group are always in one fold, whatever else is labelled."""
    keys = group_keys(base, rows, by_parent=by_parent)
    return np.array([hashlib.blake2b(key.encode(), digest_size=4).digest()[0] % FOLDS for key in keys], dtype=np.int64)


def group_keys(base: BaseQueue, rows: Ints, *, by_parent: bool = False) -> list[str]:
    """[m] a key for each of some rows: equal for those that are held out together, the chains of one finding.

    It is the smallest chain key of the finding, so that a finding keeps its group when more is ingested. `by_parent`: chains that
    continue the same chain, siblings, are together instead; finer, for cases that are a single incident.
    """
    if by_parent:
        steps, lengths = base.corpus.steps[rows], base.corpus.lengths[rows]
        above = np.where(np.arange(steps.shape[1]) < (lengths - 1)[:, None], steps, -1).astype(np.int32)
        return list(chain_keys(above, base.corpus.paths))
    smallest = _smallest_keys(base, set(base.finding[rows].tolist()) - {0})
    return [smallest.get(int(base.finding[row]), base.corpus.keys[row]) for row in rows.tolist()]


def _smallest_keys(base: BaseQueue, findings: set[int]) -> dict[int, str]:
    smallest: dict[int, str] = {}
    for row in np.flatnonzero(np.isin(base.finding, sorted(findings))).tolist():
        finding, key = int(base.finding[row]), base.corpus.keys[row]
        smallest[finding] = min(key, smallest.get(finding, key))
    return smallest
