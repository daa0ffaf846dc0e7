"""Learning on a small estate of the paper's variety: the rules found, against who made which word."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import Cancelled, UsageError
from engine.knowledge.locations import Zone, location_class, zone
from engine.paths import tokens
from engine.progress import CancelToken, Run, Step
from engine.rules.apply import Normaliser, parts_of
from engine.rules.guards import MAX_LENGTH
from engine.rules.language.expression import masked
from engine.rules.learning import patterns
from engine.rules.learning import words as word_vectors
from engine.rules.learning.alignment import ClusterMember
from engine.rules.learning.clustering import Clustering, cluster, knee
from engine.rules.learning.estate import EstatePaths
from engine.rules.learning.generate import drafts
from engine.rules.learning.graph import EXACT, neighbours, unit
from engine.rules.learning.learn import LearntRules, learn
from engine.rules.learning.report import held_out, reduction, unknown_share
from engine.rules.rule import LEARNT, Rule, RuleSet, State
from tests.variety.paths import SimPath, paper_paths

SIZE = 0.003


@pytest.fixture(scope="module")
def estate() -> list[SimPath]:
    return list(paper_paths(SIZE))


@pytest.fixture(scope="module")
def learnt(estate: list[SimPath]) -> LearntRules:
    return learn([one.path for one in estate], 1, Run())


def test_rules_are_few_and_reduce(estate: list[SimPath], learnt: LearntRules) -> None:
    found = reduction([one.path for one in estate], learnt.rule_set)
    assert 10 <= len(learnt.rules) <= 60
    # A small part of the paper's size has few versions of each program; the full figures are in the docs.
    assert found.path_factor > 2.5
    assert found.word_factor > 3
    assert found.hapax_after < found.hapax_before
    assert 0.5 < found.coverage < 1


def test_merged_words_were_made_by_one_pattern(estate: list[SimPath], learnt: LearntRules) -> None:
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


def test_no_two_zones_become_one(estate: list[SimPath], learnt: LearntRules) -> None:
    normaliser = Normaliser(learnt.rule_set)
    zones: dict[str, set[str]] = defaultdict(set)
    for one in estate:
        zones[normaliser.path(one.path)].add(one.zone)
    assert all(len(found) == 1 for found in zones.values())


def test_every_rule_matches_the_members_of_its_clusters(learnt: LearntRules) -> None:
    """In the order of application: a member is matched once the rules before have had their turn, or as it was recorded."""
    rules = sorted({draft.rule.identity: draft.rule for draft in learnt.drafts}.values(), key=lambda rule: rule.order)
    place = {rule.identity: at for at, rule in enumerate(rules)}
    everything = Normaliser(RuleSet(tuple(rules)))
    checked = 0
    for draft in learnt.drafts:
        assert draft.members
        for member in draft.members:
            _, used = everything.word(member.word, name=member.name, where=Zone(member.zone), parent=member.parent)
            alone = draft.rule.expression.find(masked(member.word)) or draft.rule.expression.find(member.text)
            assert place[draft.rule.identity] in used or alone is not None, (draft.rule.pattern, member.word)
            checked += 1
    assert checked > 100


def test_no_learnt_rule_can_go_back_or_match_without_end(learnt: LearntRules) -> None:
    from tests.engine.rules.language.test_expression import structure

    for rule in learnt.rules:
        names = structure(rule.expression.compiled.pattern)
        assert not names & {"MAX_REPEAT", "MIN_REPEAT", "GROUPREF"}, rule.pattern
        assert rule.expression.lengths[1] <= MAX_LENGTH


JAVA = [
    r"c:\program files\java\{}\bin\java.exe", r"c:\program files (x86)\java\{}\bin\java.exe",
    r"c:\program files\java\{}\bin\javaw.exe",
]  # fmt: skip
RELEASES = ["jre1.8.0_201", "jre1.8.0_51", "jre1.7.0_80", "jdk1.8.0_292", "jdk-11.0.2", "jdk-17.0.1", "jre7", "jre6", "jdk-21"]
ELSEWHERE = [
    r"c:\$recycle.bin\s-1-5-21-3623811015-3361044348-30300820-1013\java.exe",
    r"c:\$recycle.bin\s-1-5-21-3623811015-3361044348-30300820-1013\$r1a2b3c.exe",
    r"c:\users\<user>\downloads\java.exe",
    r"c:\users\<user>\appdata\local\temp\java.exe",
    r"c:\windows\temp\java.exe",
    r"c:\users\<user>\appdata\local\microsoft\windows\inetcache\ie\a1b2c3d4\java.exe",
    r"c:\windows\system32\svchost.exe",
    r"c:\windows\system32\scvhost.exe",
    r"c:\windows\system32\svch0st.exe",
    r"c:\windows\temp\svchost.exe",
    r"c:\windows\temp\scvhost.exe",
    r"e:\java.exe",
    r"\\<host>\share\java.exe",
]


@pytest.fixture(scope="module")
def java_learnt(estate: list[SimPath]) -> LearntRules:
    """From an estate that has Javas of many versions, and Java and misspelt programs where they do not belong."""
    paths = [one.path for one in estate[:1500]]
    paths += [form.format(release) for form in JAVA for release in RELEASES] + ELSEWHERE
    return learn(paths, 1, Run())


@pytest.fixture(scope="module")
def with_java(java_learnt: LearntRules) -> Normaliser:
    return Normaliser(java_learnt.rule_set)


def test_the_nearest_words_of_a_java_are_other_javas(java_learnt: LearntRules, tmp_path: Path) -> None:
    patterns.save(java_learnt, tmp_path)
    found = [word for word, _ in patterns.load(tmp_path).nearest("jre1.8.0_201", 4)]
    assert sum(word.startswith(("jre", "jdk")) for word in found) >= 3, found
    # One that no path has is found by its letters.
    assert patterns.load(tmp_path).nearest("jre1.8.0_999", 1)[0][0].startswith("jre1.")


def test_the_vector_of_an_unseen_word_is_of_known_ngrams_only(java_learnt: LearntRules, tmp_path: Path) -> None:
    patterns.save(java_learnt, tmp_path)
    found = patterns.load(tmp_path)
    seen = found.look("jre1.8.0_201")
    assert seen.seen
    assert set(seen.known) == set(seen.ngrams), "all n-grams of a known word are known"
    assert seen.near == found.look("JRE1.8.0_201").near
    unseen = found.look("jre1.8.0_231")
    assert not unseen.seen
    assert {"<jre", "1.8.", "0_2"} <= set(unseen.known) < set(unseen.ngrams)
    assert unseen.sharing[0][0].startswith("jre1.8.0_")
    for gram in set(unseen.ngrams) - set(unseen.known):
        assert not any(gram in f"<{word}>" for word in found.words)
    nothing = found.look("\u0416\u0416\u0416")
    assert (nothing.known, nothing.near, nothing.has_vector) == ((), (), False)


@given(word=st.text(max_size=80))
@settings(deadline=None, max_examples=40)
def test_any_text_can_be_looked_up(word: str) -> None:
    """Also lone surrogates, line feeds and what separates paths."""
    from engine.words.embedding import Embedding

    embedding = Embedding(
        ("temp", "jre7"), np.eye(2, 4, dtype=np.float32), np.arange(0, 64, 2), np.ones((32, 4), np.float32), 64, 3, 4
    )
    both = np.zeros(2, np.int32)
    known = patterns.Patterns((), (), embedding, np.eye(2, 4, dtype=np.float32), both, both + 1, both, (), both - 1, {})
    found = known.look(word)
    assert found.has_vector == (found.seen or bool(found.known))
    assert all(np.isfinite(near) for _, near in found.near)
    assert set(found.known) <= set(found.ngrams)


@pytest.mark.parametrize("form", JAVA)
def test_learnt_rules_make_java_of_all_versions_one(with_java: Normaliser, form: str) -> None:
    """Of one product: a runtime (jre) is no development kit (jdk), and jdk-11 is spelt otherwise than jdk1.8."""
    for product in ("jre1", "jre", "jdk1", "jdk-"):
        made = {with_java.path(form.format(release)) for release in RELEASES if re.match(rf"{product}[0-9.]", release)}
        assert len(made) == 1, made


def test_learnt_rules_keep_java_apart_where_it_does_not_belong(with_java: Normaliser) -> None:
    installed = [form.format(release) for form in JAVA for release in RELEASES]
    made = [with_java.path(path) for path in ELSEWHERE]
    assert len(set(made)) == len(ELSEWHERE)
    assert not set(made) & {with_java.path(path) for path in installed}
    for path, after in zip(ELSEWHERE, made, strict=True):
        assert after.rpartition("\\")[2] == path.rpartition("\\")[2] or "$r" in path


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["app-{}", "{}", "pkg_{}_x64", "{}-{}", "tmp{}.tmp", "run {} (1)"]),
            st.one_of(
                st.from_regex(r"[0-9]{1,3}\.[0-9]{1,4}(\.[0-9]{1,3})?(-rc[0-9])?", fullmatch=True),
                st.from_regex(r"20[0-2][0-9]-(0[1-9]|1[0-2])-(0[1-9]|1[0-9])", fullmatch=True),
                st.from_regex(r"[0-9a-f]{8,15}", fullmatch=True), st.from_regex(r"[0-9a-f]{4}", fullmatch=True),
                st.uuids().map(str), st.integers(1, 10**9).map(str), st.sampled_from(["en-us", "pt-br", "zh-hans", "de_de"]),
            ),
            st.booleans(),
        ),
        min_size=4, max_size=40, unique=True,
    )
)  # fmt: skip
def test_drafts_match_whatever_their_clusters_hold(made: list[tuple[str, str, bool]]) -> None:
    words = {(form.replace("{}", part), name) for form, part, name in made}
    members = [ClusterMember(masked(word), word, "apps", name, int(Zone.PROGRAM_FILES)) for word, name in sorted(words)]
    found = drafts([members], len(members))
    rules = sorted({draft.rule.identity: draft.rule for draft in found}.values(), key=lambda rule: rule.order)
    everything = Normaliser(RuleSet(tuple(rules)))
    for draft in found:
        for member in draft.members:
            _, used = everything.word(member.word, name=member.name, where=Zone.PROGRAM_FILES, parent="apps")
            alone = draft.rule.expression.find(masked(member.word)) or draft.rule.expression.find(member.text)
            assert rules.index(draft.rule) in used or alone is not None, (draft.rule.pattern, member.word)


def test_learning_repeats(estate: list[SimPath], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_vectors, "MOST_PASSES", 20)  # of the words, whose vectors need not be good ones
    few = [one.path for one in estate[:800]]
    first, second = learn(few, 3, Run()), learn(few[::-1], 3, Run())
    assert [rule.identity for rule in first.rules] == [rule.identity for rule in second.rules]
    assert first.rule_set.fingerprint == second.rule_set.fingerprint


def test_progress_and_cancellation(estate: list[SimPath], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_vectors, "MOST_PASSES", 20)
    token = CancelToken()
    steps: list[Step] = []

    def listener(step: Step) -> None:
        steps.append(step)
        if step.stage == "find neighbours":
            token.cancel()

    with pytest.raises(Cancelled):
        learn([one.path for one in estate[:800]], 1, Run(listener, token))
    assert {"read words", "learn words"} <= {step.stage for step in steps}


def test_too_few_paths_are_told() -> None:
    with pytest.raises(UsageError, match="nothing can be learnt"):
        learn(["/usr/bin/a", "/usr/bin/b"], 1, Run())


def test_halves_of_an_estate_do_not_share_hosts() -> None:
    estate = EstatePaths.of([f"/p{number}" for number in range(40)], [[number % 4] for number in range(40)])
    first, second = estate.halves(1, 100)
    assert len(first) == len(second) == 20
    assert not set(first) & set(second)
    assert len(estate.halves(1, 5)[0]) == 5


def test_held_out_reduction_is_measured_on_the_other_half(estate: list[SimPath], learnt: LearntRules) -> None:
    paths = [one.path for one in estate]
    found = held_out(paths[:1000], paths[500:], learnt.rule_set, learnt.rule_set)
    assert found.applied_to == len(paths) - 1000
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
    found = neighbours(unit(many), 5, 1, Run())
    assert found.recall >= 0.95
    assert (found.index >= 0).all()
    assert (found.index != np.arange(len(many))[:, None]).all()
    assert (np.diff(found.distance, axis=1) >= 0).all()


def test_exact_neighbours_are_those_of_a_plain_comparison() -> None:
    vectors = unit(np.random.default_rng(2).normal(size=(300, 8)).astype(np.float32))
    found = neighbours(vectors, 4, 1, Run())
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
    found = cluster(vectors.astype(np.float32), 1, Run())
    assert found.count == 5
    assert (found.labels[300:] == -1).mean() > 0.9
    assert all(len(set(found.labels[60 * at : 60 * at + 60].tolist()) - {-1}) == 1 for at in range(5))


def test_the_knee_is_where_the_curve_bends() -> None:
    flat, steep = np.linspace(0.05, 0.1, 900), np.linspace(0.1, 0.5, 100)
    assert 0.09 <= knee(np.concatenate([flat, steep])) <= 0.13
    assert knee(np.full(10, 0.2)) == pytest.approx(0.2)


ROTATED = {
    "/tmp/pip-req-build-{}/setup": ("k3l9", "a8x2", "9zq4", "m1n7", "x0p6", "7t5c"),
    "/tmp/tmp.{}/run.sh": ("Ab3dE9", "x9QpL2", "Zt4kWm", "p0RsV8", "Kc7uHn", "9bYfTg"),
    "/tmp/.npm-{}/node": ("4aa670", "336b50", "68f716", "e01c9d", "b72fa4", "0d95e8"),
    "c:\\users\\<user>\\appdata\\local\\temp\\scoped_dir{}_90823\\old.exe": ("1335", "3030", "4418", "9021", "7756", "2167"),
    "c:\\programdata\\acme\\drivers\\mpksl{}.sys": ("d3ea18d4", "07b1c9f2", "a4e05c77", "5f92b0e1", "c81d6a30", "19ef47b8"),
    "c:\\program files\\acme\\agent_{}\\agent.exe": ("x7k2p9w4", "b3m8q1z6", "9r5t2y7u", "h4j6v0c3", "2n8d5g1s", "w6f3a9e4"),
}
"""Forms that no recognised kind knows, met six times each."""


def test_clusters_show_forms_that_no_recognised_kind_knows(estate: list[SimPath], monkeypatch: pytest.MonkeyPatch) -> None:
    """With every word set to noise they stay as they are; with clusters each becomes one, and no guard is broken."""
    from engine.rules.guards import check
    from engine.rules.learning import learn as learning

    own = [form.format(text) for form, texts in ROTATED.items() for text in texts]
    paths = [one.path for one in estate[:1200]] + own
    found = learn(paths, 1, Run())
    with monkeypatch.context() as patched:
        patched.setattr(learning, "embed", lambda *_: found.embedding)  # the same words: nothing but the clusters is another
        patched.setattr(learning, "cluster", lambda vectors, *_: Clustering(np.full(len(vectors), -1, np.int32), 0.1, 7, 1.0))
        without = learn(paths, 1, Run())
    assert not any(rule.kind == LEARNT for rule in without.rules)
    with_clusters, as_noise = Normaliser(found.rule_set), Normaliser(without.rule_set)
    for form, texts in ROTATED.items():
        assert len({as_noise.path(form.format(text)) for text in texts}) == len(texts), form
        assert len({with_clusters.path(form.format(text)) for text in texts}) == 1, form
    for rule in found.rule_set.rules:
        assert all(one.passed for one in check(rule, paths)), rule.pattern
        if rule.kind == LEARNT:
            assert rule.origin is not None
            assert rule.origin.words > 0
    zones: dict[str, set[str]] = defaultdict(set)
    for path in paths:
        zones[with_clusters.path(path)].add(zone(location_class(path)).name)
    assert all(len(one) == 1 for one in zones.values())
