"""Whether a chain is part of a build, where shells, fresh binaries and rare pairs are what is normal."""

from __future__ import annotations

import numpy as np

from engine.domain.arrays import Floats
from engine.knowledge.build_tree import DISCOUNT, hub_paths, in_build
from engine.signals.signal import Signal
from engine.signals.view import View


class _BuildTree(Signal[None]):
    """1 or 0. A chain belongs to builds when all its processes do."""

    def value(self, view: View, learnt: None) -> Floats:
        """[c] 1 in a build."""
        return in_build(view.corpus, view.table, hub_paths(view.corpus.paths)).astype(np.float64)


SIGNAL = _BuildTree(
    name="build_tree",
    title="part of a build",
    meaning="1 for compilers, make and what they start; halves the score",
    order=90,
    discount=DISCOUNT,
    lowest=True,
    by_process=True,
)
