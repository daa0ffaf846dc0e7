"""What is said of a threshold: where clean host-days are known, what is expected of another; else that nobody knows."""

from __future__ import annotations

import numpy as np
import pytest

from engine.detector.promise import Expected, Promise
from store.scores.threshold_rows import Flagging
from store.scores.thresholds import ThresholdInUse
from tui.screens.train.distribution_plot import BudgetLine, budget_lines
from tui.words.spans import text_of
from tui.words.training_words import expected_words, moved_words

SCORE = np.array([1.0, 2.0, 3.0])
PROMISE = Promise(
    SCORE,
    Expected(np.array([130.0, 5.0, 0.0]), np.array([10.0, 0.0, 0.0]), np.array([400.0, 38.0, 0.0])),
    Expected(np.array([9.0, 0.5, 0.0]), np.zeros(3), np.array([30.0, 3.0, 0.0])),
    highest=3.5,
    days=41,
    sources=7,
    own=3,
    clean=2_500,
)


def standing(promise: Promise | None, threshold: float, rate: float) -> ThresholdInUse:
    return ThresholdInUse("m", Flagging(threshold, 12, 4, 37), 900, 3.0, 4.0, promise, rate)


def test_what_is_expected_of_another_host_day_is_said_with_its_interval_and_origin() -> None:
    assert moved_words(standing(PROMISE, 2.0, 5.0)) == (
        "Threshold moved to 2.000: of 1,000 clean processes about 5 (0–38) are expected above it"
        " (90% interval for another host-day; calibrated on 41 clean host-days of 7 other estates,"
        " moved by 3 of the training's own). Here that flags 12 chains, 37 processes"
    )


def test_a_budget_too_small_to_promise_is_said() -> None:
    assert PROMISE.least == pytest.approx(0.4)
    said = moved_words(standing(PROMISE, 3.0, 0.3))
    assert "0.3 of 1,000 cannot be promised: only 2,500 clean processes of this kind of system were seen." in said


def test_without_clean_host_days_that_is_said() -> None:
    said = moved_words(standing(None, 2.0, 5.0))
    assert said.startswith("Threshold moved to 2.000. These scores know no clean host-days")
    assert said.endswith("the strongest is flagged in any case. Here that flags 12 chains, 37 processes")
    assert expected_words(None, 2.0) == ""


def test_between_two_scores_is_in_proportion_and_no_number_is_a_power_of_ten() -> None:
    assert expected_words(PROMISE, 1.0) == "of 1,000 clean processes about 130 (10–400) are expected above it"
    assert expected_words(PROMISE, 2.5) == "of 1,000 clean processes about 2.5 (0–19) are expected above it"


def test_the_train_screen_says_it_below_the_budget() -> None:
    told = expected_words(PROMISE, 2.0)
    line = BudgetLine(12, 4.0, 3.0, 12, 4, 37, expected=told)
    assert text_of(budget_lines(line, 100)[2]) == f"  {told}"
    assert len(budget_lines(BudgetLine(12, 4.0, 3.0, 12, 4, 37), 100)) == 2
