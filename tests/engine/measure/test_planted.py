from __future__ import annotations

import dataclasses
from itertools import pairwise

import numpy as np

from engine.detector import Detector
from engine.paths import basename
from tests.planted import Planted, found, plant, report


def test_one_step_is_replaced_by_one_that_never_stood_there(corpus):
    planted = plant(corpus, 80, seed=1)
    assert len(planted.rows) == 80
    original = corpus.steps[planted.rows]
    assert ((planted.steps != original).sum(axis=1) == 1).all()
    assert (planted.steps[np.arange(80), planted.at] != original[np.arange(80), planted.at]).all()
    seen = {
        (basename(corpus.paths[a]), basename(corpus.paths[b]))
        for steps, length in zip(corpus.steps, corpus.lengths, strict=True)
        for a, b in pairwise(steps[:length])
    }
    for steps, at, row in zip(planted.steps, planted.at, planted.rows, strict=True):
        if at:
            assert (basename(corpus.paths[steps[at - 1]]), basename(corpus.paths[steps[at]])) not in seen
        assert corpus.lengths[row] >= 2


def test_the_worst_step_points_at_it_more_often_than_chance(detector, corpus):
    planted = plant(corpus, 200, seed=2)
    shares = report(found(detector, corpus, planted), planted, corpus.lengths)
    assert set(shares) == {"all", "root", "middle", "leaf", "chance"}
    assert shares["all"] > shares["chance"] + 0.2


def test_an_estate_with_nothing_to_swap_plants_nothing(corpus):
    nothing = Planted(np.zeros(0, np.int64), np.zeros(0, np.int64), corpus.steps[:0])
    assert np.isnan(report(np.zeros(0, bool), nothing, corpus.lengths)["all"])


def test_wrong_steps_in_training_make_it_point_there_more_often(detector, corpus):
    plain = dataclasses.replace(detector.params, network=dataclasses.replace(detector.params.network, contrast=0.0))
    planted = plant(corpus, 400, seed=3)
    with_them = report(found(detector, corpus, planted), planted, corpus.lengths)["all"]
    without = report(found(Detector(plain).fit(corpus), corpus, planted), planted, corpus.lengths)["all"]
    assert with_them > without + 0.03
