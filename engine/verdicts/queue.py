"""The queue as labels re-ordered it: a permutation of the detector's ranks, and a few columns beside them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from engine.domain.arrays import Floats, Floats32, Ints, Ints8, Ints32


class Effect(IntEnum):
    """What labels did to a variant, and to a chain that stands for it; the strongest reason is kept. Stored: never renumber."""

    NONE = 0
    LABELLED = 1
    """It has a verdict of its own."""
    RAISED_SHAPE = 2
    """A variant of the same shape is malicious."""
    LOWERED_SHAPE = 3
    """A variant of the same shape is benign: lower, not out."""
    SUPPRESSED_SHAPE = 4
    """A variant of the same shape is a false positive: behind all others."""
    SUPPRESSED_REMEMBERED = 5
    """The shape was a false positive elsewhere (engine.verdicts.verdicts.Remembered)."""
    RAISED = 6
    """The learners moved it up."""
    LOWERED = 7
    """The learners moved it down."""


SUPPRESSED = (Effect.SUPPRESSED_SHAPE, Effect.SUPPRESSED_REMEMBERED)


@dataclass(frozen=True, slots=True)
class LearntQueue:
    """c chains, rows as in the base queue; f findings."""

    ids: Ints
    """[c] primary keys of the chains, as in the corpus."""
    score: Floats
    """[c] falling along the order within each part (engine.verdicts.arrange); comparable within this queue only."""
    order: Ints32
    """[c] the detector's ranks, best first: position in the learnt queue -> rank in the detector's."""
    probability: Floats32
    """[c] calibrated probability of malicious; NaN while abstaining."""
    instant: Floats32
    """[c] share of the chains that the instant learner finds less malicious; NaN where there is none."""
    sequence: Floats32
    """[c] the same by the LSTM in use; NaN where there is none."""
    effect: Ints8
    """[c] Effect."""
    cause: Ints32
    """[c] row of the labelled chain behind the effect (it may be the chain itself, by another of its variants), index of the
    remembered shape for SUPPRESSED_REMEMBERED, else -1.
    """
    finding_order: Ints32
    """[f] numbers of the findings, best first."""
    finding_score: Floats
    """[f] falling: added up as the detector's findings are (engine.findings.alike), from learnt scores."""
    finding_top: Ints32
    """[f] the detector's rank of the chain that each is shown by; 0 where none is known."""
    event: int
    """Newest label event that it reflects, 0 for none: a reader that knows a newer one recomputes."""
    classifier: str | None
    """Model id of the classifier in use."""
    weight: float
    """How much of the order the learners decide, 0 (abstaining) to 2."""
    abstains: bool
    """Too few labels: the detector's order, but for what shapes say."""
    metrics: dict[str, Any] = field(default_factory=dict)
    """Plain values: counts (raised, lowered, suppressed), stop advice, `sentence`, remembered origins."""
