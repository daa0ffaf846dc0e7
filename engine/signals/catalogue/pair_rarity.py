"""How rare a chain's rarest start is. Shown, not fused: two in a row are the same evidence, and the better of the two."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.domain.arrays import Floats
from engine.signals.edges import EdgeCount, edge_sentence
from engine.signals.kinds import COUNTING
from engine.signals.pairs import edge_surprise, pair_rarity
from engine.signals.signal import Signal
from engine.signals.view import Explained, View


class _PairRarity(Signal[None]):
    """In nats."""

    def value(self, view: View, learnt: None) -> Floats:
        """[c] surprise of the rarest edge, by the model's counts."""
        return pair_rarity(view.pairs, view.edges(view.pairs))

    def sentences(self, chains: Explained, learnt: None) -> Mapping[int, str]:
        """The rarest start, with what is expected there."""
        edges = chains.edges(chains.pairs)
        rarest = np.where(edges.valid, edge_surprise(chains.pairs, edges), -np.inf).argmax(axis=1)
        return {
            place: edge_sentence(EdgeCount.into(chains.pairs, chains.names[place], int(rarest[place])))
            for place in np.flatnonzero(edges.valid.any(axis=1)).tolist()
        }


SIGNAL = _PairRarity(
    name="pair_rarity",
    title="rare child",
    meaning="surprise at the rarest child under its parent",
    plain="surprise at its rarest start {value} nats",
    order=30,
    evidence=COUNTING,
    row=40,
    shaped=True,
    counts=True,
    by_row=True,
)
