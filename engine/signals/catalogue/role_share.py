"""The share of a chain's steps that attackers use as tools, less sure of short chains."""

from __future__ import annotations

from collections.abc import Mapping

from engine.domain.arrays import Floats
from engine.knowledge import rolefrac
from engine.signals.catalogue.rolefrac import suspects
from engine.signals.kinds import KNOWLEDGE
from engine.signals.signal import Signal
from engine.signals.view import Explained, View

SHORT = 2
"""Steps without a role that every chain is taken to have besides its own: one shell alone is not a chain full of shells."""


class _RoleShare(Signal[None]):
    """A share, 0 … 1."""

    def value(self, view: View, learnt: None) -> Floats:
        """[c] share of the steps and SHORT more."""
        corpus = view.corpus
        return rolefrac(corpus.steps, corpus.lengths, view.knowledge) * corpus.lengths / (corpus.lengths + SHORT)

    def sentences(self, chains: Explained, learnt: None) -> Mapping[int, str]:
        """Which of the steps they are."""
        return suspects(chains)


SIGNAL = _RoleShare(
    name="role_share",
    title="admin tools, cautious",
    meaning="the same share, less sure of short chains",
    plain="share of shells, script engines, proxy binaries and admin tools, cautiously, {value}",
    order=70,
    family=KNOWLEDGE,
    row=100,
)
