"""Learning on a small estate of the paper's variety: the rules found, against who made which word."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest

from engine.errors import Cancelled, UsageError
from engine.paths import tokens
from engine.progress import CancelToken, Step, silent
from engine.rules.apply import Normaliser, parts_of
from engine.rules.clustering import cluster, knee
from engine.rules.estate import EstatePaths
from engine.rules.expression import masked
from engine.rules.graph import EXACT, neighbours, unit
from engine.rules.learn import Learnt, learn
from engine.rules.report import held_out, reduction, unknown_share
from engine.rules.rule import Rule, RuleSet, State
from engine.simulator.variety import SimPath, paper_paths

SIZE = 0.006


@pytest.fixture(scope="module")
def estate() -> list[SimPath]:
    return list(paper_paths(SIZE))


@pytest.fixture(scope="module")
def learnt(estate: list[SimPath]) -> Learnt:
    return learn([one.path for one in estate], 1, silent, CancelToken())


def test_rules_are_few_and_reduce(estate: list[SimPath], learnt: Learnt) -> None:
    found = reduction([one.path for one in estate], learnt.rule_set)
    assert 10 <= len(learnt.rules) <= 60
    # A hundredth of the paper's size has a hundredth of its versions of each program; the full figures are in the docs.
    assert found.path_factor > 2.5
    assert found.word_factor > 3
    assert found.hapax_after < found.hapax_before
    assert 0.5 < found.coverage < 1


def test_merged_words_were_made_by_one_pattern(estate: list[SimPath], learnt: Learnt) -> None:
    made: dict[str, str] = {}
    for one in estate:
        made.update(zip(tokens(one.path), one.patterns, strict=True))
    normaliser = Normaliser(learnt.rule_set)
    classes: dict[str, set[str]] = defaultdict(set)
    for one in estate:
        for before, after in zip(parts_of(one.path)[0], parts_of(normaliser.path(one.path))[0], strict=True):
            classes[after].add(before)
    merged = [words for words in classes.values() if len(words) > 1]
    right = sum(Counter(made.get(word, "?") for word in words).most_common(1)[0][1] for words in merged)
    assert right / sum(map(len, merged)) >= 0.95


def test_no_two_zones_become_one(estate: list[SimPath], learnt: Learnt) -> None:
    normaliser = Normaliser(learnt.rule_set)
    zones: dict[str, set[str]] = defaultdict(set)
    for one in estate:
        zones[normaliser.path(one.path)].add(one.zone)
    assert all(len(found) == 1 for found in zones.values())


def test_every_rule_matches_the_members_of_its_clusters(learnt: Learnt) -> None:
    """In the order of application: a member is matched once the rules before have had their turn, alone where there are none."""
    rules = sorted({draft.rule.identity: draft.rule for draft in learnt.drafts}.values(), key=lambda rule: rule.order)
    everything = Normaliser(RuleSet(tuple(rules)))
    checked = 0
    for draft in learnt.drafts:
        assert draft.members
        for member in draft.members:
            from engine.knowledge.locations import Zone

            alone = draft.rule.expression.find(masked(member.word)) or draft.rule.expression.find(member.text)
            _, used = everything.word(member.word, name=member.name, where=Zone(member.zone), parent=member.parent)
            assert alone is not None or used, (draft.rule.pattern, member.word)
            checked += 1
    assert checked > 100


def test_learning_repeats(estate: list[SimPath]) -> None:
    few = [one.path for one in estate[:800]]
    first, second = learn(few, 3, silent, CancelToken()), learn(few[::-1], 3, silent, CancelToken())
    assert [rule.identity for rule in first.rules] == [rule.identity for rule in second.rules]
    assert first.rule_set.fingerprint == second.rule_set.fingerprint


def test_progress_and_cancellation(estate: list[SimPath]) -> None:
    token = CancelToken()
    steps: list[Step] = []

    def listener(step: Step) -> None:
        steps.append(step)
        if step.stage == "find neighbours":
            token.cancel()

    with pytest.raises(Cancelled):
        learn([one.path for one in estate[:800]], 1, listener, token)
    assert {"read words", "learn words"} <= {step.stage for step in steps}


def test_too_few_paths_are_told() -> None:
    with pytest.raises(UsageError, match="nothing can be learnt"):
        learn(["/usr/bin/a", "/usr/bin/b"], 1, silent, CancelToken())


def test_halves_of_an_estate_do_not_share_hosts() -> None:
    estate = EstatePaths.of([f"/p{number}" for number in range(40)], [[number % 4] for number in range(40)])
    first, second = estate.halves(1, 100)
    assert len(first) == len(second) == 20
    assert not set(first) & set(second)
    assert len(estate.halves(1, 5)[0]) == 5


def test_held_out_reduction_is_measured_on_the_other_half(estate: list[SimPath], learnt: Learnt) -> None:
    paths = [one.path for one in estate]
    found = held_out(paths[:2000], paths[1000:], learnt.rule_set, learnt.rule_set)
    assert found.applied_to == len(paths) - 2000
    assert found.path_factor == found.path_factor_all > 1
    assert found.unknown_after < found.unknown_before
    assert unknown_share(["/a/b"], ["/a/c"]) == 0.5


def test_reduction_counts() -> None:
    rules = RuleSet.of([Rule("^v([0-9]{1,2})$", "<version>", state=State.ACCEPTED)])
    found = reduction(["/opt/v1/a", "/opt/v2/a", "/opt/x/a"], rules)
    assert (found.paths_before, found.paths_after) == (3, 2)
    assert (found.words_before, found.words_after, found.changed) == (5, 4, 2)


def test_cases_of_neighbour_search_agree() -> None:
    random = np.random.default_rng(1)
    centres = random.normal(size=(60, 16))
    many = (centres[random.integers(0, 60, EXACT + 2000)] + 0.25 * random.normal(size=(EXACT + 2000, 16))).astype(np.float32)
    found = neighbours(unit(many), 5, 1, silent, CancelToken())
    assert found.recall >= 0.95
    assert (found.index >= 0).all()
    assert (found.index != np.arange(len(many))[:, None]).all()
    assert (np.diff(found.distance, axis=1) >= 0).all()


def test_exact_neighbours_are_those_of_a_plain_comparison() -> None:
    vectors = unit(np.random.default_rng(2).normal(size=(300, 8)).astype(np.float32))
    found = neighbours(vectors, 4, 1, silent, CancelToken())
    near = vectors @ vectors.T
    np.fill_diagonal(near, -np.inf)
    assert (found.index == np.argsort(-near, axis=1, kind="stable")[:, :4]).mean() > 0.999
    assert found.recall == 1.0


def test_clusters_are_found_and_strangers_left_out() -> None:
    random = np.random.default_rng(3)
    centres = random.normal(size=(5, 24))
    vectors = np.concatenate(
        [centre + 0.05 * random.normal(size=(60, 24)) for centre in centres] + [random.normal(size=(30, 24))]
    )
    found = cluster(vectors.astype(np.float32), 1, silent, CancelToken())
    assert found.count == 5
    assert (found.labels[300:] == -1).mean() > 0.9
    assert all(len(set(found.labels[60 * at : 60 * at + 60].tolist()) - {-1}) == 1 for at in range(5))


def test_the_knee_is_where_the_curve_bends() -> None:
    flat, steep = np.linspace(0.05, 0.1, 900), np.linspace(0.1, 0.5, 100)
    assert 0.09 <= knee(np.concatenate([flat, steep])) <= 0.13
    assert knee(np.full(10, 0.2)) == pytest.approx(0.2)
