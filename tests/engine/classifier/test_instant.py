from __future__ import annotations

import numpy as np
import pytest

from engine.classifier.features import BINS, NUMBERS
from engine.classifier.instant import STRENGTH, InstantLearner, probability
from tests.engine.classifier.queues import make_queue

BASE, FEATURES, ATTACK = make_queue()


def test_it_finds_the_same_optimum_as_scikit_learn() -> None:
    from sklearn.linear_model import LogisticRegression

    rows = np.arange(0, len(BASE), 2)
    ours = InstantLearner.fit(FEATURES, rows, ATTACK[rows]).log_odds(FEATURES)
    model = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=5000, tol=1e-8)
    model.fit(FEATURES.matrix(rows), ATTACK[rows])
    theirs = model.decision_function(FEATURES.matrix(np.arange(len(BASE))))
    np.testing.assert_allclose(ours, theirs, atol=0.01)


def test_the_order_of_labels_does_not_matter() -> None:
    rows = np.arange(0, len(BASE), 2)
    shuffled = np.random.default_rng(5).permutation(rows)
    one = InstantLearner.fit(FEATURES, rows, ATTACK[rows]).log_odds(FEATURES)
    other = InstantLearner.fit(FEATURES, shuffled, ATTACK[shuffled]).log_odds(FEATURES)
    np.testing.assert_allclose(one, other, atol=1e-6)


def test_blocks_do_not_change_what_is_said() -> None:
    model = InstantLearner.fit(FEATURES, np.arange(len(BASE)), ATTACK)
    np.testing.assert_allclose(model.log_odds(FEATURES), model.log_odds(FEATURES, block=7))


def test_features_are_bounded_and_ordered_within_a_chain() -> None:
    assert FEATURES.words.min() >= 0
    assert FEATURES.words.max() < BINS
    assert FEATURES.numbers.shape == (len(BASE), len(NUMBERS))
    assert np.abs(FEATURES.numbers).max() <= 2
    for begin, end in zip(FEATURES.start[:-1], FEATURES.start[1:], strict=True):
        assert (np.diff(FEATURES.words[begin:end]) > 0).all()


@pytest.mark.parametrize("odds", [-1000.0, 0.0, 1000.0])
def test_probability_does_not_overflow(odds: float) -> None:
    assert 0 <= probability(np.array([odds]))[0] <= 1
