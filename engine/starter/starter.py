"""What a detector may bring along to an estate: other estates' everyday chains, and the supervised prior."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.domain.chains import ChainCorpus
from engine.domain.processes import ProcessTable
from engine.signals.threat_prior import ThreatPrior


@dataclass(frozen=True, slots=True)
class CleanDay:
    """What ran on one host on one day, none of it an attack."""

    source: str
    windows: bool
    corpus: ChainCorpus
    table: ProcessTable


@dataclass(frozen=True, slots=True)
class Starter:
    """Knowledge of day one. Chains and not only tables, because the network is trained on them together with the estate's."""

    corpus: ChainCorpus | None = None
    processes: ProcessTable | None = None
    threat: ThreatPrior | None = None
    about: dict[str, Any] = field(default_factory=dict)
    """Where it comes from, as plain values for a model's manifest (engine.starter.pack); {} for one made by hand."""
    days: tuple[CleanDay, ...] = ()
    """Host-days that thresholds are calibrated on (engine.detector.calibration)."""
