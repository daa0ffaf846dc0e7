"""What the learners are taught: verdicts, chains presumed normal, and synthetic ones that fade as verdicts come.

Presumed-normal chains (ranked low by the detector, and the most widespread of those) stand for what nobody will ever label.
They are why learning can begin with the first malicious verdict: a good detector puts attacks on top, so negatives come late.
They weigh little, and never count as labels. Synthetic chains (engine.classifier.synthetic) are of the published recipe only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from engine.classifier.params import PUBLISHED, ClassifierParams
from engine.classifier.sequences import CaseInputs, SequenceSet
from engine.classifier.synthetic import Synthetic, Vocabulary, published_set
from engine.classifier.synthetic.sequences import LINUX, WINDOWS, names_of
from engine.domain.arrays import Floats, Floats32, Ints8
from engine.rules.rule import RuleSet
from engine.starter.pack import systems_of
from engine.verdicts.features import VariantFeatures
from engine.verdicts.instant import balanced
from engine.verdicts.lessons import lesson_of
from engine.verdicts.verdicts import BaseQueue, Verdicts


class ExampleOrigin(IntEnum):
    """Where an example comes from. Stored in manifests by name."""

    LABEL = 1
    PRESUMED = 2
    SYNTHETIC = 3


@dataclass(frozen=True, slots=True)
class ExampleSet:
    """Examples for the LSTM; n variants, or sequences of no case."""

    chains: SequenceSet
    beside: CaseInputs
    malicious: Floats32
    """[n] 1 or 0."""
    weight: Floats
    """[n] both classes sum to the same."""
    origin: Ints8
    """[n] ExampleOrigin."""

    def counts(self) -> dict[str, int]:
        """Origin -> how many, for the manifest."""
        return {origin.name.lower(): int((self.origin == origin).sum()) for origin in ExampleOrigin}


def training_set(
    base: BaseQueue, features: VariantFeatures, verdicts: Verdicts, rules: RuleSet, params: ClassifierParams
) -> ExampleSet:
    """By the recipe of the parameters: verdicts with presumed-normal variants, or the published synthetic set alone."""
    if params.recipe == PUBLISHED:
        made = published_set(params.seed, Vocabulary.of(base.corpus.paths), _systems(base), params.synthetic)
        return synthetic_set([names_of(one) for one in made] if params.names_only else made, rules)
    lesson = lesson_of(base, verdicts).bounded()
    chains = SequenceSet.of_corpus(base.corpus, rules).part(base.variants.chain[lesson.rows].astype(np.int64))
    origin = np.where(lesson.fold >= 0, ExampleOrigin.LABEL, ExampleOrigin.PRESUMED).astype(np.int8)
    beside = CaseInputs.of(features, lesson.rows)
    return ExampleSet(chains, beside, lesson.malicious.astype(np.float32), lesson.balanced(), origin)


def synthetic_set(made: Sequence[Synthetic], rules: RuleSet) -> ExampleSet:
    """Synthetic sequences and nothing else."""
    malicious = np.array([one.abnormal for one in made])
    chains = SequenceSet.of_chains([one.steps for one in made], rules)
    weight = balanced(np.ones(len(made)), malicious)
    origin = np.full(len(made), ExampleOrigin.SYNTHETIC, np.int8)
    return ExampleSet(chains, CaseInputs.unknown(len(made)), malicious.astype(np.float32), weight, origin)


def _systems(base: BaseQueue) -> list[str]:
    """Systems that at least a twentieth of the chains are of; both where there are none."""
    present = systems_of(base.corpus)
    return [name for name, windows in ((LINUX, False), (WINDOWS, True)) if windows in present]
