"""The drift report tells the model's own estate from a foreign one."""

from __future__ import annotations

import numpy as np
import pytest

from engine.detector.drift import Advice, Drift, distance, drift
from tests.engine.detector.corpus import estate, make_corpus


def test_the_training_case_has_not_drifted(detector, scores, corpus) -> None:
    found = drift(detector.fitted, corpus, {one.name: one.value for one in scores.signals})
    assert (found.images, found.pairs, found.words, found.chains) == (0, 0, 0, 0)
    assert max(found.shifts.values()) == 0
    assert found.advice is Advice.USE


def test_another_estate_is_told(detector) -> None:
    foreign = make_corpus({(f"/opt/v{n}/start", f"/opt/v{n}/run{k}"): 1 for n in range(10) for k in range(4)})
    found = drift(detector.fitted, foreign, detector.signals(foreign))
    assert (found.images, found.pairs, found.chains) == (1, 1, 1)
    assert found.words > 0.5
    assert found.advice is Advice.RETRAIN


def test_another_sample_of_the_estate_is_nearer_than_a_foreign_one(detector) -> None:
    near = make_corpus(estate(200, seed=3))
    found = drift(detector.fitted, near, detector.signals(near))
    assert found.images < 0.2
    assert found.advice is not Advice.RETRAIN


def test_shares_count_processes_and_not_chains(detector, corpus) -> None:
    known = next(iter(estate(200)))
    mixed = make_corpus({known: 99, (*known, "/new/thing"): 1})
    found = drift(detector.fitted, mixed, detector.signals(mixed))
    assert found.images == pytest.approx(0.01)
    assert found.chains == 0.5


def test_the_distance_is_that_of_kolmogorov_and_smirnov() -> None:
    from scipy.stats import ks_2samp

    random = np.random.default_rng(0)
    one, other = random.normal(0, 1, 300).round(1), random.normal(0.4, 2, 200).round(1)
    assert distance(one, other) == pytest.approx(ks_2samp(one, other).statistic)
    assert distance(np.r_[one, np.nan], other) == distance(one, other)
    assert distance(np.zeros(0), one) == 0


@pytest.mark.parametrize(
    ("pairs", "shift", "advice"),
    [(0, 0, Advice.USE), (0.3, 0, Advice.CAUTION), (0, 0.5, Advice.CAUTION), (0.6, 0, Advice.RETRAIN), (0, 0.8, Advice.RETRAIN)],
)
def test_either_figure_is_enough_for_a_warning(pairs: float, shift: float, advice: Advice) -> None:
    assert Drift(0, pairs, 0, 0, {"a": shift}).advice is advice
