"""What the Patterns screen has done in the background: functions of (listener, token), headless."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.progress import CancelToken, Listener

if TYPE_CHECKING:
    from engine.rules.corpus import ChainChanges
    from engine.rules.guards import Check
    from engine.rules.learning.report import Reduction
    from engine.rules.rule import Rule, RuleSet
    from store.workspace import Workspace

LEARN = "learning rules"
MOST_CHAINS = 50_000
"""Chains that are read for a live effect; for more there is `oddkin rules apply-preview --rule`."""
TOLD = 5
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
    chains: ChainChanges | None
    """What having the rule does to the case's chains; None where there are too many to look at while somebody waits."""
    checks: tuple[Check, ...]
    """Of the guards, with the paths that were looked at."""


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
    from engine.jobs.rules import GUARD_PATHS
    from engine.rules.corpus import changes
    from engine.rules.guards import check
    from engine.rules.learning.report import reduction

    paths = workspace.rules.load_paths([case]).paths
    some = paths[:: max(1, -(-len(paths) // SAMPLE))]
    on, off = both_ways(workspace.rules.list(), rule)
    few = workspace.cases.show(case).chains <= MOST_CHAINS
    chains = changes(workspace.chains.load_corpus([case]), off, on, TOLD) if few else None
    checks = check(rule, some[:GUARD_PATHS])
    return LiveEffect(rule.id or 0, len(some), len(paths), reduction(some, on), reduction(some, off), chains, checks)


@dataclass(frozen=True, slots=True)
class Exchange:
    """What putting one rule in the place of another does to a case, the other accepted rules being applied."""

    before: Reduction
    after: Reduction
    chains: ChainChanges | None
    """None as in LiveEffect."""
    refusal: str
    """Which guard the new rule breaks over the case's paths; "" for none."""


def exchange(workspace: Workspace, case: str, old: Rule, new: Rule) -> Exchange:
    """Count, and ask the guards with the paths of the case."""
    from engine.jobs.rules import GUARD_PATHS
    from engine.rules.corpus import changes
    from engine.rules.guards import check, refusals
    from engine.rules.learning.report import reduction

    paths = workspace.rules.load_paths([case]).paths
    some = paths[:: max(1, -(-len(paths) // SAMPLE))]
    rules = workspace.rules.list()
    one, two = both_ways(rules, old)[0], both_ways(rules, new)[0]
    few = workspace.cases.show(case).chains <= MOST_CHAINS
    chains = changes(workspace.chains.load_corpus([case]), one, two, TOLD) if few else None
    broken = refusals(check(new, some[:GUARD_PATHS]))
    return Exchange(reduction(some, one), reduction(some, two), chains, broken[0] if broken else "")


def both_ways(rules: tuple[Rule, ...], rule: Rule) -> tuple[RuleSet, RuleSet]:
    """The accepted rules with this one, and without it."""
    from dataclasses import replace

    from engine.rules.rule import RuleSet, State

    others = [one for one in rules if one.id != rule.id]
    return RuleSet.of([*others, replace(rule, state=State.ACCEPTED, refusals=())]), RuleSet.of(others)
