"""Whether a classifier has been judged on enough verdicts to move anything. Light: front ends ask it without loading numbers.

Four held-back verdicts in the right order are a ROC AUC of 1.000 and mean nothing, and neither do four hundred that one key gave
to one finding. So no classifier moves a queue before ten malicious and ten other findings have judged it, each of them by a
verdict of its own (engine.classifier.decisions) that was held back once, and no figure of one is told without these counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

NEEDED, OF_EACH = 10, 5
"""Labels in all, and malicious and other ones, before an LSTM is worth its time; the instant learner needs none of this."""
TO_BEGIN = f"{NEEDED} labels with at least {OF_EACH} malicious and {OF_EACH} benign or false positive ones"
"""The same in words, for whoever says what is lacking."""
LEAST_JUDGED = 10
"""Decisions of each class: findings, each with a verdict of its own, judged by a learner that saw no verdict on them."""
MALICIOUS, OTHERS, SKILL = "malicious_findings", "other_findings", "skill"
"""Among the figures of a decision."""


WHOLE = -1
"""In place of the shape of a command line: all variants of a chain, as classifiers of older versions were taught."""
Named = TypeVar("Named")
"""What a variant or chain is known by."""


class Said(NamedTuple):
    """The verdict that counts for a variant or chain, and what tells how many decisions many of them are."""

    verdict: str
    finding: int
    """Number of the finding that the verdict is of, 0 for none."""
    act: int
    """Number of the act that gave it."""


@dataclass(frozen=True, slots=True)
class Trust:
    """On how many verdicts a classifier was judged."""

    malicious: int
    """Decisions (engine.classifier.decisions)."""
    others: int
    variants: tuple[int, int] = (0, 0)
    """Malicious and other variants that have these verdicts: what a figure is computed on."""
    skill: float = 0.0
    """ROC AUC of the LSTM alone on verdicts that were held back; 0 where none is told."""

    @property
    def enough(self) -> bool:
        """Whether the classifier may move anything in the queue."""
        return min(self.malicious, self.others) >= LEAST_JUDGED

    def words(self) -> str:
        """Not yet trusted: 6 of 10 malicious findings … "" for one that is."""
        sides = ((self.malicious, "malicious"), (self.others, "not malicious"))
        lacking = [f"{count:,} of {LEAST_JUDGED} {name}" for count, name in sides if count < LEAST_JUDGED]
        return f"not yet trusted: {' and '.join(lacking)} findings judged, each by a verdict of its own" if lacking else ""

    def counts(self) -> str:
        """On 14 malicious and 31 not (variants of 11 and 20 findings): what stands beside every figure."""
        malicious, others = self.variants
        return f"on {malicious:,} malicious and {others:,} not (variants of {self.malicious:,} and {self.others:,} findings)"


def trust_of(manifest: Mapping[str, Any]) -> Trust:
    """From a manifest, which may be anything. One without counts, or with counts of chains only, was judged on nothing."""
    decision = manifest.get("decision")
    figures = decision.get("figures") if isinstance(decision, Mapping) else None
    if not isinstance(figures, Mapping):
        return Trust(0, 0)
    malicious, held = _count(figures.get("malicious")), _count(figures.get("held_back"))
    variants = malicious, max(held - malicious, 0)
    skill = figures.get(SKILL, figures.get("challenger_alone_auc"))
    return Trust(
        min(_count(figures.get(MALICIOUS)), variants[0]), min(_count(figures.get(OTHERS)), variants[1]), variants,
        skill if isinstance(skill, float) and 0 <= skill <= 1 else 0.0,
    )  # fmt: skip


def _count(value: Any) -> int:
    # Not for NaN, infinity or what is longer than any case: int() would raise, or tell nonsense.
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e12 else 0
