"""A queue does not depend on how many cores there are."""

from __future__ import annotations

import numpy as np
import pytest

import engine.threads
from engine.detector import Detector
from engine.domain.scores import ScoreSet
from tests.engine.detector.corpus import estate, make_corpus


def numbers(scores: ScoreSet) -> list[bytes]:
    signals = [part.tobytes() for one in scores.signals for part in (one.value, one.tail)]
    return [scores.score.tobytes(), scores.step_errors.tobytes(), scores.worst_step.tobytes(), *signals]


@pytest.mark.parametrize("block", [7, 1 << 15])
def test_one_core_and_five_give_the_same_bytes(detector: Detector, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    corpus = make_corpus(estate(300, seed=5))
    monkeypatch.setattr(engine.threads, "PAYS", 1)
    monkeypatch.setattr("engine.detector.reading.ROWS", block)
    monkeypatch.setattr("engine.autoencoder.scoring.BATCH", 16)
    found = []
    for cores in (1, 5):
        monkeypatch.setattr(engine.threads, "cores", lambda cores=cores: cores)
        found.append(detector.score(corpus))
    one, five = found
    assert numbers(one) == numbers(five)
    assert np.isfinite(one.score).all()
    assert len(one.signals) > 5
