"""Findings: subtrees below hubs, each chain in exactly one, whatever the order of the input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.processes import part_of
from engine.findings.incidents import MORE, NEXT, chain_findings, group_chains, incident_scores, subtrees
from tests.engine.process_samples import make_table

TOP = ("/usr/lib/systemd/systemd",)
A, B = (*TOP, "/opt/a"), (*TOP, "/opt/b")
SHELL = "/bin/sh"


def test_subtrees_end_below_hubs():
    _corpus, table = (corpus_and_table := make_table(
        [(TOP, -1, None), (A, 0, None), ((*A, "/bin/sh"), 1, None), ((*A, "/bin/sh", "/bin/ls"), 2, None), (B, 0, None)]
    ))  # fmt: skip
    assert subtrees(*corpus_and_table).tolist() == [0, 1, 1, 1, 4]
    assert len(table) == 5


def test_a_chain_of_any_depth_has_one_top():
    deep = [((*A, *(f"/opt/{n}" for n in range(min(number, 7)))), number - 1, None) for number in range(700)]
    assert subtrees(*make_table([(TOP, -1, None), *[(chain, parent + 1, None) for chain, parent, _ in deep]])).tolist() == [
        0, *[1] * 700,
    ]  # fmt: skip


def test_the_desktop_and_the_installer_are_hubs_too():
    explorer = ("c:\\windows\\explorer.exe",)
    rows = [(explorer, -1, None), ((*explorer, "c:\\a.exe"), 0, None), ((*explorer, "c:\\b.exe"), 0, None)]
    assert subtrees(*make_table(rows)).tolist() == [0, 1, 2]


def test_orphans_of_one_missing_parent_are_one_incident():
    rows = [(A, -1, None), ((*A, "/bin/x"), 0, None), ((*A, "/bin/y"), 0, None), ((*B, "/bin/x"), -1, None)]
    corpus, table = make_table(rows)
    recorded = table.recorded.copy()
    recorded[0] = 0
    assert subtrees(corpus, table).tolist() == [0, 0, 0, 3]


def test_identical_subtrees_are_one_finding_and_the_best_comes_first():
    tops = np.array([1, 1, 5, 5, 9])
    chain = np.array([0, 1, 1, 0, 2])
    number, value = group_chains(tops, chain, np.array([1.0, 2.0, 5.0]))
    assert number.tolist() == [1, 1, 0]
    assert value.tolist() == pytest.approx([5.0, 2 + NEXT])


def test_a_chain_is_read_in_the_best_incident_it_occurs_in():
    # Chain 0 in both subtrees; with 3 the first is the better one. What is left of the second is scored by what is left.
    tops, chain = np.array([7, 7, 7, 8, 8]), np.array([0, 1, 3, 0, 2])
    number, value = group_chains(tops, chain, np.array([4.0, 3.0, 1.0, 2.0]))
    assert number.tolist() == [0, 0, 1, 0]
    assert value.tolist() == pytest.approx([4 + NEXT * (3 + 2), 1.0])


def test_the_score_is_the_best_and_a_share_of_some_more():
    score = np.array([4.0, 3.0, 2.0, 1.0])
    owner, member = np.array([1, 1, 1, 1, 0]), np.array([3, 0, 2, 1, 2])
    assert incident_scores(owner, member, score).tolist() == pytest.approx([2.0, 4 + NEXT * (3 + 2 + 1)])
    many = np.arange(20.0, 0, -1)
    every = incident_scores(np.zeros(20, np.int64), np.arange(20), many)
    assert every.tolist() == pytest.approx([20 + NEXT * many[1 : MORE + 1].sum()])


def test_chains_without_a_process_or_a_score_are_findings_too():
    number, value = group_chains(np.array([3]), np.array([1]), np.array([np.nan, 2.0, 1.0]))
    assert sorted(number.tolist()) == [0, 1, 2]
    assert number[1] == 0
    assert value[0] == 2.0
    nothing = np.zeros(0, np.int64)
    assert [part.tolist() for part in group_chains(nothing, nothing, np.zeros(0))] == [[], []]


IMAGES = st.sampled_from([*TOP, "/opt/a", "/opt/b", SHELL, "/bin/ls"])
FORESTS = st.lists(st.tuples(st.integers(-1, 30), IMAGES), min_size=1, max_size=30)


def planted(forest):
    rows = []
    for number, (wanted, image) in enumerate(forest):
        parent = wanted if 0 <= wanted < number else -1
        above = rows[parent][0] if parent >= 0 else ()
        rows.append(((*above, image)[-10:], parent, None))
    return make_table(rows)


@settings(deadline=None)
@given(FORESTS, st.data())
def test_every_chain_is_in_one_finding_and_every_finding_has_its_score(forest, data):
    corpus, table = planted(forest)
    score = np.array(data.draw(st.lists(st.sampled_from([0.0, 1.0, 1.5, 2.0, 7.0]), min_size=len(corpus), max_size=len(corpus))))
    found = chain_findings(corpus, table, score)
    assert sorted(set(found.of_chain.tolist())) == list(range(1, len(found.score) + 1))
    assert (np.diff(found.score) <= 0).all()
    assert len(set(found.keys)) == len(found.keys) == len(found.score)
    tops = subtrees(corpus, table)
    for number, value in enumerate(found.score.tolist(), start=1):
        members = np.flatnonzero(found.of_chain == number)
        best = np.sort(score[members])[::-1]
        assert value == pytest.approx(best[0] + NEXT * best[1 : MORE + 1].sum())
        # All of them occur together in some subtree.
        assert any(set(members.tolist()) <= set(table.chain[tops == top].tolist()) for top in set(tops.tolist()))


@settings(deadline=None)
@given(FORESTS, st.data())
def test_the_order_of_the_input_does_not_matter(forest, data):
    corpus, table = planted(forest)
    score = np.array(data.draw(st.lists(st.sampled_from([0.0, 1.0, 2.0]), min_size=len(corpus), max_size=len(corpus))))
    tops, chain = subtrees(corpus, table), table.chain.astype(np.int64)
    number, value = group_chains(tops, chain, score, corpus.ids)
    rows = np.array(data.draw(st.permutations(range(len(table)))), dtype=np.int64)
    chains = np.array(data.draw(st.permutations(range(len(corpus)))), dtype=np.int64)
    place = np.argsort(chains)
    renamed = np.array(data.draw(st.permutations(range(len(table)))), dtype=np.int64)
    again, same = group_chains(renamed[tops[rows]], place[chain[rows]], score[chains], corpus.ids[chains])
    assert again[place].tolist() == number.tolist()
    assert same.tolist() == value.tolist()


@settings(deadline=None)
@given(FORESTS)
def test_a_second_host_with_the_same_processes_adds_no_finding(forest):
    corpus, table = planted(forest)
    score = np.arange(len(corpus), dtype=float)
    number, value = group_chains(subtrees(corpus, table), table.chain.astype(np.int64), score, corpus.ids)
    tops, chain = subtrees(corpus, table), table.chain.astype(np.int64)
    twice = group_chains(np.r_[tops, tops + len(table)], np.r_[chain, chain], score, corpus.ids)
    assert [part.tolist() for part in twice] == [number.tolist(), value.tolist()]


def test_the_key_is_of_the_chains_and_not_of_their_numbers():
    corpus, table = planted([(-1, TOP[0]), (0, "/opt/a"), (1, SHELL), (0, "/opt/b")])
    found = chain_findings(corpus, table, np.array([0.0, 1.0, 2.0, 3.0]))
    part, small = part_of(corpus, table, np.array([1, 2]))
    again = chain_findings(part, small, np.array([5.0, 4.0]))
    assert again.keys == (found.keys[found.of_chain[1] - 1],)
