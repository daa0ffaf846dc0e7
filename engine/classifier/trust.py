"""Whether a classifier has been judged on enough verdicts to move anything. Light: front ends ask it without loading numbers.

Four held-back verdicts in the right order are a ROC AUC of 1.000 and mean nothing. So no classifier moves a queue before ten
malicious and ten other verdicts, each held back once, have judged it, and no figure of one is told without these counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LEAST_JUDGED = 10
"""Verdicts of each class, every one judged by a learner that did not see it."""


@dataclass(frozen=True, slots=True)
class Trust:
    """On how many verdicts a classifier was judged."""

    malicious: int
    others: int

    @property
    def enough(self) -> bool:
        """Whether the classifier may move chains in the queue."""
        return min(self.malicious, self.others) >= LEAST_JUDGED

    def words(self) -> str:
        """Not yet trusted: 6 of 10 malicious. "" for one that is."""
        sides = ((self.malicious, "malicious"), (self.others, "not malicious"))
        lacking = [f"{count:,} of {LEAST_JUDGED} {name}" for count, name in sides if count < LEAST_JUDGED]
        return f"not yet trusted: {' and '.join(lacking)} verdicts judged" if lacking else ""

    def counts(self) -> str:
        """On 14 malicious and 31 not: what stands beside every figure."""
        return f"on {self.malicious:,} malicious and {self.others:,} not"


def trust_of(manifest: Mapping[str, Any]) -> Trust:
    """From a manifest, which may be anything. One without counts was judged on nothing."""
    decision = manifest.get("decision")
    figures = decision.get("figures") if isinstance(decision, Mapping) else None
    if not isinstance(figures, Mapping):
        return Trust(0, 0)
    malicious, held = _count(figures.get("malicious")), _count(figures.get("held_back"))
    return Trust(malicious, max(held - malicious, 0))


def _count(value: Any) -> int:
    # Not for NaN, infinity or what is longer than any case: int() would raise, or tell nonsense.
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e12 else 0
