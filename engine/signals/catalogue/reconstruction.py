"""The error of the first paper: how badly the network rebuilds a chain's steps, on average. Shown, not fused: in a long
chain the mean dilutes one odd step.
"""

from __future__ import annotations

from engine.domain.arrays import Floats
from engine.signals.kinds import NETWORK
from engine.signals.signal import Signal
from engine.signals.view import View


class _Reconstruction(Signal[None]):
    """In units of the training variance."""

    def value(self, view: View, learnt: None) -> Floats:
        """[c] mean error of the steps."""
        return view.mean


SIGNAL = _Reconstruction(
    name="reconstruction",
    title="misfit, mean",
    meaning="how badly the network rebuilds the steps of the chain, on average (as published)",
    plain="mean error of its steps {value}",
    order=10,
    evidence=NETWORK,
    row=130,
    shaped=True,
)
