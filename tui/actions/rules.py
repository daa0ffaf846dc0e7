"""Normalisation rules in both front ends: learning them, and what one rule, a changed one or all of them do to a case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.progress import Run

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


def learn(workspace: Workspace, case: str, run: Run) -> str:
    """Learn rules from a case."""
    from engine.jobs.rules import learn_rules

    found = learn_rules([case], workspace.rules, run, check=False)
    refused = sum(bool(rule.refusals) for rule in found.rules)
    return (
        f"{len(found.rules)} rules, {refused} of them refused; {found.reduction.paths_before:,} -> "
        f"{found.reduction.paths_after:,} paths, {found.reduction.words_before:,} -> {found.reduction.words_after:,} words"
    )


def live_effect(workspace: Workspace, case: str, rule: Rule) -> LiveEffect:
    """What a rule does, counted on a sample while somebody looks."""
    from engine.jobs.rules import GUARD_PATHS
    from engine.rules.guards import check
    from engine.rules.learning.report import reduction

    some, of = paths_of(workspace, case, SAMPLE)
    on, off = both_ways(workspace.rules.list(), rule)
    chains = chains_changed(workspace, case, off, on, TOLD, most=MOST_CHAINS)
    checks = check(rule, some[:GUARD_PATHS])
    return LiveEffect(rule.id or 0, len(some), of, reduction(some, on), reduction(some, off), chains, checks)


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
    from engine.rules.learning.report import reduction

    some, _ = paths_of(workspace, case, SAMPLE)
    rules = workspace.rules.list()
    one, two = both_ways(rules, old)[0], both_ways(rules, new)[0]
    chains = chains_changed(workspace, case, one, two, TOLD, most=MOST_CHAINS)
    return Exchange(reduction(some, one), reduction(some, two), chains, refusal(new, some))


@dataclass(frozen=True, slots=True)
class Preview:
    """What the accepted rules, or one of them, do to a whole case."""

    rules: RuleSet
    reduction: Reduction
    chains: ChainChanges


def preview(workspace: Workspace, case: str, number: int | None, listed: int) -> Preview:
    """Of all accepted rules, or of one, the others being applied. Raises NotFound for a rule that is not there."""
    from engine.rules.learning.report import reduction
    from engine.rules.rule import RuleSet

    store = workspace.rules
    on, off = (store.accepted(), RuleSet()) if number is None else both_ways(store.list(), store.find(number))
    return Preview(on, reduction(paths_of(workspace, case)[0], on), _changed(workspace, case, off, on, listed))


def chains_changed(
    workspace: Workspace, case: str, before: RuleSet, after: RuleSet, listed: int, *, most: int | None = None
) -> ChainChanges | None:
    """Which chains of a case become others, the commonest first; None for a case of more than `most` chains."""
    if most is not None and workspace.cases.show(case).chains > most:
        return None
    return _changed(workspace, case, before, after, listed)


def _changed(workspace: Workspace, case: str, before: RuleSet, after: RuleSet, listed: int) -> ChainChanges:
    from engine.rules.corpus import changes

    return changes(workspace.chains.load_corpus([case]), before, after, listed)


def paths_of(workspace: Workspace, case: str, most: int | None = None) -> tuple[tuple[str, ...], int]:
    """Paths of a case, and how many it has; with `most` every n-th, so that the same ones are looked at each time."""
    paths = workspace.rules.load_paths([case]).paths
    return paths[:: max(1, -(-len(paths) // most))] if most is not None else paths, len(paths)


def refusal(rule: Rule, paths: tuple[str, ...]) -> str:
    """Which guard a rule breaks, tried with some of these paths; "" for none."""
    from engine.jobs.rules import GUARD_PATHS
    from engine.rules.guards import check, refusals

    broken = refusals(check(rule, paths[:GUARD_PATHS]))
    return broken[0] if broken else ""


def both_ways(rules: tuple[Rule, ...], rule: Rule) -> tuple[RuleSet, RuleSet]:
    """The accepted rules with this one, and without it."""
    from dataclasses import replace

    from engine.rules.rule import RuleSet, State

    others = [one for one in rules if one.id != rule.id]
    return RuleSet.of([*others, replace(rule, state=State.ACCEPTED, refusals=())]), RuleSet.of(others)
