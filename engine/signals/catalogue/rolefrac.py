"""The baseline of one line: the share of a chain's steps that attackers use as tools. Shown, not fused: role share is the same,
less sure of short chains.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.domain.arrays import Floats
from engine.knowledge import SUSPECT_ROLES, role, rolefrac
from engine.signals.signal import Signal
from engine.signals.view import Explained, View


class _Rolefrac(Signal[None]):
    """A share, 0 … 1."""

    def value(self, view: View, learnt: None) -> Floats:
        """[c] share of the steps."""
        return rolefrac(view.corpus.steps, view.corpus.lengths, view.knowledge)

    def sentences(self, chains: Explained, learnt: None) -> Mapping[int, str]:
        """Which of the steps they are."""
        return suspects(chains)


def suspects(chains: Explained) -> dict[int, str]:
    """Place -> which of the steps are tools that attackers use."""
    named = zip(chains.names, chains.paths, strict=True)
    found = [[name for name, path in zip(*chain, strict=True) if role(path) in SUSPECT_ROLES] for chain in named]
    return {place: suspects_sentence(names, len(chains.names[place])) for place, names in enumerate(found)}


def suspects_sentence(names: Sequence[str], length: int) -> str:
    """Which of the steps are tools that attackers use."""
    if not names:
        return "no step is a shell, script engine, proxy binary or admin tool"
    are = "is a shell, script engine, proxy binary or admin tool" if len(names) == 1 else (
        "are shells, script engines, proxy binaries or admin tools"
    )  # fmt: skip
    return f"{len(names)} of {length} steps {are}: {', '.join(names)}"


SIGNAL = _Rolefrac(
    name="rolefrac",
    title="admin tools",
    meaning="share of steps that are shells, script engines, proxy binaries or admin tools",
    plain="share of shells, script engines, proxy binaries and admin tools {value}",
    order=60,
    row=10,
)
