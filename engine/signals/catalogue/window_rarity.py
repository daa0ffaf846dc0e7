"""How rare two starts in a row are, by the model's counts."""

from __future__ import annotations

from collections.abc import Mapping

from engine.domain.arrays import Floats
from engine.signals.kinds import COUNTING, RARITY
from engine.signals.signal import Signal
from engine.signals.view import Explained, View
from engine.signals.windows import window_rarity, window_sentences


class _WindowRarity(Signal[None]):
    """In nats.

    Where training saw every chain of the queue the model was trained on the queue itself, and its counts say how often an attack
    was repeated, not whether it is normal: those of other estates then speak alone.
    """

    def value(self, view: View, learnt: None) -> Floats:
        """[c] the largest mean surprise of two edges in a row."""
        return window_rarity(view.pairs, view.edges(view.pairs))

    def sentences(self, chains: Explained, learnt: None) -> Mapping[int, str]:
        """One or two starts, with how often each was seen."""
        return window_sentences(chains.pairs, chains.edges(chains.pairs), chains.names)


SIGNAL = _WindowRarity(
    name="window_rarity",
    title="rare three in a row",
    meaning="surprise at the rarest child under its parent and grandparent",
    plain="surprise at its two rarest starts in a row {value} nats",
    order=40,
    family=RARITY,
    evidence=COUNTING,
    row=50,
    shaped=True,
    counts=True,
    gives_way_to="starter_rarity",
    by_row=True,
)
