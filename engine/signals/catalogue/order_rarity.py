"""How rare the rarest start is, whatever unknown names take part in it: familiar names in an unfamiliar order."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.domain.arrays import Floats
from engine.signals.edges import EdgeCount, edge_sentence
from engine.signals.kinds import ELSEWHERE, RARITY
from engine.signals.pairs import PairTable, order_surprise
from engine.signals.signal import Signal
from engine.signals.view import Explained, View


class _OrderRarity(Signal[PairTable]):
    """In nats. By what other estates do, where their counts are known: every estate has programs of its own, and counts that hold
    each new one for as odd as a familiar program in the wrong place put updaters and installers above an intruder who lives off
    the land.
    """

    def value(self, view: View, learnt: PairTable | None) -> Floats:
        """[c] surprise of the rarest edge; a name that the counts do not know costs what something new costs there."""
        table = learnt or view.pairs
        worst: Floats = order_surprise(table, view.edges(table)).max(axis=1, initial=0.0)
        return worst

    def sentences(self, chains: Explained, learnt: PairTable | None) -> Mapping[int, str]:
        """The rarest start, with how often it was seen."""
        table = learnt or chains.pairs
        edges = chains.edges(table)
        rarest = np.where(edges.valid, order_surprise(table, edges), -np.inf).argmax(axis=1)
        where = "" if learnt is None else "on other estates, "
        return {
            place: where + edge_sentence(EdgeCount.into(table, chains.names[place], int(rarest[place])), expected=False)
            for place in np.flatnonzero(edges.valid.any(axis=1)).tolist()
        }


SIGNAL = _OrderRarity(
    name="order_rarity",
    title="unfamiliar order",
    meaning="surprise at a familiar program in a place where it is never started; unknown programs surprise less",
    plain="surprise at its most unfamiliar start {value} nats",
    order=125,
    family=RARITY,
    weight=ELSEWHERE,
    row=65,
    reads="starter_rarity",
    by_row=True,
)
