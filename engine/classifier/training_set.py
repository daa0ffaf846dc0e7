"""What the learners are taught: verdicts, chains presumed normal, and synthetic ones that fade as verdicts come.

Presumed-normal chains (ranked low by the detector, and the most widespread of those) stand for what nobody will ever label.
They are why learning can begin with the first malicious verdict: a good detector puts attacks on top, so negatives come late.
They weigh little, and never count as labels. Neither do synthetic chains (engine.classifier.synthetic), of which the LSTM gets some: what
they weigh halves with every twenty labels.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from engine.classifier.params import PUBLISHED, ClassifierParams
from engine.classifier.sequences import SequenceSet
from engine.classifier.synthetic import Synthetic, Vocabulary, abnormal, published_set
from engine.classifier.synthetic.sequences import LINUX, WINDOWS, names_of
from engine.domain.tables import Floats, Floats32, Ints, Ints8
from engine.lineage.chainset import chain_keys
from engine.rules.rule import RuleSet
from engine.starter.pack import systems_of
from engine.verdicts.instant import Lesson, balanced
from engine.verdicts.verdicts import BaseQueue, Verdicts

PRESUMED = 200
"""Chains at most."""
PRESUMED_WEIGHT = 3.0
"""What all of them weigh together, in labels."""
LOW = 0.5
"""Share of the detector's queue, from its end, in which they are looked for."""
FOLDS = 4
FADES = 20.0
SYNTHETIC_LABELS = 10.0
"""What `synthetic_weight` is a share of, in labels."""


class Origin(IntEnum):
    """Where an example comes from. Stored in manifests by name."""

    LABEL = 1
    PRESUMED = 2
    SYNTHETIC = 3


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Examples for the LSTM; n chains."""

    chains: SequenceSet
    malicious: Floats32
    """[n] 1 or 0."""
    weight: Floats
    """[n] both classes sum to the same."""
    origin: Ints8
    """[n] Origin."""

    def counts(self) -> dict[str, int]:
        """Origin -> how many, for the manifest."""
        return {origin.name.lower(): int((self.origin == origin).sum()) for origin in Origin}


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
    told = [label_weights(base.finding[side]) for side in (positive, negative)]
    weight = np.concatenate([*told, np.full(len(presumed), PRESUMED_WEIGHT / max(len(presumed), 1))])
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


def training_set(base: BaseQueue, verdicts: Verdicts, rules: RuleSet, params: ClassifierParams) -> TrainingSet:
    """By the recipe of the parameters: verdicts with what stands in for more of them, or the published synthetic set alone."""
    systems = _systems(base)
    vocabulary = Vocabulary.of(base.corpus.paths)
    if params.recipe == PUBLISHED:
        made = published_set(params.seed, vocabulary, systems, params.synthetic)
        return synthetic_set([names_of(one) for one in made] if params.names_only else made, rules)
    lesson = lesson_of(base, verdicts)
    real = SequenceSet.of_corpus(base.corpus, rules).part(lesson.rows)
    made = abnormal(params.synthetic, vocabulary, systems, params.seed) if params.synthetic_weight else []
    chains = real.with_(SequenceSet.of_chains([one.steps for one in made], rules)) if made else real
    labels = int((lesson.fold >= 0).sum())
    share = params.synthetic_weight * SYNTHETIC_LABELS * FADES / (FADES + labels) / max(len(made), 1)
    malicious = np.r_[lesson.malicious, np.ones(len(made), np.bool_)]
    weight = balanced(np.r_[lesson.weight, np.full(len(made), share)], malicious)
    origin = np.r_[np.where(lesson.fold >= 0, Origin.LABEL, Origin.PRESUMED), np.full(len(made), Origin.SYNTHETIC)]
    return TrainingSet(chains, malicious.astype(np.float32), weight, origin.astype(np.int8))


def synthetic_set(made: Sequence[Synthetic], rules: RuleSet) -> TrainingSet:
    """Synthetic sequences and nothing else."""
    malicious = np.array([one.abnormal for one in made])
    chains = SequenceSet.of_chains([one.steps for one in made], rules)
    weight = balanced(np.ones(len(made)), malicious)
    return TrainingSet(chains, malicious.astype(np.float32), weight, np.full(len(made), Origin.SYNTHETIC, np.int8))


def _systems(base: BaseQueue) -> list[str]:
    """Systems that at least a twentieth of the chains are of; both where there are none."""
    present = systems_of(base.corpus)
    return [name for name, windows in ((LINUX, False), (WINDOWS, True)) if windows in present]
