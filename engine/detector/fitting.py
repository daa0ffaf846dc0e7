"""Fitting a detector: words, network, counts, tails, threshold, self-test, in that order."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import Any

from engine.autoencoder.sampling import TrainingChains, weights
from engine.autoencoder.scoring import chain_errors, step_errors
from engine.autoencoder.self_test import OrderWatch, ShuffleErrors, shuffle_test
from engine.autoencoder.training import TrainedNetwork, train_network
from engine.detector.clean_days import calibrated, promise_of
from engine.detector.cost import cost_of
from engine.detector.known import KnownPaths
from engine.detector.params import PUBLISHED, SHUFFLE, DetectorParams
from engine.detector.promise import Promise
from engine.detector.reading import Reading, final_score, read
from engine.detector.state import Fitted, Rows, fingerprint
from engine.detector.thresholds import threshold_for
from engine.device import Device, resolve, threads_of
from engine.domain.arrays import Floats, Floats32, Ints, Ints32
from engine.domain.chains import ChainCorpus
from engine.domain.corpora import joined
from engine.domain.distinct import distinct
from engine.domain.processes import ProcessTable
from engine.errors import UsageError
from engine.progress import Run, Step
from engine.signals.frequency import ChainTable
from engine.signals.pairs import PairTable
from engine.signals.registry import signals
from engine.signals.signal import TrainingView
from engine.signals.step_tails import StepTails, step_roles
from engine.signals.tails import TailTable
from engine.starter.starter import Starter
from engine.words.embedding import train_embedding

MEAN_ERROR = "reconstruction"
"""The published error of a chain, among the signals."""
LEAST_SHARE = 0.5
"""Of the draws, for the number of batches: however small the estate is, training takes no more than twice as long."""


def fit(rows: Rows, params: DetectorParams, run: Run, starter: Starter | None = None) -> tuple[Fitted, Reading]:
    """Everything that a detector learns, and what it then reads of the rows. Raises UsageError when there is no chain at all,
    Cancelled on request.

    The network, its words and the command lines learn from the estate's chains and the starter's together; chains and pairs
    are counted apart.
    """
    starter = starter or Starter()
    corpus, table = rows.merged()
    both, both_table = _together(corpus, table, starter)
    if not (both.lengths > 0).any():
        raise UsageError("There are no chains to learn from.", remedy="Ingest logs first: oddkin ingest PATH")
    run.raise_if_cancelled()
    begun = time.monotonic()
    device = resolve(params.device, params.threads)
    run.report(Step("device", 1, 1, detail=device.line, last=True))
    with threads_of(device):
        learnt = _learn(corpus, table, both, both_table, params, starter, device, run)
        whole = read(learnt, rows, device, run, stage="calibrate")
        reading = whole.merged(rows)
        tails = {name: TailTable.fit(value) for name, value in reading.values.items()}
        score = final_score(params, reading.values, 1.0, table)
        tested = _self_test(corpus, params, learnt.network, reading, device, run) if len(corpus) else None
        calibration = calibrated(learnt, params, starter.days, rows, device, run)
        promise = None if calibration is None else promise_of(calibration, corpus)
        threshold, origin = _threshold(params, score, corpus, tested, promise)
    cost = cost_of(score >= threshold, table) if table is not None else None
    run.report(Step("calibrate", len(corpus), len(corpus), "chains", last=True))
    metrics: dict[str, Any] = {
        "chains": len(corpus),
        "starter_chains": len(both) - len(corpus),
        "processes": int(corpus.counts.sum()),
        "paths": len(distinct(both.steps[both.steps >= 0])),
        "threshold": threshold,
        "threshold_origin": origin,
        "flagged": int((score >= threshold).sum()),
        **({"calibration": cost.plain()} if cost is not None else {}),
        **{f"embedding_{name}": value for name, value in learnt.embedding.metrics.items()},
        **{f"network_{name}": value for name, value in learnt.network.metrics.items()},
        **({"network_stop": learnt.network.stop} if learnt.network.stop else {}),
        **_report(params, corpus, reading, tested, threshold),
        "seconds": time.monotonic() - begun,
    }
    steps = StepTails.fit(reading.errors, step_roles(corpus.paths, corpus.steps))
    learnt = replace(learnt, tails=tails, step_tails=steps, threshold=threshold, metrics=metrics, calibration=calibration)
    return learnt, whole


def _together(corpus: ChainCorpus, table: ProcessTable | None, starter: Starter) -> tuple[ChainCorpus, ProcessTable | None]:
    if starter.corpus is None:
        return corpus, table
    if not len(corpus):
        return starter.corpus, starter.processes
    return joined(corpus, table, starter.corpus, starter.processes)


def _learn(
    corpus: ChainCorpus,
    table: ProcessTable | None,
    both: ChainCorpus,
    both_table: ProcessTable | None,
    params: DetectorParams,
    starter: Starter,
    device: Device,
    run: Run,
) -> Fitted:
    used = distinct(both.steps[both.steps >= 0])
    embedding = train_embedding([both.paths[i] for i in used], params.embedding, params.seed, run)
    inputs = params.autoencoder.inputs(embedding, both.paths, both.steps, both.counts)
    vectors = embedding.transform(both.paths) if inputs is None else inputs.transform(embedding, both.paths)
    data = TrainingChains(vectors, both.steps, both.lengths, both.counts, len(corpus))
    batches = _batches(params, both, len(corpus))
    watch = OrderWatch(data, params.seed, device, run)
    network = train_network(params.autoencoder, data, batches, params.seed, device, run, watch)

    def errors_of(rows: Ints) -> Floats32:
        return step_errors(network, vectors, both.steps[rows], both.lengths[rows], device, run.quiet())

    elsewhere = starter.corpus if len(corpus) else None
    threat = starter.threat if params.threat_prior else None
    training = TrainingView(both, both_table, elsewhere, threat, None if inputs is None else errors_of)
    learnt = {signal.name: signal.fit(training) for signal in signals()}
    return Fitted(
        embedding=embedding,
        inputs=inputs,
        network=network,
        # A detector of a starter alone has nothing else to count: its counts then are the estate's.
        pairs=PairTable.fit(corpus, table) if len(corpus) else PairTable.fit(both, both_table),
        chains=ChainTable.fit(corpus if len(corpus) else both),
        learnt={name: found for name, found in learnt.items() if found is not None},
        known=KnownPaths.of(both, len(corpus)),
        fingerprint=fingerprint(both),
        device=device.line,
    )


def _batches(params: DetectorParams, both: ChainCorpus, own: int) -> int:
    """More beside a starter, so that the estate is seen as often as it would be alone: at half of the draws the worst step
    pointed at a planted one in .84 of the cases, with twice the batches in .87 (docs/detection.md).
    """
    if params.epochs is None:
        weight = weights(both.counts, own, params.network)
        share = weight[:own].sum() / weight.sum() if own else 1.0
        return round(params.network.steps / max(float(share), LEAST_SHARE))
    return params.epochs * math.ceil(int((both.lengths > 0).sum()) / params.network.batch)


def _self_test(
    corpus: ChainCorpus,
    params: DetectorParams,
    network: TrainedNetwork,
    reading: Reading,
    device: Device,
    run: Run,
) -> ShuffleErrors | None:
    """The published test, on the published error."""

    def errors_of(steps: Ints32, lengths: Ints32) -> Floats:
        errors = step_errors(network, reading.vectors, steps, lengths, device, run, "shuffle test")
        return chain_errors(errors, lengths)[0]

    tested = shuffle_test(corpus.steps, corpus.lengths, reading.values[MEAN_ERROR], errors_of, params.seed)
    chains = 0 if tested is None else len(tested.real)
    run.report(Step("shuffle test", chains, chains, "chains", last=True))
    return tested


def _threshold(
    params: DetectorParams, score: Floats, corpus: ChainCorpus, tested: ShuffleErrors | None, promise: Promise | None
) -> tuple[float, str]:
    """Of the score, and where it comes from in words."""
    if params.threshold == SHUFFLE and tested is not None:
        return tested.between(), "shuffle test: as many of the real chains above it as of the shuffled below, in shares"
    without = " (no chain can be shuffled)" if params.threshold == SHUFFLE else ""
    if promise is not None:
        return promise.threshold(params.budget), f"alert budget: {params.budget.sentence}, {promise.origin}"
    threshold = threshold_for(params.budget, score, corpus.counts, corpus.host_days)
    return threshold, f"alert budget{without}: {params.budget.own_sentence}"


def _report(
    params: DetectorParams, corpus: ChainCorpus, reading: Reading, tested: ShuffleErrors | None, threshold: float
) -> dict[str, Any]:
    """The published test in figures. By the fused score its threshold is the same alert budget, of the mean error."""
    if not len(corpus):
        return {}
    if params.score != PUBLISHED:
        threshold = threshold_for(params.budget, reading.values[MEAN_ERROR], corpus.counts, corpus.host_days)
    return {"published_threshold": threshold, **({"shuffled_chains": 0} if tested is None else tested.report(threshold))}
