"""What the learners are taught: verdicts, chains presumed normal, and synthetic ones that fade as verdicts come.

Presumed-normal chains (ranked low by the detector, and the most widespread of those) stand for what nobody will ever label.
They are why learning can begin with the first malicious verdict: a good detector puts attacks on top, so negatives come late.
They weigh little, and never count as labels. There are no synthetic chains beside them: these have neither command lines nor a
detector's word, and from the first ten verdicts on, before which nothing is trained, they cost (docs/labels.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from engine.classifier.sequences import CaseInputs, SequenceSet
from engine.domain.arrays import Floats, Floats32, Ints8
from engine.rules.rule import RuleSet
from engine.verdicts.features import VariantFeatures
from engine.verdicts.lessons import lesson_of
from engine.verdicts.verdicts import BaseQueue, Verdicts


class ExampleOrigin(IntEnum):
    """Where an example comes from. Stored in manifests by name."""

    LABEL = 1
    PRESUMED = 2


@dataclass(frozen=True, slots=True)
class ExampleSet:
    """Examples for the LSTM; n variants."""

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


def training_set(base: BaseQueue, features: VariantFeatures, verdicts: Verdicts, rules: RuleSet) -> ExampleSet:
    """Verdicts, and what is presumed normal; paths by `rules`."""
    lesson = lesson_of(base, verdicts).bounded()
    chains = SequenceSet.of_corpus(base.corpus, rules).part(base.variants.chain[lesson.rows].astype(np.int64))
    origin = np.where(lesson.fold >= 0, ExampleOrigin.LABEL, ExampleOrigin.PRESUMED).astype(np.int8)
    beside = CaseInputs.of(features, lesson.rows)
    return ExampleSet(chains, beside, lesson.malicious.astype(np.float32), lesson.balanced(), origin)
