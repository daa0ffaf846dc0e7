from __future__ import annotations

import numpy as np
import pytest

from engine.detector.incidents import group_incidents, incident_score, subtrees
from tests.engine.process_samples import make_table

TOP = ("/usr/lib/systemd/systemd",)
A, B = (*TOP, "/opt/a"), (*TOP, "/opt/b")


def test_subtrees_end_below_hubs():
    _corpus, table = (corpus_and_table := make_table(
        [(TOP, -1, None), (A, 0, None), ((*A, "/bin/sh"), 1, None), ((*A, "/bin/sh", "/bin/ls"), 2, None), (B, 0, None)]
    ))  # fmt: skip
    assert subtrees(*corpus_and_table).tolist() == [0, 1, 1, 1, 4]
    assert len(table) == 5


def test_identical_subtrees_are_one_incident_and_the_best_comes_first():
    tops = np.array([1, 1, 5, 5, 9])
    chain = np.array([0, 1, 1, 0, 2])
    number, value = group_incidents(tops, chain, np.array([1.0, 2.0, 5.0]))
    assert number.tolist() == [1, 1, 1, 1, 0]
    assert value.tolist() == pytest.approx([5.0, 2.3])


def test_the_score_is_the_best_and_a_share_of_two_more():
    assert incident_score([1.0, 4.0, 2.0, 3.0]) == pytest.approx(4 + 0.3 * 5)


def test_a_subtree_within_a_better_one_belongs_to_it():
    tops = np.array([1, 1, 1, 5, 5, 9, 12, 12])
    chain = np.array([0, 1, 2, 0, 1, 3, 1, 3])
    number, value = group_incidents(tops, chain, np.array([1.0, 2.0, 5.0, 0.5]))
    # {0, 1} is within {0, 1, 2}; {1, 3} is better than {3}, which is within it.
    assert number.tolist() == [0, 0, 0, 0, 0, 1, 1, 1]
    assert value.tolist() == pytest.approx([5.9, 2.15])


def test_a_subtree_that_scores_more_than_the_one_it_is_in_keeps_its_place():
    number, value = group_incidents(np.array([1, 5, 5]), np.array([0, 0, 1]), np.array([3.0, -9.0]))
    assert number.tolist() == [0, 1, 1]
    assert len(value) == 2
