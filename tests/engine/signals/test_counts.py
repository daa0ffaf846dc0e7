"""Counting signals on hand-made chains whose counts can be checked by eye."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.records import MAX_STEPS
from engine.signals.frequency import ChainTable, chain_frequency, host_prevalence
from engine.signals.pairs import PairTable, edge_surprise, order_surprise, pair_rarity
from engine.signals.windows import window_rarity
from tests.engine.detector.corpus import estate, make_corpus

SMALL = make_corpus({("/r",): 2, ("/r", "/a"): 90, ("/r", "/a", "/b"): 8, ("/r", "/a", "/c"): 2, ("/opt/x/a",): 1}, hosts=4)


def count(table: PairTable, parent: str, child: str) -> int:
    start = len(table.names)
    codes = [np.array([start if name == "" else table.code(name)]) for name in (parent, child)]
    return int(table.count(*codes)[0])


def test_each_process_is_counted_once_by_the_last_edge_of_its_chain():
    table = PairTable.fit(SMALL)
    assert count(table, "r", "a") == 90  # and not 100: the chains through a end elsewhere
    assert count(table, "a", "b") == 8
    assert count(table, "", "r") == 102  # every process under that root
    assert count(table, "", "a") == 1  # the same name elsewhere is the same name
    assert count(table, "b", "a") == 0
    assert count(table, "r", "never seen") == 0
    assert table.counts.sum() == 100 + 103
    assert [(table.names[c], n) for c, n in table.children(table.code("a"))] == [("b", 8), ("c", 2)]
    assert table.paths[table.code("a")] == "/a"


def test_pair_rarity_is_the_worst_edge_with_back_off():
    table = PairTable.fit(SMALL)
    value = pair_rarity(table, table.edges(SMALL))
    n, v = 100, 4
    p_c = (2 + 2 * (3 / (n + v + 1))) / (10 + 2)
    p_rare_root = (1 + 2 * (91 / (n + v + 1))) / (103 + 2)
    assert value[3] == pytest.approx(-np.log(p_c))
    assert value[4] == pytest.approx(-np.log(p_rare_root))
    assert value[3] > value[2] >= value[1]


def test_window_rarity_is_the_mean_of_two_edges():
    table = PairTable.fit(SMALL)
    v = 5
    start, ra, ac = -np.log((102 + 1) / (103 + v)), -np.log((90 + 1) / (90 + v)), -np.log((2 + 1) / (10 + v))
    assert window_rarity(table, table.edges(SMALL))[3] == pytest.approx(max((start + ra) / 2, (ra + ac) / 2))
    assert window_rarity(table, table.edges(SMALL))[0] == pytest.approx(start)


def test_unknown_parents_cost_the_same_whatever_they_start():
    table = PairTable.fit(SMALL)
    foreign = make_corpus({("/new", "/b"): 1, ("/new", "/newer"): 1})
    known, unknown = window_rarity(table, table.edges(foreign))
    assert known == unknown


def test_a_chain_that_may_have_lost_its_root_has_no_first_edge():
    long = tuple(f"/s{i}" for i in range(MAX_STEPS))
    corpus = make_corpus({long: 1, long[:-1]: 1})
    edges = PairTable.fit(corpus).edges(corpus)
    assert edges.valid[:, 0].tolist() == [False, True]
    assert edges.valid.sum(axis=1).tolist() == [MAX_STEPS - 1, MAX_STEPS - 1]


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_counts_of_any_case_make_finite_signals_of_any_other(one, other):
    training, asked = make_corpus(estate(30, one)), make_corpus(estate(30, other))
    pairs, chains = PairTable.fit(training), ChainTable.fit(training)
    for value in (
        pair_rarity(pairs, pairs.edges(asked)),
        window_rarity(pairs, pairs.edges(asked)),
        chain_frequency(chains, asked),
    ):
        assert np.isfinite(value).all()
        assert (value >= 0).all()
        assert value.shape == (len(asked),)


def test_rarer_chains_score_higher_and_unseen_ones_highest():
    table = ChainTable.fit(SMALL)
    value = chain_frequency(table, SMALL)
    assert value.argmin() == 1
    unseen = chain_frequency(table, make_corpus({("/new",): 50}))
    assert unseen[0] > value.max()


def test_host_prevalence_needs_more_than_one_host():
    table = ChainTable.fit(SMALL)
    value = host_prevalence(table, SMALL)
    assert value is not None
    assert value[1] == 0.0  # on every host
    assert value[4] == pytest.approx(-np.log(2 / 5))
    alone = make_corpus({("/r",): 2}, hosts=1)
    assert host_prevalence(ChainTable.fit(alone), alone) is None


def test_an_empty_chain_and_an_empty_corpus_do_no_harm():
    corpus = make_corpus({(): 1, ("/r",): 1})
    table = PairTable.fit(corpus)
    assert pair_rarity(table, table.edges(corpus))[0] == 0.0
    assert window_rarity(table, table.edges(corpus))[0] == 0.0
    empty = make_corpus({})
    assert len(pair_rarity(PairTable.fit(empty), PairTable.fit(empty).edges(empty))) == 0
    assert pair_rarity(PairTable.fit(empty), PairTable.fit(empty).edges(corpus)).shape == (2,)


ORDER = make_corpus(
    {("/r",): 4, ("/r", "/desk"): 40, **{("/r", "/desk", f"/app{n}"): 1 for n in range(20)}, ("/r", "/serve"): 40,
     ("/r", "/serve", "/work"): 200, ("/r", "/login"): 6, ("/r", "/login", "/shell"): 6}
)  # fmt: skip
"""A desktop that starts ever new programs, a service that starts one, a login that starts a shell."""


def order(*chains: tuple[str, ...]) -> list[float]:
    table, asked = PairTable.fit(ORDER), make_corpus(dict.fromkeys(chains, 1))
    return [float(row[length - 1]) for row, length in zip(order_surprise(table, table.edges(asked)), asked.lengths, strict=True)]


def test_familiar_names_in_an_unfamiliar_order_weigh_most():
    new, familiar, usual = order(("/r", "/desk", "/new"), ("/r", "/desk", "/shell"), ("/r", "/login", "/shell"))
    assert familiar > new > usual


def test_something_new_costs_what_new_things_cost_under_that_parent():
    desk, serve = order(("/r", "/desk", "/new"), ("/r", "/serve", "/new"))
    assert desk == pytest.approx(-np.log(20 / 40))
    assert serve == pytest.approx(-np.log(1 / 201))


def test_an_unknown_program_under_an_unknown_one_is_no_surprise():
    unknown, shell = order(("/r", "/new", "/newer"), ("/r", "/new", "/shell"))
    assert unknown == pytest.approx(0)
    assert shell > 2


def test_names_that_the_table_knows_cost_what_pair_rarity_says():
    table = PairTable.fit(ORDER)
    edges = table.edges(ORDER)
    assert order_surprise(table, edges) == pytest.approx(edge_surprise(table, edges))
