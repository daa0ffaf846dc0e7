"""How far the networks of an ensemble are apart about a chain. Shown, not fused."""

from __future__ import annotations

from engine.domain.arrays import Floats
from engine.signals.signal import Signal
from engine.signals.view import View


class _ReconstructionSpread(Signal[None]):
    """Standard deviation over the networks, in units of the training variance."""

    def value(self, view: View, learnt: None) -> Floats | None:
        """[c] of the chain's mean error; None for the published network, which is alone."""
        return view.spread


SIGNAL = _ReconstructionSpread(
    name="reconstruction_spread",
    title="networks disagree",
    meaning="how far the networks are apart about the chain; not in the sum",
    plain="the networks differ by {value} about its error",
    order=110,
)
