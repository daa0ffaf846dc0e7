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


def test_nan_is_never_extreme_and_constants_do_no_harm():
    table = TailTable.fit(np.array([np.nan, 2.0, 2.0]))
    assert table.tail(np.array([np.nan]))[0] == 1.0
    assert TailTable.fit(np.zeros(5)).tail(np.array([1.0]))[0] == 1 / 6
    assert 0 < TailTable.fit(np.zeros(0)).tail(np.array([1.0]))[0] <= 1
