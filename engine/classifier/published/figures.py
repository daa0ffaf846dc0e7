"""What known classes say of answers: accuracy, the confusion table, ROC AUC."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.domain.arrays import Floats
from engine.metrics.ranking import Truth, average_precision, roc_auc


@dataclass(frozen=True, slots=True)
class Outcome:
    """Abnormal is what is looked for; called abnormal is a probability of a half or more."""

    hits: int
    """Abnormal, and called so."""
    missed: int
    """Abnormal, called normal."""
    false: int
    """Normal, called abnormal."""
    passed: int
    """Normal, and called so."""
    auc: float
    """NaN where one class is missing, as is `ap` without an abnormal one."""
    ap: float

    @property
    def count(self) -> int:
        """Sequences with a known class."""
        return self.hits + self.missed + self.false + self.passed

    @property
    def accuracy(self) -> float:
        """Share that is called what it is; NaN of none."""
        return (self.hits + self.passed) / self.count if self.count else math.nan

    def to_dict(self) -> dict[str, Any]:
        """Plain values; what is no number is null."""
        told = {"accuracy": self.accuracy, "auc": self.auc, "ap": self.ap}
        plain = {name: None if math.isnan(value) else value for name, value in told.items()}
        confusion = {"hits": self.hits, "missed": self.missed, "false": self.false, "passed": self.passed}
        return {"count": self.count, **plain, **confusion}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Outcome:
        """Back from `to_dict`."""
        auc, ap = (math.nan if plain[name] is None else float(plain[name]) for name in ("auc", "ap"))
        return cls(int(plain["hits"]), int(plain["missed"]), int(plain["false"]), int(plain["passed"]), auc, ap)


def figures_of(odds: Floats, truth: Truth) -> Outcome:
    """odds, truth [n]."""
    called = odds >= 0
    hits, false = int((called & truth).sum()), int((called & ~truth).sum())
    missed, passed = int((~called & truth).sum()), int((~called & ~truth).sum())
    return Outcome(hits, missed, false, passed, roc_auc(truth, odds), average_precision(truth, odds))
