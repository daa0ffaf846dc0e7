"""How badly the network rebuilds a chain's worst step."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.domain.arrays import Floats
from engine.knowledge import Role, role
from engine.signals.kinds import NETWORK, RECONSTRUCTION
from engine.signals.signal import Signal
from engine.signals.tails import share
from engine.signals.view import Explained, View


class _ReconstructionWorst(Signal[None]):
    """In units of the training variance."""

    def value(self, view: View, learnt: None) -> Floats:
        """[c] highest error of the steps."""
        return view.worst

    def sentences(self, chains: Explained, learnt: None) -> Mapping[int, str]:
        """The step, beside the training steps of its role; nothing where the model has none."""
        if chains.tails is None or chains.roles is None:
            return {}
        said = {}
        for place, path in enumerate(chains.paths):
            if not path:
                continue
            errors = chains.errors[place, : len(path)]
            at = int(np.nanargmax(errors))
            kind = role(path[at])
            compared = chains.roles.compared(int(kind)) and kind is not Role.OTHER
            called = kind.name.lower().replace("_", " ") if compared else ""
            said[place] = step_sentence(at, chains.names[place][at], called, float(errors[at]), float(chains.tails[place, at]))
        return said


def step_sentence(step: int, name: str, role: str, error: float, tail: float) -> str:
    """How badly a step (from 0) is rebuilt, beside the steps of its kind."""
    kind = f"{role} steps" if role else "steps"
    return f"step {step + 1}, {name}: error {error:.3g}, as high as in {share(tail)} of the {kind} learnt from"


SIGNAL = _ReconstructionWorst(
    name="reconstruction_worst",
    title="misfit, worst step",
    meaning="how badly the network rebuilds the worst step",
    plain="error of its worst step {value}",
    order=20,
    family=RECONSTRUCTION,
    evidence=NETWORK,
    row=140,
    shaped=True,
)
