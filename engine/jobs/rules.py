"""Learn normalisation rules from the paths of cases, guard them, report what they do, put them into the store."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.ports import RuleStore
from engine.progress import CancelToken, Listener, Step, silent

if TYPE_CHECKING:
    from engine.rules.learn import Learnt
    from engine.rules.report import HeldOut, Reduction
    from engine.rules.rule import Rule

HELD_OUT_PATHS = 40_000
"""Paths of each half of the hosts in the held-out check, at most: it learns a second time."""


@dataclass(frozen=True, slots=True)
class RulesLearnt:
    """What came of it."""

    rules: tuple[Rule, ...]
    """All rules of the workspace, with keys and states."""
    learnt: Learnt
    reduction: Reduction
    """By the rules that are accepted now."""
    held_out: HeldOut | None
    """None with a single host, or when it was not asked for."""
    seconds: float


def learn_rules(
    cases: Sequence[str], store: RuleStore, listener: Listener, token: CancelToken, *, seed: int = 1, check: bool = True
) -> RulesLearnt:
    """Learn and store. Rules that somebody decided on stay as they were decided; rules written by hand stay.

    No transaction is held while learning: a cancelled run changes nothing.
    """
    from engine.rules.learn import learn
    from engine.rules.report import reduction
    from engine.rules.rule import RuleSet

    begun = time.monotonic()
    listener(Step("read paths", 0, None, "paths"))
    estate = store.load_paths(cases)
    listener(Step("read paths", len(estate.paths), len(estate.paths), "paths", last=True))
    learnt = learn(estate.paths, seed, listener, token)
    held = _held_out(estate, learnt, seed, listener, token) if check and estate.hosts > 1 else None
    token.raise_if_cancelled()
    rules = tuple(store.save_learnt(learnt))
    found = reduction(estate.paths, RuleSet.of(rules), listener, token)
    return RulesLearnt(rules, learnt, found, held, time.monotonic() - begun)


def _held_out(estate: object, learnt: Learnt, seed: int, listener: Listener, token: CancelToken) -> HeldOut | None:
    """Learn on half of the hosts, apply to the other half."""
    from engine.rules.estate import EstatePaths
    from engine.rules.learn import LEAST_PATHS, learn
    from engine.rules.report import held_out

    assert isinstance(estate, EstatePaths)
    first, second = estate.halves(seed, HELD_OUT_PATHS)
    if len(first) < LEAST_PATHS or not set(second) - set(first):
        return None
    listener(Step("held-out check", 0, 2, "halves"))
    half = learn(first, seed, silent, token)
    found = held_out(first, second, half.rule_set, learnt.rule_set)
    listener(Step("held-out check", 2, 2, "halves", last=True))
    return found
