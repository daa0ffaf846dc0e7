"""One small detector, fitted once for all tests that only look at it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.autoencoder.params import NetworkParams
from engine.detector import AlertBudget, Detector, DetectorParams
from engine.domain.chains import ChainCorpus
from engine.words.embedding import EmbeddingParams
from tests.engine.detector.corpus import estate, make_corpus

QUICK = DetectorParams(
    device="cpu",
    embedding=EmbeddingParams(epochs=40),
    network=NetworkParams(hidden=32, code=16, steps=400, batch=64),
    budget=AlertBudget(per_host_day=1.0, at_least=20),
)
TINY = replace(QUICK, embedding=EmbeddingParams(epochs=2), network=NetworkParams(hidden=8, code=4, members=2, steps=20, batch=64))
"""For tests of what becomes of scores, whatever they are: nothing is learnt in so few batches."""


@pytest.fixture(scope="session")
def corpus() -> ChainCorpus:
    return make_corpus(estate(200, attacks=True))


@pytest.fixture(scope="session")
def detector(corpus: ChainCorpus) -> Detector:
    return Detector(QUICK).fit(corpus)


@pytest.fixture(scope="session")
def scores(detector: Detector, corpus: ChainCorpus):
    return detector.score(corpus)
