"""What the Patterns screen has done in the background: functions of (listener, token), headless."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.progress import CancelToken, Listener

if TYPE_CHECKING:
    from engine.rules.report import Reduction
    from engine.rules.rule import Rule, RuleSet
    from store.database import Workspace

LEARN = "learning rules"
SAMPLE = 30_000
"""Paths of the case that a live effect is counted on, at most: it has to answer while somebody looks."""


@dataclass(frozen=True, slots=True)
class LiveEffect:
    """What one rule does to a case: counts with it and without it, the other accepted rules being applied."""

    rule: int
    paths: int
    """Paths looked at."""
    of: int
    """Paths of the case."""
    with_it: Reduction
    without: Reduction


def learn(workspace: Workspace, case: str, listener: Listener, token: CancelToken) -> str:
    """Learn rules from a case."""
    from engine.jobs.rules import learn_rules

    found = learn_rules([case], workspace.rules, listener, token, check=False)
    refused = sum(bool(rule.refusals) for rule in found.rules)
    return (
        f"{len(found.rules)} rules, {refused} of them refused; {found.reduction.paths_before:,} -> "
        f"{found.reduction.paths_after:,} paths, {found.reduction.words_before:,} -> {found.reduction.words_after:,} words"
    )


def live_effect(workspace: Workspace, case: str, rule: Rule) -> LiveEffect:
    """Count. Deterministic: the sample is every n-th path."""
    from engine.rules.report import reduction

    paths = workspace.rules.load_paths([case]).paths
    some = paths[:: max(1, -(-len(paths) // SAMPLE))]
    on, off = both_ways(workspace.rules.list(), rule)
    return LiveEffect(rule.id or 0, len(some), len(paths), reduction(some, on), reduction(some, off))


def both_ways(rules: tuple[Rule, ...], rule: Rule) -> tuple[RuleSet, RuleSet]:
    """The accepted rules with this one, and without it."""
    from dataclasses import replace

    from engine.rules.rule import RuleSet, State

    others = [one for one in rules if one.id != rule.id]
    return RuleSet.of([*others, replace(rule, state=State.ACCEPTED, refusals=())]), RuleSet.of(others)
