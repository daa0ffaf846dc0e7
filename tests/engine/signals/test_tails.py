"""Tail probabilities."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.signals.tails import TailTable

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50)


@settings(deadline=None, max_examples=100)
@given(VALUES, VALUES)
def test_tail_is_the_share_of_training_values_at_least_as_high(training, asked):
    tail = TailTable.fit(np.array(training)).tail(np.array(asked))
    for value, share in zip(asked, tail, strict=True):
        assert share == (sum(t >= value for t in training) + 1) / (len(training) + 1)
        assert 0 < share <= 1


@settings(deadline=None, max_examples=100)
@given(VALUES, VALUES)
def test_surprise_never_falls_as_values_rise(training, asked):
    ordered = np.sort(np.array(asked))
    surprise = TailTable.fit(np.array(training)).surprise(ordered)
    assert (np.diff(surprise) >= -1e-12).all()
    assert (surprise >= 0).all()
    assert np.isfinite(surprise).all()


def test_behind_the_largest_value_the_tail_ties_and_the_surprise_does_not():
    table = TailTable.fit(np.arange(100.0))
    asked = np.array([100.0, 200.0, 5000.0])
    assert len(set(table.tail(asked).tolist())) == 1
    assert (np.diff(table.surprise(asked)) > 0).all()


def test_nan_is_never_extreme_and_constants_do_no_harm():
    table = TailTable.fit(np.array([np.nan, 2.0, 2.0]))
    assert table.tail(np.array([np.nan]))[0] == 1.0
    assert table.surprise(np.array([np.nan]))[0] == 0.0
    assert np.isfinite(TailTable.fit(np.zeros(5)).surprise(np.array([1.0])))[0]
    assert np.isfinite(TailTable.fit(np.zeros(0)).surprise(np.array([1.0])))[0]
