"""Likeness to recorded attacks elsewhere by hashed words of names and command lines (engine.signals.threat_prior)."""

from __future__ import annotations

from engine.domain.arrays import Floats
from engine.signals.catalogue.threat_classes import by_prior
from engine.signals.kinds import THREAT
from engine.signals.signal import Signal
from engine.signals.threat_prior import ThreatPrior
from engine.signals.view import View


class _ThreatWords(Signal[ThreatPrior]):
    """Log odds."""

    def value(self, view: View, learnt: ThreatPrior) -> Floats | None:
        """[c] the highest among each chain's processes, NaN where the prior is silent."""
        return by_prior(view, learnt, self.name)


SIGNAL = _ThreatWords(
    name="threat_words",
    title="like attacks, by words",
    meaning="likeness to recorded attacks elsewhere: names and command lines",
    plain="likeness to recorded attacks by names and words {value}",
    order=160,
    family=THREAT,
    row=120,
    learns=True,
    reads="threat_classes",
    by_process=True,
)
