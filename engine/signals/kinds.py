"""What signals are counted as: families are fused, kinds of evidence may disagree. A signal may declare a new one in its module.

Weights are by family and not learnt: learnt ones were not better. `place` orders them: sums and sentences come in it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Family:
    """Signals that say much the same: averaged first, then weighed against the other families."""

    name: str
    weight: float
    place: int


@dataclass(frozen=True, slots=True)
class EvidenceKind:
    """Signals that share a source of knowledge, by what a sentence calls it."""

    name: str
    place: int


RARITY = Family("rarity", 1.0, 1)
RECONSTRUCTION = Family("reconstruction", 0.5, 2)
COMMAND = Family("command", 0.5, 3)
RULES = Family("rules", 0.5, 4)
KNOWLEDGE = Family("knowledge", 2.0, 5)
THREAT = Family("threat", 0.5, 6)

COUNTING = EvidenceKind("counting", 1)
NETWORK = EvidenceKind("the autoencoder", 2)
TABLES = EvidenceKind("the tables of places and names", 3)
COMMAND_LINE = EvidenceKind("its command line", 4)

ELSEWHERE = 0.5
"""Weight, within rarity, of each of the two that count on other estates: where an estate has counts of its own, these are half of
what is said. With a third each, a clean baseline earned .865 (B, before there were two .875), with half .872.
"""
