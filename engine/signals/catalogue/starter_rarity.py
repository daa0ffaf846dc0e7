"""How rare two starts in a row are on the estates of a starter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.domain.arrays import Floats
from engine.saved.foreign import ascending, counts, texts
from engine.saved.parts import expect
from engine.signals.kinds import ELSEWHERE, RARITY
from engine.signals.pairs import PairTable
from engine.signals.signal import Saved, Signal, TrainingView
from engine.signals.view import Explained, View
from engine.signals.windows import window_rarity, window_sentences


class _StarterRarity(Signal[PairTable]):
    """In nats."""

    def fit(self, training: TrainingView) -> PairTable | None:
        """The starter's counts, apart from the estate's."""
        return None if training.elsewhere is None else PairTable.fit(training.elsewhere)

    def value(self, view: View, learnt: PairTable) -> Floats:
        """[c] the largest mean surprise of two edges in a row."""
        return window_rarity(learnt, view.edges(learnt))

    def sentences(self, chains: Explained, learnt: PairTable) -> Mapping[int, str]:
        """One or two starts, with how often each was seen."""
        return window_sentences(learnt, chains.edges(learnt), chains.names, elsewhere=True)

    def arrays(self, learnt: PairTable) -> dict[str, Any]:
        """Pairs and their counts."""
        return {"starter_pairs": learnt.pairs, "starter_counts": learnt.counts}

    def texts(self, learnt: PairTable) -> dict[str, Any]:
        """Names, each with its commonest path."""
        return {"starter_names": learnt.names, "starter_name_paths": learnt.paths}

    def load(self, saved: Saved) -> PairTable | None:
        """The same back."""
        if "starter_pairs" not in saved.arrays:
            return None
        names, pairs = texts(saved.texts["starter_names"], "starter's names"), saved.arrays["starter_pairs"]
        expect("starter_counts", saved.arrays, (len(pairs),), np.int64)
        ascending(saved.arrays, "starter_pairs", (len(names) + 1) ** 2)
        counts(saved.arrays, "starter_counts")
        paths = texts(saved.texts["starter_name_paths"], "starter's paths", len(names))
        return PairTable(names, paths, pairs, saved.arrays["starter_counts"])


SIGNAL = _StarterRarity(
    name="starter_rarity",
    title="rare elsewhere",
    meaning="surprise at the rarest child under its parent and grandparent, on other estates",
    plain="surprise at its two rarest starts in a row on other estates {value} nats",
    order=120,
    family=RARITY,
    weight=ELSEWHERE,
    row=60,
    learns=True,
    by_row=True,
)
