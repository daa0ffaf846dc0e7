"""Learn normalisation rules from the paths of cases, guard them, report what they do, put them into the store."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from engine.jobs.ports.models import ModelVault
from engine.jobs.ports.rules import RuleStore
from engine.jobs.score import load_detector
from engine.progress import Run, Step
from engine.rules.guards import check, refusals
from engine.rules.learning.estate import EstatePaths
from engine.rules.learning.learn import LEAST_PATHS, LearntRules, learn
from engine.rules.learning.report import HeldOut, Reduction, held_out, reduction
from engine.rules.rule import Rule, RuleSet

HELD_OUT_PATHS = 40_000
"""Paths of each half of the hosts in the held-out check, at most: it learns a second time."""
TRAINING_STAGE = "rules"
GUARD_PATHS = 20_000
"""Paths that the guard of the trust zones tries with a rule that somebody wrote or took."""


@dataclass(frozen=True, slots=True)
class RulesLearnt:
    """What came of learning rules from the paths of cases."""

    rules: tuple[Rule, ...]
    """All rules of the workspace, with keys and states."""
    learnt: LearntRules
    reduction: Reduction
    """By the rules that are accepted now."""
    held_out: HeldOut | None
    """None with a single host, or when it was not asked for."""
    seconds: float


def learn_rules(cases: Sequence[str], store: RuleStore, run: Run, *, seed: int = 1, check: bool = True) -> RulesLearnt:
    """Learn and store. Rules that somebody decided on stay as they were decided; rules written by hand stay.

    No transaction is held while learning: a cancelled run changes nothing.
    """
    begun = time.monotonic()
    run.report(Step("read paths", 0, None, "paths"))
    estate = store.load_paths(cases)
    run.report(Step("read paths", len(estate.paths), len(estate.paths), "paths", last=True))
    learnt = learn(estate.paths, seed, run)
    held = _held_out(estate, learnt, seed, run) if check and estate.hosts > 1 else None
    run.raise_if_cancelled()
    rules = tuple(store.save_learnt(learnt))
    found = reduction(estate.paths, RuleSet.of(rules), run)
    return RulesLearnt(rules, learnt, found, held, time.monotonic() - begun)


@dataclass(frozen=True, slots=True)
class TrainingRules:
    """Rules for a training, and what there is to say about them."""

    rules: RuleSet
    version: int | None
    """Of the workspace's rules; None without any."""
    learnt: bool
    """Just now, because the workspace had none."""


def rules_for_training(cases: Sequence[str], store: RuleStore, run: Run, *, seed: int = 1) -> TrainingRules:
    """The accepted rules, recorded as a version. A workspace without any rule learns them from the cases first.

    Where somebody has rejected all, or the cases have too few paths to learn from, there are none: that is no error. What was
    learnt stays when the training that follows is cancelled.
    """
    from dataclasses import replace

    run.report(Step(TRAINING_STAGE, 0, None, "rules"))
    learnt = False
    if not store.list() and len(store.load_paths(cases).paths) >= LEAST_PATHS:
        # One stage of a training, not seven: its own stages have names that the training uses too ("learn words").
        def inner(step: Step) -> None:
            run.report(replace(step, stage=TRAINING_STAGE, detail=f"{step.stage} {step.detail}".strip(), last=False))

        learn_rules(cases, store, replace(run, listener=inner), seed=seed, check=False)
        learnt = True
    rules = store.accepted()
    run.report(Step(TRAINING_STAGE, len(rules), len(rules), "rules", last=True))
    return TrainingRules(rules, store.record(rules), learnt) if len(rules) else TrainingRules(RuleSet(), None, learnt)


@dataclass(frozen=True, slots=True)
class RulesTaken:
    """The rules that a model was trained with, and which of them the workspace took."""

    added: tuple[Rule, ...]
    known: int
    """Rules that the workspace had already, accepted or not: what was decided about them stays."""
    refused: tuple[tuple[Rule, str], ...]
    """Those that break a guard here, with the reason: models come from anywhere."""


def take_rules(model_id: str, cases: Sequence[str], store: RuleStore, vault: ModelVault, run: Run) -> RulesTaken:
    """Put the rules of a model beside those of the workspace, accepted if no guard objects over the paths of `cases`."""
    from dataclasses import replace

    run.report(Step("read model", 0, 1, "models", model_id))
    brought = load_detector(vault, model_id).fitted.rules.rules
    run.report(Step("read model", 1, 1, "models", model_id, last=True))
    paths = store.load_paths(cases).paths[:GUARD_PATHS] if cases else ()
    here = {rule.identity for rule in store.list()}
    added: list[Rule] = []
    refused: list[tuple[Rule, str]] = []
    fresh = [rule for rule in brought if rule.identity not in here]
    for done, rule in enumerate(fresh):
        run.raise_if_cancelled()
        run.report(Step("check rules", done, len(fresh), "rules"))
        broken = refusals(check(rule, paths))
        if broken:
            refused.append((rule, broken[0]))
        else:
            # Clusters are numbers of another learning; what the words were is worth knowing here too.
            origin = rule.taken_from or model_id
            added.append(store.add(replace(rule, id=None, clusters=(), taken_from=origin)))
    run.report(Step("check rules", len(fresh), len(fresh), "rules", last=True))
    return RulesTaken(tuple(added), len(brought) - len(fresh), tuple(refused))


def _held_out(estate: object, learnt: LearntRules, seed: int, run: Run) -> HeldOut | None:
    """Learn on half of the hosts, apply to the other half."""
    assert isinstance(estate, EstatePaths)
    first, second = estate.halves(seed, HELD_OUT_PATHS)
    if len(first) < LEAST_PATHS or not set(second) - set(first):
        return None
    run.report(Step("held-out check", 0, 2, "halves"))
    half = learn(first, seed, run.quiet())
    found = held_out(first, second, half.rule_set, learnt.rule_set)
    run.report(Step("held-out check", 2, 2, "halves", last=True))
    return found
