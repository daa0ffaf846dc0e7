"""How long a training goes on: all of what was ordered, or until the loss stands still, and how fast it learns until then."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.autoencoder.course import WINDOW, Course, Plateau
from engine.autoencoder.params import NetworkParams

PARAMS = NetworkParams(learning_rate=1.0, patience=3)


def test_training_stops_when_the_loss_stands_still():
    plateau = Plateau(3)
    assert [plateau.reached(loss) for loss in (1.0, 0.5, 0.499, 0.6, 0.4, 0.4, 0.4, 0.4)] == [False] * 7 + [True]
    never = Plateau(0)
    assert not any(never.reached(1.0) for _ in range(50))


def test_the_rate_falls_along_half_a_cosine_to_a_hundredth():
    course = Course(PARAMS, 1000)
    assert course.rate(0) == 1.0
    assert course.rate(500) == pytest.approx((1 + 0.01) / 2)
    assert course.rate(1000) == pytest.approx(0.01)
    assert course.stop == ""
    assert course.metrics == {"batches": 1000, "ordered": 1000}


def test_a_loss_that_stands_still_lets_the_rate_run_out_and_is_told():
    course = Course(PARAMS, 62_000)
    for done in range(WINDOW, 5000, WINDOW):
        before = course.rate(done)
        course.look(done, max(1.0 - done / 5000, 0.2))
        if course.stood_still:
            break
    assert course.stood_still == done == 4300  # .2 from 4,000 on: the first window of it is better, three are not
    assert course.last == 4300 + 1075
    assert course.rate(4300) == pytest.approx(before)  # no step, and then down to the end
    assert course.rate(course.last) == pytest.approx(0.01)
    assert before > 0.95
    assert course.stop == (
        "stopped after 5,375 of 62,000 batches: 3 windows of 100 batches without 1 % less loss by batch 4,300;"
        " the learning rate then ran out over 1,075"
    )
    assert course.metrics == {"batches": 5375, "ordered": 62_000, "stood_still": 4300, "patience": 3}


def test_a_loss_that_stands_still_near_the_end_changes_nothing():
    course, calm = Course(PARAMS, 1000), Course(PARAMS, 1000)
    for done in range(WINDOW, 1000, WINDOW):
        course.look(done, 0.5 if done > 500 else 1.0 / done)
    assert (course.last, course.stop) == (1000, "")
    assert [course.rate(done) for done in range(1000)] == [calm.rate(done) for done in range(1000)]


@given(st.integers(1, 5000), st.lists(st.floats(0, 10), max_size=60), st.integers(0, 6))
def test_the_rate_never_rises_and_the_end_comes_at_most_once_nearer(ordered, losses, patience):
    course = Course(NetworkParams(patience=patience), ordered)
    rates, ends = [], {ordered}
    for batch in range(1, ordered + 1):
        rates.append(course.rate(batch - 1))
        if batch % WINDOW == 0 and batch // WINDOW <= len(losses):
            course.look(batch, losses[batch // WINDOW - 1])
        ends.add(course.last)
        if batch == course.last:
            break
    assert batch == course.last <= ordered
    assert len(ends) <= 2
    assert all(math.isclose(a, b) or a > b for a, b in pairwise(rates))
    assert (course.stop == "") == (course.last == ordered)
