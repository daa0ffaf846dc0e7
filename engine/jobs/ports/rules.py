"""What learning and applying normalisation rules needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from engine.rules.learning.estate import EstatePaths
from engine.rules.rule import Rule, RuleSet


class RuleStore(Protocol):
    """Where normalisation rules live. They belong to the workspace, not to a case."""

    def load_paths(self, cases: Sequence[str]) -> EstatePaths:
        """The unique folded paths of the cases, parents' included, and which hosts have them."""

    def list(self) -> Sequence[Rule]:
        """Every rule, in order of application."""

    def save_learnt(self, learnt: Any) -> Sequence[Rule]:
        """Put the rules of engine.rules.learning.learn.LearntRules beside those that people decided on, in one transaction.

        Returns all rules, with keys.
        """

    def accepted(self) -> RuleSet:
        """The rules that are applied."""

    def record(self, rules: RuleSet) -> int:
        """The number of this version of the rules; made when it is new. Numbers are of one workspace."""

    def add(self, rule: Rule, *, instead: int | None = None) -> Rule:
        """One that a person wrote, edited or took. Raises UsageError for a repeat."""
