"""Errors of steps beside those of their role: never surer than the training steps bear out, and small."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.signals.step_tails import ALL, FEWEST, KEPT, StepTails

VALUES = st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 3.5]), min_size=1, max_size=200)


def fitted(values, roles):
    found = StepTails.fit(np.array([values], dtype=np.float32), np.array([roles]))
    assert found is not None
    return found


@settings(deadline=None)
@given(VALUES, st.floats(0, 5, width=32))
def test_few_values_are_kept_as_they_are(values, error):
    tails = fitted(values, [3] * len(values))
    told = tails.tail(np.array([[error]], dtype=np.float32), np.array([[3]]))[0, 0]
    training = np.array(values, dtype=np.float32)
    at_least = (training >= training[training <= error].max()).sum() if (training <= error).any() else len(values)
    expected = (at_least + 1) / (len(values) + 1) if error <= training.max() else None
    if expected is None:
        assert told == pytest.approx(1 / (len(values) + 1))
    else:
        assert told == pytest.approx(expected)


@settings(deadline=None)
@given(st.integers(0, 2**31), st.integers(300, 5000))
def test_many_values_are_never_told_rarer_than_they_are(seed, size):
    values = np.random.default_rng(seed).exponential(size=size).astype(np.float32)
    tails = fitted(values.tolist(), [1] * size)
    assert len(tails.errors) <= 2 * (KEPT + 2)
    asked = np.random.default_rng(seed + 1).exponential(size=(1, 50)).astype(np.float32)
    told = tails.tail(asked, np.ones((1, 50), dtype=np.int64))[0]
    true = np.array([((values >= one).sum() + 1) / (size + 1) for one in asked[0]])
    inside = asked[0] <= values.max()
    assert (told[inside] >= true[inside] - 1e-12).all()
    assert (told[inside] <= true[inside] + 0.02).all()


def test_a_role_is_compared_with_its_own_kind_and_a_rare_one_with_all():
    values = np.r_[np.full(100, 0.1), np.full(100, 5.0), np.full(FEWEST - 1, 9.0)].astype(np.float32)
    roles = np.r_[np.full(100, 2), np.full(100, 6), np.full(FEWEST - 1, 7)]
    tails = fitted(values.tolist(), roles.tolist())
    assert tails.roles.tolist() == [ALL, 2, 6]
    assert tails.compared(6)
    assert not tails.compared(7)
    told = tails.tail(np.array([[5.0, 5.0, 5.0, np.nan]], dtype=np.float32), np.array([[2, 6, 7, 0]]))[0]
    assert told[0] < 0.01
    assert told[1] == 1.0
    assert told[2] == pytest.approx((100 + FEWEST - 1 + 1) / (200 + FEWEST - 1 + 1))
    assert np.isnan(told[3])


def test_nothing_to_fit():
    assert StepTails.fit(np.full((2, 3), np.nan, dtype=np.float32), np.zeros((2, 3), dtype=np.int64)) is None
