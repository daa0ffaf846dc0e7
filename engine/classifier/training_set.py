"""What the learners are taught: verdicts, chains presumed normal, and synthetic ones that fade as verdicts come.

Presumed-normal chains (ranked low by the detector, and the most widespread of those) stand for what nobody will ever label.
They are why learning can begin with the first malicious verdict: a good detector puts attacks on top, so negatives come late.
They weigh little, and never count as labels.
"""

from __future__ import annotations

import hashlib

import numpy as np

from engine.classifier.instant import Lesson
from engine.classifier.verdicts import BaseQueue, Verdicts
from engine.tables import Ints

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
    weight = np.ones(len(rows))
    weight[len(positive) + len(negative) :] = PRESUMED_WEIGHT / max(len(presumed), 1)
    fold = np.full(len(rows), -1, dtype=np.int64)
    fold[: len(positive) + len(negative)] = folds(base, np.concatenate([positive, negative]))
    return Lesson(rows, np.arange(len(rows)) < len(positive), weight, fold)


def folds(base: BaseQueue, rows: Ints) -> Ints:
    """[m] 0 … FOLDS - 1 for each of some rows: chains of one finding are always in one fold, whatever else is labelled.

    By the smallest chain key of the finding, so that a finding keeps its fold when more is ingested.
    """
    smallest: dict[int, str] = {}
    wanted = set(base.finding[rows].tolist()) - {0}
    for row in np.flatnonzero(np.isin(base.finding, sorted(wanted))).tolist():
        finding, key = int(base.finding[row]), base.corpus.keys[row]
        smallest[finding] = min(key, smallest.get(finding, key))
    keys = [smallest.get(int(base.finding[row]), base.corpus.keys[row]) for row in rows.tolist()]
    return np.array([hashlib.blake2b(key.encode(), digest_size=4).digest()[0] % FOLDS for key in keys], dtype=np.int64)
