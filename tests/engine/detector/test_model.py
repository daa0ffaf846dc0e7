"""The detector as its users see it: fit, score, explain."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys

import numpy as np
import pytest

from engine.autoencoder.params import NetworkParams
from engine.detector import AlertBudget, Detector, DetectorParams
from engine.domain.records import MAX_STEPS
from engine.errors import Cancelled, ModelError, UsageError
from engine.measure.baselines import rankings
from engine.progress import CancelToken, Run
from tests.engine.detector.conftest import QUICK
from tests.engine.detector.corpus import ATTACK, S32, WINDOWS_BASE, estate, make_corpus


def test_planted_chains_come_out_on_top(scores, corpus):
    rank = np.empty(len(corpus), dtype=int)
    rank[np.argsort(-scores.score)] = np.arange(1, len(corpus) + 1)
    assert sorted(rank[-len(ATTACK) :])[0] == 1
    assert max(rank[-len(ATTACK) :]) <= 15
    assert (scores.finding[-len(ATTACK) :] > 0).all()


def test_every_column_fits_the_corpus(scores, corpus):
    c = len(corpus)
    assert scores.ids.tolist() == corpus.ids.tolist()
    assert scores.score.shape == (c,)
    assert np.isfinite(scores.score).all()
    assert scores.step_errors.shape == (c, MAX_STEPS)
    inside = np.arange(MAX_STEPS) < corpus.lengths[:, None]
    assert (np.isfinite(scores.step_errors) == inside).all()
    assert [signal.name for signal in scores.signals] == [
        "reconstruction", "reconstruction_worst", "pair_rarity", "window_rarity", "chain_frequency", "rolefrac", "role_share",
        "prior", "build_tree", "reconstruction_by_place", "reconstruction_spread", "order_rarity", "host_prevalence",
    ]  # fmt: skip
    for signal in scores.signals:
        assert ((signal.tail > 0) & (signal.tail <= 1)).all()


def test_mean_and_worst_step_are_those_of_the_step_errors(scores, corpus):
    by_name = {signal.name: signal.value for signal in scores.signals}
    assert by_name["reconstruction"] == pytest.approx(np.nanmean(scores.step_errors.astype(float), axis=1))
    assert by_name["reconstruction_worst"] == pytest.approx(np.nanmax(scores.step_errors, axis=1))
    assert np.array_equal(scores.worst_step, np.nanargmax(scores.step_errors, axis=1))


def test_flagged_chains_keep_within_the_budget_and_are_all_explained(scores, corpus):
    flagged = scores.score >= scores.threshold
    assert 0 < flagged.sum() <= 20
    assert ((scores.finding > 0) == flagged).all()
    assert set(np.flatnonzero(flagged)) <= set(scores.expectations)
    assert len(scores.expectations) == len(corpus)  # fewer than 1,000 chains: all of them
    for row, expectation in scores.expectations.items():
        assert expectation.step == scores.worst_step[row]


def test_the_same_seed_gives_the_same_scores_and_another_seed_does_not(corpus):
    short = dataclasses.replace(QUICK, network=dataclasses.replace(QUICK.network, steps=60))
    one, again, other = (
        Detector(params).fit(corpus).score(corpus) for params in (short, short, dataclasses.replace(short, seed=2))
    )
    assert np.array_equal(again.score, one.score)
    assert np.array_equal(again.step_errors, one.step_errors, equal_nan=True)
    assert not np.array_equal(other.step_errors, one.step_errors, equal_nan=True)


def test_the_published_score_is_the_mean_error_alone(corpus):
    tiny = dataclasses.replace(QUICK, score="published", network=NetworkParams(hidden=8, code=4, steps=20))
    scores = Detector(tiny).fit(corpus).score(corpus)
    assert np.array_equal(scores.score, scores.signals[0].value)
    names = {signal.name for signal in scores.signals}
    assert {"window_rarity", "prior", "rolefrac", "host_prevalence"} <= names  # everything else stays visible
    assert "reconstruction_spread" not in names  # one network has none


def test_an_executable_that_training_never_saw_is_scored_and_explained(detector):
    foreign = make_corpus(
        {(*WINDOWS_BASE, "c:/new vendor/thing.exe"): 1, ("漢字/新",): 1, (*WINDOWS_BASE, f"{S32}conhost.exe"): 7}
    )
    scores = detector.score(foreign)
    assert np.isfinite(scores.score).all()
    rarity = next(signal for signal in scores.signals if signal.name == "window_rarity")
    assert rarity.value[0] > rarity.value[2]
    assert rarity.tail[0] < rarity.tail[2]
    expectation = detector.expect(foreign, 0, 3)
    assert expectation.sentence.startswith("svchost.exe started thing.exe: seen 0 of ")
    assert expectation.alternatives


def test_expectation_for_one_step_equals_the_one_in_the_scores(detector, scores, corpus):
    row = len(corpus) - 1
    one = detector.expect(corpus, row, int(scores.worst_step[row]))
    assert one == dataclasses.replace(scores.expectations[row], reasons=one.reasons)


def test_expectation_counts_and_names_what_usually_follows():
    corpus = make_corpus({("/r",): 1, ("/r", "/a"): 41, ("/r", "/b"): 9, ("/r", "/a", "/c"): 1})
    tiny = dataclasses.replace(QUICK, network=NetworkParams(hidden=4, code=2, steps=2))
    asked = make_corpus({("/r", "/c"): 1})
    expectation = Detector(tiny).fit(corpus).expect(asked, 0, 1)
    assert expectation.sentence.startswith("r started c: seen 0 of 50 times; expected here: a (41), b (9)")
    assert expectation.alternatives[:2] == ("/a", "/b")


@pytest.mark.parametrize("step", [-1, 6, 10])
def test_a_step_that_the_chain_does_not_have(detector, corpus, step):
    with pytest.raises(UsageError):
        detector.expect(corpus, len(corpus) - 3, step)


def test_a_case_without_chains_scores_to_nothing(detector):
    scores = detector.score(make_corpus({}))
    assert len(scores.score) == 0
    assert scores.expectations == {}


def test_a_chain_without_steps_is_kept_and_harmless(detector, corpus):
    mixed = make_corpus({(): 3, ("/usr/bin/bash",): 1})
    scores = detector.score(mixed)
    assert np.isfinite(scores.score).all()
    assert 0 not in scores.expectations


def test_nothing_can_be_learnt_from_nothing():
    with pytest.raises(UsageError):
        Detector(QUICK).fit(make_corpus({}))


def test_an_untrained_detector_says_so(corpus):
    with pytest.raises(ModelError):
        Detector().score(corpus)


@pytest.mark.parametrize("stage", ["learn words", "train", "calibrate", "shuffle test"])
def test_cancelling_leaves_the_detector_as_it_was(detector, corpus, stage):
    token = CancelToken()
    fresh = Detector(dataclasses.replace(QUICK, network=NetworkParams(hidden=8, code=4, steps=30)))

    def listener(step):
        if step.stage == stage:
            token.cancel()

    with pytest.raises(Cancelled):
        fresh.fit(corpus, Run(listener, token))
    assert fresh.fitted_ is None
    kept = detector.fitted_
    cancelled = CancelToken()
    cancelled.cancel()
    with pytest.raises(Cancelled):
        detector.fit(corpus, Run(token=cancelled))
    assert detector.fitted_ is kept


def test_scoring_can_be_cancelled(detector, corpus):
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        detector.score(corpus, Run(token=token))


def test_progress_names_every_stage_and_ends_it(corpus):
    steps = []
    Detector(dataclasses.replace(QUICK, epochs=3)).fit(corpus, Run(steps.append))
    ended = [step.stage for step in steps if step.last]
    assert ended == ["device", "learn words", "train", "read signals", "shuffle test", "calibrate"]
    train = [step for step in steps if step.stage == "train"][-1]
    assert train.total == 3 * -(-len(corpus) // QUICK.network.batch)
    assert set(train.metrics) == {"loss", "chains/s", "AUC"}
    assert train.done == train.total  # passes that were asked for are run


def test_counts_of_the_training_case_are_used_for_another(detector, corpus):
    one = make_corpus(estate(60, seed=9))
    many = make_corpus({chain: 1000 * n for chain, n in estate(60, seed=9).items()})
    assert np.array_equal(detector.score(one).score, detector.score(many).score)


def test_every_ranking_has_a_score_per_chain(scores, corpus):
    methods = rankings(corpus, scores)
    assert list(methods) == [
        "random", "rolefrac", "chain_frequency", "host_prevalence", "pair_rarity", "window_rarity", "order_rarity", "prior",
        "role_share", "reconstruction", "reconstruction_worst", "reconstruction_by_place", "detector",
    ]  # fmt: skip
    assert all(len(score) == len(corpus) for score in methods.values())


def test_signals_are_those_of_the_scores(detector, corpus, scores):
    signals = detector.signals(corpus)
    assert list(signals) == [signal.name for signal in scores.signals]
    assert all(np.array_equal(signals[signal.name], signal.value, equal_nan=True) for signal in scores.signals)


@pytest.mark.parametrize(
    "make",
    [
        lambda: DetectorParams(network=NetworkParams(estate=1)),
        lambda: DetectorParams(score="best"),
        lambda: DetectorParams(epochs=0),
        lambda: DetectorParams(network=NetworkParams(weighting="cubic")),
        lambda: AlertBudget(per_host_day=-1),
    ],
)
def test_impossible_settings_are_usage_errors(make):
    with pytest.raises(UsageError):
        make()


def test_importing_the_detector_imports_no_heavy_library():
    code = (
        "import sys, engine.detector, engine.metrics.ranking; print({'torch', 'gensim', 'sklearn', 'scipy'} & set(sys.modules))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == "set()"
