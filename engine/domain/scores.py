"""What a detector says of the chains of one corpus."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.domain.arrays import Floats, Floats32, Ints, Ints32


@dataclass(frozen=True, slots=True)
class SignalColumn:
    """One named signal over the chains of a corpus. Higher is more anomalous."""

    name: str
    value: Floats
    """[c] raw value in the signal's own unit."""
    tail: Floats
    """[c] share of training chains at least as extreme, (rank+1)/(n+1), in (0, 1]: comparable between signals."""


@dataclass(frozen=True, slots=True)
class Reasons:
    """What is told of one chain's signals and steps beyond the numbers that every chain has."""

    sentences: dict[str, str] = field(default_factory=dict)
    """Signal -> a sentence with counts and names; signals without one get a plain sentence (engine.signals.sentences)."""
    step_tails: tuple[float, ...] = ()
    """Tail of each step's error among the training steps of its role; () where the model has none."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the model expected at one step of one chain."""

    step: int
    alternatives: tuple[str, ...]
    """Normalised paths, likeliest first."""
    sentence: str
    """Plain words with counts: "svchost.exe started cmd.exe: seen 0 of 41,213 times; expected here: conhost.exe"."""
    reasons: Reasons = field(default_factory=Reasons)


@dataclass(frozen=True, slots=True)
class FindingSet:
    """The findings of one corpus, best first; f findings. Every chain is in exactly one (engine.findings.incidents)."""

    of_chain: Ints
    """[c] number of the chain's finding, from 1."""
    score: Floats
    """[f] falling."""
    keys: tuple[str, ...]
    """[f] identity of what it consists of: 32 hex digits of BLAKE2b over its chains' keys, sorted."""


@dataclass(frozen=True, slots=True)
class ScoreSet:
    """Scores of the chains of one corpus by one model; rows correspond to `ids`."""

    ids: Ints
    score: Floats
    """[c] the number that the queue is sorted by; higher is more anomalous."""
    step_errors: Floats32
    """[c, MAX_STEPS] reconstruction error per step, NaN behind the end."""
    worst_step: Ints32
    """[c] index of the step with the highest error."""
    signals: tuple[SignalColumn, ...]
    expectations: dict[int, Expectation]
    """Row -> expectation at the worst step; at least for every chain above the threshold and the top 1,000."""
    threshold: float
    finding: Ints
    """[c] number of the finding, 1 = best; 0 for chains under the threshold."""
    metrics: dict[str, Any] = field(default_factory=dict)
    findings: FindingSet | None = None
    """All findings, those under the threshold too; None where the processes behind the chains were not known."""
