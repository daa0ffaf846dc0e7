"""The published test: the threshold between two distributions, and the test so far while a network trains."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.autoencoder import training
from engine.autoencoder.autoencoder import Ensemble, Published
from engine.autoencoder.params import NetworkParams
from engine.autoencoder.sampling import TrainingChains
from engine.autoencoder.self_test import WATCHED_CHAINS, OrderWatch, ShuffleErrors, between
from engine.autoencoder.training import train_network
from engine.device import resolve
from engine.domain.records import MAX_STEPS
from engine.progress import Run, Step

CPU = resolve("cpu", 1)
SELDOM = 50
"""Batches between two looks: a training of ten times as many tells no more."""
ERRORS = st.lists(st.integers(0, 12), min_size=1, max_size=40).map(lambda values: np.array(values, dtype=float))


def chains(count: int, own: int) -> TrainingChains:
    random = np.random.default_rng(5)
    steps = np.full((count, MAX_STEPS), -1, dtype=np.int32)
    steps[:, :3] = random.permuted(np.tile(np.arange(9), (count, 1)), axis=1)[:, :3]
    vectors = random.normal(size=(9, 4)).astype(np.float32)
    return TrainingChains(vectors, steps, np.full(count, 3, np.int32), np.ones(count, np.int64), own)


def test_the_threshold_lies_midway_between_distributions_that_do_not_overlap():
    assert between(np.array([0.001, 0.002]), np.array([0.006, 0.4])) == pytest.approx(0.004)


def test_where_they_overlap_as_many_real_ones_lie_above_as_shuffled_below():
    random = np.random.default_rng(1)
    real, fake = random.normal(0, 1, 1000), random.normal(2, 1, 500)
    threshold = between(real, fake)
    assert (real >= threshold).mean() == pytest.approx((fake < threshold).mean(), abs=0.003)
    assert threshold == pytest.approx(1.0, abs=0.15)


def test_nothing_parts_what_is_all_the_same():
    assert between(np.ones(3), np.ones(2)) == np.inf


@given(ERRORS, ERRORS)
def test_it_is_the_lowest_with_as_large_a_share_of_shuffled_below_as_of_real_above(real, fake):
    def enough(threshold: float) -> bool:
        return (fake < threshold).sum() * len(real) >= (real >= threshold).sum() * len(fake)

    threshold = between(real, fake)
    assert enough(threshold)
    assert not any(enough(lower) for lower in np.r_[real, fake] if lower < threshold)


def test_the_report_has_the_shares_at_the_threshold():
    tested = ShuffleErrors(np.array([0.1, 0.2, 0.3, 0.9]), np.array([0.25, 0.8, 1.0, 2.0]))
    report = tested.report(tested.between())
    assert report["real_above_threshold"] == report["shuffled_above_threshold"] - 0.5 == 0.25
    assert report["shuffled_chains"] == 4
    assert report["shuffled_auc"] == pytest.approx(13 / 16)


def test_the_test_so_far_is_of_the_estates_chains_and_changes_nothing(monkeypatch):
    monkeypatch.setattr(training, "SELDOM", SELDOM)
    data = chains(40, own=25)
    watch = OrderWatch(data, 1, CPU, Run())
    assert len(watch._rows) == 25
    assert len(OrderWatch(chains(600, own=600), 1, CPU, Run())._rows) == WATCHED_CHAINS
    seen: list[Step] = []
    params = NetworkParams(hidden=12, code=8, members=2, batch=16, patience=0)
    watched = train_network(Ensemble(params), data, SELDOM + 20, 1, CPU, Run(seen.append), watch)
    unwatched = train_network(Ensemble(params), data, SELDOM + 20, 1, CPU, Run())
    for name, weights in watched.module.state_dict().items():
        assert (weights == unwatched.module.state_dict()[name]).all(), name
    told = {step.done: step.metrics.get("AUC") for step in seen}
    assert told[SELDOM - 10] is None
    assert told[SELDOM] == told[SELDOM + 10]  # asked seldom, shown ever after
    assert told[SELDOM + 20] == watch(watched)["AUC"]
    assert "AUC" not in watched.metrics  # of a sample: the manifest has the whole test


def test_an_early_stop_is_repeated_to_the_last_bit_and_told_by_the_last_step():
    data = chains(30, own=30)
    # As fast as that the loss soon stands still: asked is whether a stop repeats, not what was learnt by then.
    params = NetworkParams(hidden=4, code=2, members=1, batch=8, patience=2, learning_rate=0.3)
    seen: list[Step] = []
    one, again = (train_network(Published(params), data, 20_000, 3, CPU, Run(seen.append)) for _ in range(2))
    assert one.stop.startswith("stopped after ")
    assert one.stop == again.stop == next(step for step in seen if step.last).detail
    assert f"{one.metrics['batches']:,.0f} of 20,000 batches: 2 windows of 100 batches" in one.stop
    assert one.metrics["batches"] == again.metrics["batches"] < 20_000
    for name, weights in one.module.state_dict().items():
        assert (weights == again.module.state_dict()[name]).all(), name
