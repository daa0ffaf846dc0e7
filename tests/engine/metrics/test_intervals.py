"""Intervals over queues."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.metrics.intervals import interval

SHARES = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@given(SHARES)
def test_the_mean_lies_between_the_lowest_and_the_highest(values: list[float]) -> None:
    found = interval(values)
    assert found.mean == pytest.approx(np.mean(values))
    assert min(values) - 1e-9 <= found.low <= found.high <= max(values) + 1e-9


def test_equal_queues_leave_nothing_open_and_none_tell_nothing() -> None:
    found = interval([0.4, 0.4, 0.4])
    assert (found.mean, found.low, found.high) == pytest.approx((0.4, 0.4, 0.4))
    assert math.isnan(interval([math.nan]).mean)
    assert interval([math.nan, 0.5]).mean == 0.5


def test_it_covers_the_true_mean_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(1)
    covered = [(one := interval(random.random(40).tolist())).low <= 0.5 <= one.high for _ in range(200)]
    assert 0.83 <= np.mean(covered) <= 0.96


def test_what_is_said_twice_of_one_recording_is_no_surer() -> None:
    values = [0.1, 0.5, 0.9, 0.3]
    once, twice = interval(values), interval([*values, *values], [*"abcd", *"abcd"])
    assert twice.high - twice.low == pytest.approx(once.high - once.low, abs=0.02)
    alone = interval([*values, *values])
    assert alone.high - alone.low < once.high - once.low
