"""Likeness to recorded attacks elsewhere by classes: place, role, context (engine.signals.threat_prior)."""

from __future__ import annotations

from typing import Any

from engine.domain.arrays import Floats
from engine.signals.kinds import THREAT
from engine.signals.signal import Saved, Signal, TrainingView
from engine.signals.threat_prior import ThreatPrior
from engine.signals.view import View


class _ThreatClasses(Signal[ThreatPrior]):
    """Log odds. The prior comes with the starter and is kept here; `threat_words` reads it too."""

    def fit(self, training: TrainingView) -> ThreatPrior | None:
        """As the starter brings it."""
        return training.threat

    def value(self, view: View, learnt: ThreatPrior) -> Floats | None:
        """[c] the highest among each chain's processes, NaN where the prior is silent."""
        return by_prior(view, learnt, self.name)

    def arrays(self, learnt: ThreatPrior) -> dict[str, Any]:
        """Trees and weights."""
        return learnt.to_arrays()

    def load(self, saved: Saved) -> ThreatPrior | None:
        """The same back."""
        return ThreatPrior.from_arrays(dict(saved.arrays))


def by_prior(view: View, prior: ThreatPrior, name: str) -> Floats | None:
    """[c] one of the prior's two columns, which are made together; None without processes and where it is silent about all."""
    table = view.table
    if table is None:
        return None
    return view.once("threat", lambda: prior.columns(view.corpus, table, view.look)).get(name)


SIGNAL = _ThreatClasses(
    name="threat_classes",
    title="like attacks, by kind",
    meaning="likeness to recorded attacks elsewhere: place, role, parents",
    plain="likeness to recorded attacks by place, role and parents {value}",
    order=150,
    family=THREAT,
    row=110,
    learns=True,
    by_process=True,
)
