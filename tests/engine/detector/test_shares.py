"""The parts of a finding's score by signal add up to it, for scores of processes that took over from their ancestors too."""

from __future__ import annotations

import numpy as np
import pytest

from engine.detector import Detector, DetectorParams
from engine.detector import shares as module
from engine.detector.params import PUBLISHED
from engine.signals.ancestry import lifted_by_ancestors
from engine.signals.registry import find
from tests.engine.detector.conftest import TINY
from tests.engine.detector.test_process_scores import case


@pytest.fixture(scope="module")
def fitted() -> Detector:
    corpus, table = case()
    return Detector(TINY).fit(corpus, processes=table)


def test_parts_add_up_before_they_are_scaled(fitted: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
    unscaled = []
    monkeypatch.setattr(module, "_scaled", lambda parts, score: unscaled.append((parts, score)) or parts.astype(np.float32))
    corpus, table = case()
    fitted.score(corpus, processes=table)
    ((parts, score),) = unscaled
    # The scores of processes are kept in single precision.
    assert parts.sum(axis=1) == pytest.approx(score, rel=1e-5)


def test_they_are_of_the_signals_that_are_fused(fitted: Detector) -> None:
    corpus, table = case()
    scores = fitted.score(corpus, processes=table)
    assert scores.parts is not None
    assert scores.findings is not None
    assert scores.parts.values.shape == (len(scores.findings.score), len(scores.parts.names))
    for name in scores.parts.names:
        signal = find(name)
        assert signal is not None
        assert signal.family is not None
    assert (scores.parts.values >= 0).all()
    assert scores.parts.values.sum(axis=1) == pytest.approx(scores.findings.score, rel=1e-5)


def test_the_published_score_is_of_one_signal() -> None:
    corpus, table = case()
    scores = Detector(DetectorParams(**PUBLISHED_QUICK)).fit(corpus, processes=table).score(corpus, processes=table)
    assert scores.parts is not None
    assert scores.parts.names == ("reconstruction",)


PUBLISHED_QUICK = {name: getattr(TINY, name) for name in TINY.__dataclass_fields__} | {"score": PUBLISHED}


def test_the_ancestor_that_lifts_is_the_one_that_the_score_is_of() -> None:
    _corpus, table = case()
    generator = np.random.default_rng(3)
    own = np.where(table.chain >= 0, generator.random(len(table)), -np.inf)
    lifted = lifted_by_ancestors(own, table)
    every = np.flatnonzero(np.isfinite(own))
    above = module.lifting(own, table, every)
    share = np.where(above >= 0, own[every] + module.SHARE * (own[np.maximum(above, 0)] - own[every]), own[every])
    assert share == pytest.approx(lifted[every])
