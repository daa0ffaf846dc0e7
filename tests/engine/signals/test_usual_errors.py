"""Errors against what is usual at a place: the oddest step counts, and few steps teach little."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.signals.catalogue.reconstruction_by_place import DOUBT, SLIGHT, UsualErrors

NAN = np.nan
ERRORS = st.lists(st.lists(st.floats(0, 9, width=32), min_size=0, max_size=5), min_size=1, max_size=12)


def padded(rows: list[list[float]]) -> np.ndarray:
    out = np.full((len(rows), 5), NAN, dtype=np.float32)
    for row, values in enumerate(rows):
        out[row, : len(values)] = values
    return out


def test_a_place_that_is_always_rebuilt_badly_does_not_stand_out():
    places = np.array([[0, 1], [0, 1], [0, 1], [0, 0], [0, 1]])
    errors = np.array([[0.01, 1.0]] * 3 + [[0.01, 0.9], [0.01, 1.1]], dtype=np.float32)
    usual = UsualErrors.fit(np.repeat(errors[:3], 200, axis=0), np.repeat(places[:3], 200, axis=0), 2)
    misfit = usual.misfit(errors, places)
    assert misfit[3] > misfit[4] > misfit[0]  # .9 where .01 is usual; 1.1 where 1 is


def test_few_steps_hardly_move_a_place_from_what_is_usual_everywhere():
    errors, places = np.ones((100, 1), np.float32), np.zeros((100, 1), np.int64)
    errors[0], places[0] = 9.0, 1
    usual = UsualErrors.fit(errors, places, 3)
    everywhere = np.log(errors.astype(float) + SLIGHT).mean()
    assert usual.level[1] == pytest.approx((np.log(9 + SLIGHT) + DOUBT * everywhere) / (1 + DOUBT))
    assert usual.level[2] == pytest.approx(everywhere)


@settings(deadline=None)
@given(ERRORS, st.randoms(use_true_random=False))
def test_padding_and_order_of_chains_do_not_matter(rows, random):
    errors = padded(rows)
    places = np.array([[random.randrange(3) for _ in range(5)] for _ in rows])
    usual = UsualErrors.fit(errors, places, 3)
    misfit = usual.misfit(errors, places)
    assert np.isfinite(misfit).all()
    order = list(range(len(rows)))
    random.shuffle(order)
    assert np.array_equal(UsualErrors.fit(errors, places, 3).misfit(errors[order], places[order]), misfit[order])
    behind = np.where(np.isnan(errors), 2, places)
    assert np.array_equal(usual.misfit(errors, behind), misfit)
    for row, values in enumerate(rows):
        each = [np.log(np.float64(np.float32(v)) + SLIGHT) - usual.level[p] for v, p in zip(values, places[row], strict=False)]
        assert misfit[row] == pytest.approx(max(each, default=np.log(SLIGHT)))


def test_nothing_to_learn_from_is_equal_everywhere():
    assert UsualErrors.fit(np.full((2, 5), NAN, np.float32), np.zeros((2, 5), np.int64), 4).level.tolist() == [0.0] * 4
