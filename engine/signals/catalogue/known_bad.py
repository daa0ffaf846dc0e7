"""Whether a program's hash is on a list of known-bad ones: no surprise, but settled by whoever made the list; learns nothing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.domain.arrays import Floats
from engine.domain.processes import Repute
from engine.signals.listed import lists_of, of_how_many
from engine.signals.signal import Signal
from engine.signals.view import Explained, View


class _KnownBad(Signal[None]):
    """1 or 0."""

    def value(self, view: View, learnt: None) -> Floats | None:
        """[c] 1 where the program of a process is on such a list; None where none is."""
        if view.table is None or not (bad := view.table.known() == Repute.BAD).any():
            return None
        return np.nan_to_num(view.table.highest(bad.astype(np.float64), len(view.corpus)))

    def sentences(self, chains: Explained, learnt: None) -> Mapping[int, str]:
        """Which lists name it, those of known-good ones too: they do not count then."""
        out = {}
        for place, (listing, named, processes) in lists_of(chains, Repute.BAD).items():
            said = f"{of_how_many(named, processes)} hash is on the known-bad list {' and '.join(listing.bad)}"
            if listing.good:
                said += f"; that it is on the known-good list {' and '.join(listing.good)} too does not count"
            out[place] = said
        return out


SIGNAL = _KnownBad(
    name="known_bad",
    title="known bad",
    meaning="1 for programs whose hash is on a list of known-bad ones; puts them above all others",
    order=180,
    certain=True,
    told=True,
    by_process=True,
)
