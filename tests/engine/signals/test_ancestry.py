from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from engine.signals.ancestry import SHARE, with_ancestors
from tests.engine.process_samples import make_table

INIT = ("/sbin/init",)
SHELL = (*INIT, "/usr/sbin/apache2", "/bin/sh")
ROWS = [(INIT, -1, None), (SHELL[:2], 0, None), (SHELL, 1, None), ((*SHELL, "/bin/ls"), 2, None), ((*SHELL, "/bin/id"), 2, None)]


def test_what_an_odd_process_starts_is_lifted_towards_it_and_keeps_its_order():
    _corpus, table = make_table(ROWS)
    lifted = with_ancestors(np.array([0.1, 0.5, 4.0, 0.2, 0.4]), table)
    assert lifted[:3].tolist() == [0.1, 0.5, 4.0]  # nobody above scores more
    assert lifted[3] == pytest.approx(0.2 + SHARE * 3.8)
    assert lifted[2] > lifted[4] > lifted[3]


def test_the_highest_ancestor_counts_and_not_only_the_parent():
    _corpus, table = make_table(ROWS)
    lifted = with_ancestors(np.array([0.1, 5.0, 0.3, 0.2, 0.2]), table)
    assert lifted[3] == pytest.approx(0.2 + SHARE * 4.8)


def test_ancestors_without_a_chain_are_passed_over():
    _corpus, table = make_table(ROWS)
    chain = table.chain.copy()
    chain[2] = -1
    blank = dataclasses.replace(table, chain=chain)
    lifted = with_ancestors(np.array([0.1, 5.0, 9.0, 0.2, 0.2]), blank)
    assert lifted[3] == pytest.approx(0.2 + SHARE * 4.8)
    assert lifted[2] == 9.0  # no process of its own: stays


def test_a_chain_has_the_mean_of_its_processes():
    corpus, table = make_table([(INIT, -1, None), (("/bin/a",), -1, None), (("/bin/b",), 1, None), (("/bin/b",), -1, None)])
    assert len(corpus) == 3
    assert with_ancestors(np.array([0.0, 2.0, 1.0]), table)[2] == pytest.approx((1 + SHARE + 1) / 2)


def test_without_processes_nothing_changes():
    score = np.array([1.0, 2.0])
    assert with_ancestors(score, None) is score
    assert with_ancestors(score[:0], make_table(ROWS)[1]).shape == (0,)


def test_circles_of_damaged_parents_end():
    _corpus, table = make_table(ROWS)
    parent = table.parent.copy()
    parent[0] = 4
    assert np.isfinite(with_ancestors(np.arange(5.0), dataclasses.replace(table, parent=parent))).all()
