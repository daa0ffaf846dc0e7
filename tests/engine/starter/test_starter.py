"""A detector with everything that a starter brings: more signals, and the same bits after saving and loading."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from engine.autoencoder.params import NetworkParams
from engine.detector import Detector, Starter
from engine.domain.corpora import empty_like
from engine.errors import ModelCorrupt
from engine.signals.threat_features import ThreatFeatures
from engine.signals.threat_prior import ThreatPrior
from tests.engine.detector.conftest import QUICK
from tests.engine.detector.test_threat import BAD, BENIGN
from tests.engine.process_samples import make_table

TINY = dataclasses.replace(QUICK, network=NetworkParams(hidden=6, code=3, steps=20, members=2))


@pytest.fixture(scope="module")
def starter() -> Starter:
    corpus, table = make_table(BENIGN + BAD)
    features = ThreatFeatures.of(corpus, table)
    attack = features.chain >= len(BENIGN)
    source = np.where(features.chain % 2 == 0, "a", "b")
    everyday, everyday_table = make_table(BENIGN)
    return Starter(everyday, everyday_table, ThreatPrior.fit(features, attack, source, corpus, 1))


@pytest.fixture(scope="module")
def queue():
    return make_table(BENIGN[:20] + BAD[:5])


@pytest.fixture(scope="module")
def detector(starter) -> Detector:
    corpus, table = make_table(BENIGN[10:30])
    return Detector(TINY).fit(corpus, processes=table, starter=starter)


def test_a_starter_adds_its_signals(detector, queue):
    corpus, table = queue
    names = {signal.name for signal in detector.score(corpus, processes=table).signals}
    assert {"starter_rarity", "command_rarity", "threat_classes", "threat_words"} <= names
    without = {signal.name for signal in detector.score(corpus).signals}
    assert "starter_rarity" in without
    assert not {"command_rarity", "threat_classes"} & without


def test_beside_a_starter_the_estate_is_seen_as_often_as_alone(detector, starter):
    corpus, table = make_table(BENIGN[10:30])
    alone = Detector(TINY).fit(corpus, processes=table)
    assert alone.fitted.metrics["network_batches"] == TINY.network.steps
    few = make_table(BENIGN[10:12])
    beside = Detector(TINY).fit(few[0], processes=few[1], starter=starter)
    assert beside.fitted.metrics["network_batches"] == 2 * TINY.network.steps  # half of the draws are the estate's
    assert TINY.network.steps < detector.fitted.metrics["network_batches"] <= 2 * TINY.network.steps
    only = Detector(TINY).fit(empty_like(corpus), starter=starter)
    assert only.fitted.metrics["network_batches"] == TINY.network.steps


def test_the_same_bits_after_saving(detector, queue, tmp_path):
    corpus, table = queue
    detector.save(tmp_path)
    one = detector.score(corpus, processes=table)
    other = Detector.load(tmp_path, device="cpu").score(corpus, processes=table)
    assert np.array_equal(one.score, other.score)
    for first, second in zip(one.signals, other.signals, strict=True):
        assert first.name == second.name
        assert np.array_equal(first.value, second.value, equal_nan=True)


@pytest.mark.parametrize("name", ["command_pairs", "starter_pairs", "white_basis", "threat_feature", "word_shares"])
def test_damaged_parts_are_model_corrupt(detector, tmp_path, name):
    detector.save(tmp_path)
    with np.load(tmp_path / "arrays.npz") as stored:
        arrays = {key: stored[key] for key in stored.files}
    arrays[name] = arrays[name][:-1] if name == "word_shares" else arrays[name] - (10**6 if arrays[name].itemsize < 8 else 2**50)
    if name == "white_basis":
        arrays[name] = arrays[name].T
    np.savez(tmp_path / "arrays.npz", **arrays)
    with pytest.raises(ModelCorrupt):
        Detector.load(tmp_path, device="cpu")


def test_the_prior_can_be_switched_off(starter, queue):
    corpus, table = make_table(BENIGN[10:30])
    off = Detector(dataclasses.replace(TINY, threat_prior=False)).fit(corpus, processes=table, starter=starter)
    assert "threat_classes" not in off.fitted.learnt
    names = {signal.name for signal in off.score(queue[0], processes=queue[1]).signals}
    assert not any(name.startswith("threat") for name in names)


def test_a_starter_alone_is_enough(starter, queue):
    assert starter.corpus is not None
    alone = Detector(TINY).fit(empty_like(starter.corpus), starter=starter)
    scores = alone.score(queue[0], processes=queue[1])
    assert np.isfinite(scores.score).all()
    by_name = {signal.name for signal in scores.signals}
    assert "window_rarity" in by_name
    assert "starter_rarity" not in by_name
