"""Whether a chain's programs are known products by lists of hashes, and nothing else is to be said of them; learns nothing.

Not that they are harmless: the hash of powershell.exe is on every such list. An unknown vendor's updater is odd because nobody
knows it, and here somebody does. So it is a discount, as for builds, and only where the program is no tool of attackers, was not
started by one and was asked for nothing that the tables know.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.domain.arrays import Floats
from engine.domain.processes import Repute
from engine.knowledge.build_tree import DISCOUNT
from engine.knowledge.products import plain_products
from engine.signals.listed import lists_of
from engine.signals.signal import Signal
from engine.signals.view import Explained, View


class _KnownGood(Signal[None]):
    """1 or 0. All processes of a chain have to be such."""

    def value(self, view: View, learnt: None) -> Floats | None:
        """[c] 1 for known products; None where no program is on such a list."""
        table = view.table
        if table is None or not (table.known() == Repute.GOOD).any():
            return None
        plain = plain_products(view.corpus, table)
        whole, has = np.zeros(len(view.corpus), dtype=np.bool_), table.chain >= 0
        whole[table.chain[has]] = True
        np.logical_and.at(whole, table.chain[has], plain[has])
        return whole.astype(np.float64)

    def sentences(self, chains: Explained, learnt: None) -> Mapping[int, str]:
        """Which lists name them, and what that does not say."""
        return {
            place: f"its program is on the known-good list {' and '.join(listing.good)};"
            " that says nothing about what it was told to do"
            for place, (listing, named, processes) in lists_of(chains, Repute.GOOD).items()
            if named == processes
        }


SIGNAL = _KnownGood(
    name="known_good",
    title="known product",
    meaning="1 for programs on a list of known-good ones of which nothing else is to be said; halves the score",
    order=190,
    discount=DISCOUNT,
    told=True,
    lowest=True,
    by_process=True,
)
