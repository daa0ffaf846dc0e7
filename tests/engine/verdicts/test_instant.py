from __future__ import annotations

import numpy as np
import pytest

from engine.domain.arrays import Ints
from engine.verdicts.features import BINS, NUMBERS
from engine.verdicts.instant import STRENGTH, InstantLearner, Lesson, probability
from engine.verdicts.signals import signal_names
from tests.engine.classifier.queues import make_queue

BASE, FEATURES, ATTACK = make_queue()


def fit(rows: Ints, fold: Ints | None = None) -> InstantLearner:
    return InstantLearner.fit(
        FEATURES, Lesson(rows, ATTACK[rows], np.ones(len(rows)), np.full(len(rows), -1) if fold is None else fold)
    )


def test_it_finds_the_same_optimum_as_scikit_learn() -> None:
    from sklearn.linear_model import LogisticRegression

    rows = np.arange(0, len(BASE), 2)
    ours = fit(rows).log_odds(FEATURES)
    model = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=5000, tol=1e-8)
    model.fit(FEATURES.matrix(rows), ATTACK[rows])
    theirs = model.decision_function(FEATURES.matrix(np.arange(len(BASE))))
    np.testing.assert_allclose(ours, theirs, atol=0.01)


def test_the_order_of_labels_does_not_matter() -> None:
    rows = np.arange(0, len(BASE), 2)
    shuffled = np.random.default_rng(5).permutation(rows)
    one = fit(rows).log_odds(FEATURES)
    other = fit(shuffled).log_odds(FEATURES)
    np.testing.assert_array_equal(one, other)


def test_blocks_do_not_change_what_is_said() -> None:
    model = fit(np.arange(len(BASE)))
    np.testing.assert_array_equal(model.log_odds(FEATURES), model.log_odds(FEATURES, block=7))


def test_features_are_bounded_and_ordered_within_a_chain() -> None:
    for bags in (FEATURES.steps, FEATURES.own):
        assert bags.words.min() >= 0
        assert bags.words.max() < BINS
    assert FEATURES.matrix(np.arange(len(BASE))).shape == (len(BASE), BINS + len(NUMBERS) + len(signal_names()))
    assert np.abs(FEATURES.numbers).max() <= 2
    for bags in (FEATURES.steps, FEATURES.own):
        for begin, end in zip(bags.start[:-1], bags.start[1:], strict=True):
            assert (np.diff(bags.words[begin:end]) > 0).all()


@pytest.mark.parametrize("odds", [-1000.0, 0.0, 1000.0])
def test_probability_does_not_overflow(odds: float) -> None:
    assert 0 <= probability(np.array([odds]))[0] <= 1


def test_held_out_odds_are_those_of_a_learner_without_the_fold() -> None:
    rows = np.arange(0, len(BASE), 2)
    fold = np.arange(len(rows)) % 3
    whole = fit(rows, fold)
    kept = fold != 1
    alone = fit(rows[kept]).log_odds(FEATURES)[rows[~kept]]
    np.testing.assert_allclose(whole.held_out[~kept], alone, atol=1e-4)
    assert np.isnan(fit(rows).held_out).all()
