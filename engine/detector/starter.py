"""What a detector may bring along to an estate: other estates' everyday chains, and the supervised prior."""

from __future__ import annotations

from dataclasses import dataclass

from engine.detector.threat_prior import ThreatPrior
from engine.process_table import ProcessTable
from engine.tables import ChainCorpus


@dataclass(frozen=True, slots=True)
class Starter:
    """Knowledge of day one. Chains and not only tables, because the network is trained on them together with the estate's."""

    corpus: ChainCorpus | None = None
    processes: ProcessTable | None = None
    threat: ThreatPrior | None = None
