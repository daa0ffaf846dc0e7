"""What the learners are taught: verdicts, chains presumed normal, and synthetic ones that fade as verdicts come.

Presumed-normal chains (ranked low by the detector, and the most widespread of those) stand for what nobody will ever label.
They are why learning can begin with the first malicious verdict: a good detector puts attacks on top, so negatives come late.
They weigh little, and never count as labels. Neither do synthetic chains (engine.classifier.synthetic), of which the LSTM gets
some: what they weigh halves with every twenty labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from engine.classifier.params import PUBLISHED, ClassifierParams
from engine.classifier.sequences import SequenceSet
from engine.classifier.synthetic import Synthetic, Vocabulary, abnormal, published_set
from engine.classifier.synthetic.sequences import LINUX, WINDOWS, names_of
from engine.domain.arrays import Floats, Floats32, Ints8
from engine.rules.rule import RuleSet
from engine.starter.pack import systems_of
from engine.verdicts.instant import balanced
from engine.verdicts.lessons import chain_lesson
from engine.verdicts.verdicts import BaseQueue, Verdicts

FADES = 20.0
SYNTHETIC_LABELS = 10.0
"""What `synthetic_weight` is a share of, in labels."""


class ExampleOrigin(IntEnum):
    """Where an example comes from. Stored in manifests by name."""

    LABEL = 1
    PRESUMED = 2
    SYNTHETIC = 3


@dataclass(frozen=True, slots=True)
class ExampleSet:
    """Examples for the LSTM; n chains."""

    chains: SequenceSet
    malicious: Floats32
    """[n] 1 or 0."""
    weight: Floats
    """[n] both classes sum to the same."""
    origin: Ints8
    """[n] ExampleOrigin."""

    def counts(self) -> dict[str, int]:
        """Origin -> how many, for the manifest."""
        return {origin.name.lower(): int((self.origin == origin).sum()) for origin in ExampleOrigin}


def training_set(base: BaseQueue, verdicts: Verdicts, rules: RuleSet, params: ClassifierParams) -> ExampleSet:
    """By the recipe of the parameters: verdicts with what stands in for more of them, or the published synthetic set alone."""
    systems = _systems(base)
    vocabulary = Vocabulary.of(base.corpus.paths)
    if params.recipe == PUBLISHED:
        made = published_set(params.seed, vocabulary, systems, params.synthetic)
        return synthetic_set([names_of(one) for one in made] if params.names_only else made, rules)
    lesson = chain_lesson(base, verdicts)
    real = SequenceSet.of_corpus(base.corpus, rules).part(lesson.rows)
    made = abnormal(params.synthetic, vocabulary, systems, params.seed) if params.synthetic_weight else []
    chains = real.with_(SequenceSet.of_chains([one.steps for one in made], rules)) if made else real
    labels = int((lesson.fold >= 0).sum())
    share = params.synthetic_weight * SYNTHETIC_LABELS * FADES / (FADES + labels) / max(len(made), 1)
    malicious = np.r_[lesson.malicious, np.ones(len(made), np.bool_)]
    weight = balanced(np.r_[lesson.weight, np.full(len(made), share)], malicious)
    origin = np.r_[
        np.where(lesson.fold >= 0, ExampleOrigin.LABEL, ExampleOrigin.PRESUMED), np.full(len(made), ExampleOrigin.SYNTHETIC)
    ]
    return ExampleSet(chains, malicious.astype(np.float32), weight, origin.astype(np.int8))


def synthetic_set(made: Sequence[Synthetic], rules: RuleSet) -> ExampleSet:
    """Synthetic sequences and nothing else."""
    malicious = np.array([one.abnormal for one in made])
    chains = SequenceSet.of_chains([one.steps for one in made], rules)
    weight = balanced(np.ones(len(made)), malicious)
    return ExampleSet(chains, malicious.astype(np.float32), weight, np.full(len(made), ExampleOrigin.SYNTHETIC, np.int8))


def _systems(base: BaseQueue) -> list[str]:
    """Systems that at least a twentieth of the chains are of; both where there are none."""
    present = systems_of(base.corpus)
    return [name for name, windows in ((LINUX, False), (WINDOWS, True)) if windows in present]
