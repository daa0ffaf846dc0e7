"""What the tables say of locations, names and who starts whom; learns nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from engine.domain.arrays import Floats
from engine.knowledge import prior, prior_values
from engine.signals.kinds import KNOWLEDGE, TABLES
from engine.signals.signal import Signal
from engine.signals.view import Explained, View


class _Prior(Signal[None]):
    """A sum of weights (engine.knowledge.prior)."""

    def value(self, view: View, learnt: None) -> Floats:
        """[c] weight of a chain's last three steps."""
        return prior_values(view.corpus.steps, view.corpus.lengths, view.knowledge)

    def sentences(self, chains: Explained, learnt: None) -> Mapping[int, str]:
        """The reasons, the strongest first."""
        return {place: _of_end(path[-3:]) for place, path in enumerate(chains.paths)}


@lru_cache(maxsize=20_000)
def _of_end(end: tuple[str, ...]) -> str:
    """What the tables say of a chain's last three steps; they look at no others."""
    return knowledge_sentence(prior(end)[1])


def knowledge_sentence(reasons: Sequence[str]) -> str:
    """What the tables say; the strongest reasons first."""
    return "; ".join(reasons) if reasons else "the tables find nothing odd in places, names and parents"


SIGNAL = _Prior(
    name="prior",
    title="place, name, parent",
    meaning="what the tables say of locations, names and who starts whom; learns nothing",
    plain="places, names and parents weigh {value} in the tables",
    order=80,
    family=KNOWLEDGE,
    evidence=TABLES,
    row=90,
)
