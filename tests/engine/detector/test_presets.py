"""The first paper's settings, what somebody changes of them, and that what is asked for is what is run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.autoencoder.autoencoder import Ensemble, Published
from engine.autoencoder.params import NetworkParams
from engine.detector import AlertBudget, Detector, DetectorParams
from engine.detector.presets import Changes, as_published
from engine.errors import UsageError
from engine.words.embedding import EmbeddingParams
from tests.engine.detector.conftest import QUICK
from tests.engine.detector.corpus import estate, make_corpus


def test_the_papers_settings_line_by_line():
    params = as_published(DetectorParams(seed=7, device="cpu"))
    assert (params.seed, params.device) == (7, "cpu")
    assert (params.score, params.threshold, params.epochs) == ("published", "shuffle", 2000)
    assert (params.embedding.size, params.embedding.epochs) == (64, 20)
    network = params.autoencoder
    assert isinstance(network, Published)
    assert (network.params.batch, network.params.patience, network.params.weighting) == (64, 0, "none")
    assert not params.threat_prior
    assert DetectorParams.from_dict(params.to_dict()) == params


def test_what_is_asked_for_replaces_what_the_preset_has_and_nothing_else():
    preset = as_published(DetectorParams())
    assert Changes().of(preset) == preset
    changed = Changes(epochs=3, batch=32, word_epochs=5, early_stop=True).of(preset)
    assert (changed.epochs, changed.network.batch, changed.embedding.epochs) == (3, 32, 5)
    assert changed.autoencoder.params.patience == NetworkParams().patience
    assert changed.threshold == "shuffle"
    budgeted = Changes(budget=AlertBudget(per_host_day=2)).of(preset)
    assert (budgeted.threshold, budgeted.budget.per_host_day) == ("budget", 2)


@pytest.mark.parametrize(
    ("changes", "patience"),
    [(Changes(), 6), (Changes(epochs=9), 0), (Changes(epochs=9, early_stop=True), 6), (Changes(early_stop=False), 0)],
)
def test_epochs_that_are_asked_for_are_run_unless_an_early_stop_is_too(changes: Changes, patience: int):
    network = changes.of(DetectorParams()).autoencoder
    assert isinstance(network, Ensemble)
    assert network.params.patience == patience


@pytest.mark.parametrize(
    "make",
    [
        lambda: DetectorParams(threshold="shuffle"),
        lambda: DetectorParams(threshold="guess"),
        lambda: DetectorParams(network=NetworkParams(batch=0)),
        lambda: DetectorParams(embedding=EmbeddingParams(epochs=0)),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(make):
    with pytest.raises(UsageError):
        make()


def test_an_epoch_is_as_many_batches_as_hold_the_chains_that_have_steps():
    few = replace(QUICK, network=NetworkParams(hidden=4, code=2, batch=16), embedding=EmbeddingParams(epochs=2), epochs=3)
    corpus = make_corpus({(): 2, **{("/r", f"/{i}"): 1 for i in range(31)}})
    metrics = Detector(few).fit(corpus).fitted.metrics
    assert metrics["network_batches"] == metrics["network_ordered"] == 3 * 2
    assert "network_stop" not in metrics
    more = make_corpus({(): 2, **{("/r", f"/{i}"): 1 for i in range(33)}})
    assert Detector(few).fit(more).fitted.metrics["network_batches"] == 3 * 3


def test_the_published_threshold_is_the_shuffle_tests_in_every_case_that_is_scored():
    corpus = make_corpus(estate(80))
    params = Changes(epochs=40).of(as_published(replace(QUICK, network=NetworkParams())))
    detector = Detector(params).fit(corpus)
    metrics = detector.fitted.metrics
    scores = detector.score(corpus)
    assert scores.threshold == detector.fitted.threshold == metrics["threshold"] == metrics["published_threshold"]
    assert metrics["threshold_origin"].startswith("shuffle test: ")
    share = metrics["real_above_threshold"]
    assert share == pytest.approx(1 - metrics["shuffled_above_threshold"], abs=0.02)
    assert detector.score(make_corpus(estate(20, seed=4))).threshold == scores.threshold
    assert np.array_equal(scores.score, scores.signals[0].value)


def test_without_a_chain_to_shuffle_the_published_threshold_is_the_budgets():
    params = Changes(epochs=1).of(as_published(QUICK))
    metrics = Detector(params).fit(make_corpus({("/a",): 3, ("/b",): 2})).fitted.metrics
    budget = "1 chains per host-day of the queue itself, at least 20"
    assert metrics["threshold_origin"] == f"alert budget (no chain can be shuffled): {budget}"
    assert metrics["shuffled_chains"] == 0
