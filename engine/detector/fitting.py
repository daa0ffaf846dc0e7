"""Fitting a detector: words, network, counts, tails, threshold, self-test, in that order."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import Any

from engine.autoencoder.sampling import TrainingChains, weights
from engine.autoencoder.scoring import chain_errors, step_errors
from engine.autoencoder.self_test import shuffle_test
from engine.autoencoder.training import TrainedNetwork, train_network
from engine.detector.cost import cost_of
from engine.detector.known import KnownPaths
from engine.detector.params import DetectorParams
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
        threshold = threshold_for(params.budget, score, corpus.counts, corpus.host_days)
        report = _self_test(corpus, params, learnt.network, reading, device, run) if len(corpus) else {}
    cost = cost_of(score >= threshold, table) if table is not None else None
    run.report(Step("calibrate", len(corpus), len(corpus), "chains", last=True))
    metrics: dict[str, Any] = {
        "chains": len(corpus),
        "starter_chains": len(both) - len(corpus),
        "processes": int(corpus.counts.sum()),
        "paths": len(distinct(both.steps[both.steps >= 0])),
        "threshold": threshold,
        "budget": params.budget.sentence,
        "flagged": int((score >= threshold).sum()),
        **({"calibration": cost.plain()} if cost is not None else {}),
        **{f"embedding_{name}": value for name, value in learnt.embedding.metrics.items()},
        **{f"network_{name}": value for name, value in learnt.network.metrics.items()},
        **report,
        "seconds": time.monotonic() - begun,
    }
    steps = StepTails.fit(reading.errors, step_roles(corpus.paths, corpus.steps))
    return replace(learnt, tails=tails, step_tails=steps, threshold=threshold, metrics=metrics), whole


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
    network = train_network(params.autoencoder, data, batches, params.seed, device, run)

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
    return params.epochs * math.ceil(len(both) / params.network.batch)


def _self_test(
    corpus: ChainCorpus,
    params: DetectorParams,
    network: TrainedNetwork,
    reading: Reading,
    device: Device,
    run: Run,
) -> dict[str, Any]:
    """The published test, on the published error: its threshold is the same alert budget applied to the mean error."""

    def errors_of(steps: Ints32, lengths: Ints32) -> Floats:
        errors = step_errors(network, reading.vectors, steps, lengths, device, run, "shuffle test")
        return chain_errors(errors, lengths)[0]

    mean = reading.values["reconstruction"]
    threshold = threshold_for(params.budget, mean, corpus.counts, corpus.host_days)
    report = shuffle_test(corpus.steps, corpus.lengths, mean, threshold, errors_of, params.seed)
    tested = int(report.get("shuffled_chains", 0))
    run.report(Step("shuffle test", tested, tested, "chains", last=True))
    return {"published_threshold": threshold, **report}
