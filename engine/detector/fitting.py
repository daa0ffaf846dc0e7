"""Fitting a detector: words, network, counts, tails, threshold, self-test, in that order."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np

from engine.detector.params import DetectorParams
from engine.detector.scoring import chain_errors, step_errors
from engine.detector.shuffle_test import shuffle_test
from engine.detector.state import Fitted, Reading, final_score, fingerprint, read
from engine.detector.thresholds import threshold_for
from engine.detector.training import TrainedNetwork, TrainingSet, train_network
from engine.device import Device, resolve, threads_of
from engine.embedding import train_embedding
from engine.errors import UsageError
from engine.progress import CancelToken, Listener, Step
from engine.signals.frequency import ChainTable
from engine.signals.pairs import PairTable
from engine.signals.tails import TailTable
from engine.tables import ChainCorpus, Floats, Ints32

KNOWN_PATHS = 20_000
"""Paths kept as "nearest known": the commonest. Alternatives that hardly ever ran help nobody."""


def fit(corpus: ChainCorpus, params: DetectorParams, listener: Listener, token: CancelToken) -> Fitted:
    """Everything that a detector learns from `corpus`. Raises UsageError for an empty one, Cancelled on request."""
    if not (corpus.lengths > 0).any():
        raise UsageError("There are no chains to learn from.", remedy="Ingest logs first: oddkin ingest PATH")
    begun = time.monotonic()
    device = resolve(params.device, params.threads)
    listener(Step("device", 1, 1, detail=device.line, last=True))
    with threads_of(device):
        used = np.unique(corpus.steps[corpus.steps >= 0])
        embedding = train_embedding([corpus.paths[i] for i in used], params.embedding, params.seed, listener, token)
        data = TrainingSet(embedding.transform(corpus.paths), corpus.steps, corpus.lengths, corpus.counts)
        network = train_network(data, params.network, _batches(params, len(corpus)), params.seed, device, listener, token)
        pairs, chains = PairTable.fit(corpus), ChainTable.fit(corpus)
        reading = read(embedding, network, pairs, chains, corpus, device, listener, token, stage="calibrate")
        tails = {name: TailTable.fit(value) for name, value in reading.values.items()}
        score = final_score(params.score, reading.values, tails)
        threshold = threshold_for(params.budget, score, corpus.counts, corpus.host_days)
        report = _self_test(corpus, params, network, reading, device, listener, token)
    listener(Step("calibrate", len(corpus), len(corpus), "chains", last=True))
    metrics: dict[str, Any] = {
        "chains": len(corpus),
        "processes": int(corpus.counts.sum()),
        "paths": len(used),
        "threshold": threshold,
        "budget": params.budget.sentence,
        "flagged": int((score >= threshold).sum()),
        **{f"embedding_{name}": value for name, value in embedding.metrics.items()},
        **{f"network_{name}": value for name, value in network.metrics.items()},
        **report,
        "seconds": time.monotonic() - begun,
    }
    return Fitted(
        embedding, network, pairs, chains, tails, threshold, _commonest(corpus), fingerprint(corpus), device.line, metrics
    )


def _batches(params: DetectorParams, chains: int) -> int:
    if params.epochs is None:
        return params.network.steps
    return params.epochs * math.ceil(chains / params.network.batch)


def _self_test(
    corpus: ChainCorpus,
    params: DetectorParams,
    network: TrainedNetwork,
    reading: Reading,
    device: Device,
    listener: Listener,
    token: CancelToken,
) -> dict[str, Any]:
    """The published test, on the published error: its threshold is the same alert budget applied to the mean error."""

    def errors_of(steps: Ints32, lengths: Ints32) -> Floats:
        errors = step_errors(network, reading.vectors, steps, lengths, device, listener, token, "shuffle test")
        return chain_errors(errors, lengths)[0]

    mean = reading.values["reconstruction"]
    threshold = threshold_for(params.budget, mean, corpus.counts, corpus.host_days)
    report = shuffle_test(corpus.steps, corpus.lengths, mean, threshold, errors_of, params.seed)
    tested = int(report.get("shuffled_chains", 0))
    listener(Step("shuffle test", tested, tested, "chains", last=True))
    return {"published_threshold": threshold, **report}


def _commonest(corpus: ChainCorpus) -> tuple[str, ...]:
    """The paths that most processes ran, commonest first."""
    weight = np.zeros(len(corpus.paths), dtype=np.int64)
    rows = np.flatnonzero(corpus.lengths > 0)
    np.add.at(weight, corpus.steps[rows, corpus.lengths[rows] - 1], corpus.counts[rows])
    used = np.unique(corpus.steps[corpus.steps >= 0])
    order = used[np.argsort(-weight[used], kind="stable")][:KNOWN_PATHS]
    return tuple(corpus.paths[i] for i in order)
