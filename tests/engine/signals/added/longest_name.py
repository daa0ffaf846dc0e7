"""A signal as somebody would add one, whole in this module: how much longer a chain's longest name is than is usual."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.domain.arrays import Floats
from engine.domain.chains import ChainCorpus
from engine.paths import basename
from engine.saved.foreign import bounded
from engine.saved.parts import expect
from engine.signals.kinds import EvidenceKind, Family
from engine.signals.signal import Saved, Signal, TrainingView
from engine.signals.view import Explained, View


@dataclass(frozen=True, slots=True)
class UsualLength:
    """Fitted."""

    mean: Floats
    """[1] letters."""


def longest(corpus: ChainCorpus) -> Floats:
    """[c] letters of each chain's longest base name."""
    letters = np.array([len(basename(path)) for path in corpus.paths] + [0], dtype=np.float64)
    return np.asarray(letters[corpus.steps].max(axis=1))


class _LongestName(Signal[UsualLength]):
    """In letters."""

    def fit(self, training: TrainingView) -> UsualLength:
        return UsualLength(np.array([longest(training.corpus).mean()]))

    def value(self, view: View, learnt: UsualLength) -> Floats:
        return longest(view.corpus) - learnt.mean[0]

    def sentences(self, chains: Explained, learnt: UsualLength) -> Mapping[int, str]:
        said = {}
        for place, names in enumerate(chains.names):
            name = max(names, key=len)
            said[place] = f"{name} has {len(name)} letters; usual are {learnt.mean[0]:.0f}"
        return said

    def arrays(self, learnt: UsualLength) -> dict[str, Any]:
        return {"longest_name_mean": learnt.mean}

    def load(self, saved: Saved) -> UsualLength | None:
        if "longest_name_mean" not in saved.arrays:
            return None
        expect("longest_name_mean", saved.arrays, (1,), np.float64)
        bounded(saved.arrays, "longest_name_mean")
        return UsualLength(saved.arrays["longest_name_mean"])


SIGNAL = _LongestName(
    name="longest_name",
    title="long name",
    meaning="how many letters the longest name has beyond what is usual",
    plain="its longest name has {value} letters more than is usual",
    order=1000,
    family=Family("looks", 4.0, 1000),
    evidence=EvidenceKind("the look of its names", 1000),
    row=1000,
    shaped=True,
    learns=True,
)
