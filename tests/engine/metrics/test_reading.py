"""What reading findings costs: hand-made queues, and what holds for any."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.metrics.reading import CoveredCounts, Pieces, first, read, until

QUEUES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=30)
"""Attack, background and other processes of each finding."""


def covered(rows, missed=0):
    attack, background, other = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    return CoveredCounts(attack + background + other, attack, background, int(attack.sum()) + missed)


def test_reading_until_80_percent_counts_what_is_read_on_the_way():
    queue = covered([(6, 2, 4), (0, 50, 7), (2, 0, 1), (2, 900, 0)])
    seen = until(queue)
    assert (seen.findings, seen.processes, seen.attacks, seen.share) == (3, 12 + 57 + 3, 8, 0.8)
    # The finding of 50 everyday processes holds no attack: it costs reading, and says nothing of how clean the others are.
    assert seen.purity == 8 / 10


def test_unknown_processes_are_read_and_count_neither_way():
    alone, among = covered([(4, 1, 0)]), covered([(4, 1, 95)])
    assert until(alone).purity == until(among).purity == 0.8
    assert (until(alone).processes, until(among).processes) == (5, 100)


def test_what_no_finding_covers_is_never_found():
    assert until(covered([(8, 0, 0)], missed=2)).findings == 1
    assert until(covered([(7, 0, 0)], missed=3)) is None
    assert first(covered([(7, 0, 0)], missed=3)).share == 0.7
    assert until(covered([(0, 5, 0)])) is None
    assert math.isnan(first(covered([(0, 5, 0)])).share)
    assert math.isnan(first(covered([(0, 5, 0)])).purity)
    assert until(covered([])) is None


def test_a_finding_for_each_process_is_pure_and_costs_them_all():
    queue = covered([(1, 0, 0)] * 10)
    assert until(queue).purity == 1.0
    assert until(queue).findings == until(queue).processes == 8


def test_the_first_ten_and_any_chosen():
    queue = covered([(1, 1, 0)] * 30)
    assert (first(queue).findings, first(queue).processes, first(queue).share) == (10, 20, 10 / 30)
    none = read(queue, np.zeros(30, dtype=np.bool_))
    assert (none.findings, none.processes, none.attacks, none.share) == (0, 0, 0, 0.0)
    assert math.isnan(none.purity)


@given(QUEUES, st.integers(0, 5))
def test_reading_further_finds_no_less_and_80_percent_is_the_first_place_that_has_them(rows, missed):
    queue = covered(rows, missed)
    shares = [first(queue, count).attacks for count in range(len(rows) + 1)]
    assert shares == sorted(shares)
    enough = [count for count, found in enumerate(shares) if queue.attacks and found >= 0.8 * queue.attacks - 1e-9]
    seen = until(queue)
    assert (seen.findings if seen else None) == (enough[0] if enough else None)


@given(QUEUES)
def test_everyday_findings_without_an_attack_change_no_purity(rows):
    queue, among = covered(rows), covered([row for attack in rows for row in (attack, (0, 3, 1))])
    before, after = until(queue), until(among)
    assert (before is None) == (after is None)
    if before and after:
        assert after.purity == pytest.approx(before.purity)


def test_pieces_of_intrusions():
    group = np.array([0, 0, 0, 0, 1, 1, 2, 2, 2, 2])
    finding = np.array([3, 3, 3, 9, 0, 0, 2, 0, 5, 5])
    pieces = Pieces.of(group, finding, 3)
    assert pieces.size.tolist() == [4, 2, 4]
    assert pieces.findings.tolist() == [2, 0, 2]
    assert pieces.first.tolist() == [3, 0, 2]
    assert pieces.shares.tolist() == [0.75, 0.0, 0.5]
    assert pieces.fragmentation == 2.0  # of the two that are in any finding
    assert pieces.completeness == pytest.approx(1.25 / 3)
    assert pieces.lowest == 0.0


def test_without_intrusions_there_are_no_figures_of_them():
    none = np.zeros(0, dtype=np.int64)
    pieces = Pieces.of(none, none, 0)
    assert [math.isnan(figure) for figure in (pieces.fragmentation, pieces.completeness, pieces.lowest)] == [True] * 3
