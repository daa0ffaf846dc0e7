"""A detector made ready: fitted on the everyday chains of a starter alone, it ranks a case that nothing was trained on yet.

Today's recipe, the estate left out: what it says of a case's own life is counted when it scores (engine.detector.counted). Its
thresholds are calibrated on host-days of each source, as it scores them and as a detector does that never saw the source: a case
is between the two.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from engine.detector import Detector, DetectorParams, Starter
from engine.detector.calibration import Calibration, DayScores
from engine.detector.clean_days import BOTH, mixed, of_others
from engine.device import resolve, threads_of
from engine.domain.arrays import Floats32
from engine.domain.records import MAX_STEPS
from engine.errors import ModelError
from engine.progress import Run, Step
from engine.starter.pack import StarterPack, bare_corpus
from engine.starter.starter import CleanDay

NAME = "ready"
TIMES = ("seconds", "network_seconds", "network_chains_per_second")
"""Figures of a training that differ from one run to the next."""
KEPT_BITS = 7
"""Of the 23 behind the point of a part of a word's vector: what is beyond them moves no chain, and is most of the file."""


def make(pack: StarterPack, params: DetectorParams, run: Run, without: tuple[str, ...] = ()) -> tuple[Detector, dict[str, Any]]:
    """The detector and its manifest. `without`: sources that are left out, to measure it on one of them.

    The same pack, parameters and libraries make the same files. Raises Cancelled; ModelError for a pack without chains.
    """
    detector, brought = _learnt(pack, params, run, without)
    state = detector.fitted
    calibration = _calibrated(detector, pack, brought.days, run, without)
    word, buckets = shortened(state.embedding.word_vectors), shortened(state.embedding.bucket_vectors)
    words = replace(state.embedding, word_vectors=word, bucket_vectors=buckets)
    figures = {name: value for name, value in state.metrics.items() if name not in TIMES}
    if calibration is not None:
        calibrated = f"calibrated on {len(brought.days)} clean host-days of other estates"
        figures |= {"threshold_origin": f"alert budget: {params.budget.sentence}, {calibrated}"}
    network = replace(
        state.network, metrics={name: value for name, value in state.network.metrics.items() if f"network_{name}" not in TIMES}
    )
    detector.fitted_ = replace(
        state, embedding=words, network=network, metrics=figures, estate=False, calibration=calibration
    )  # fmt: skip
    return detector, detector.manifest() | {"cases": [], "name": NAME, "starter": brought.about}


def _learnt(pack: StarterPack, params: DetectorParams, run: Run, without: tuple[str, ...]) -> tuple[Detector, Starter]:
    """A detector of all sources but some, and what the pack brought for it."""
    none = np.zeros(0, dtype=np.int64)
    short = none.astype(np.int32)
    brought = pack.starter(bare_corpus((), np.zeros((0, MAX_STEPS), np.int32), short, none, short, 0, 0.0), without)
    if brought.corpus is None:
        raise ModelError("The starter has no chains to learn from.")
    others = Starter(threat=brought.threat, about=brought.about)
    return Detector(params).fit(brought.corpus, run, processes=brought.processes, starter=others), brought


def _calibrated(
    detector: Detector, pack: StarterPack, days: tuple[CleanDay, ...], run: Run, without: tuple[str, ...]
) -> Calibration | None:
    """By the detector itself and, for each source, by one of all others; of a host of each system, without the first's source.

    None for a pack of one source.
    """
    params, both = detector.params, [*days, *mixed(days)]
    sources = list(dict.fromkeys(day.source for day in days))
    if len(sources) < 2:
        return None
    device = resolve(params.device, params.threads)
    with threads_of(device):
        seen = list(of_others(detector.fitted, params, both, device, run.quiet()))
    scored: list[DayScores] = []
    for done, source in enumerate(sources, start=1):
        judge = _learnt(pack, params, run.quiet(), (*without, source))[0].fitted
        mine = [at for at, day in enumerate(both) if day.source.split(BOTH)[0] == source]
        with threads_of(device):
            unseen = of_others(judge, params, [both[at] for at in mine], device, run.quiet())
            scored += [replace(seen[at], unseen=one.score) for at, one in zip(mine, unseen, strict=True)]
        run.report(Step("calibrate", done, len(sources), "sources", source, last=done == len(sources)))
    return Calibration.of(scored, [])


def shortened(vectors: Floats32) -> Floats32:
    """Each number rounded to KEPT_BITS bits behind the point, so that a compressed file needs half the room."""
    drop = np.uint32(23 - KEPT_BITS)
    bits = np.ascontiguousarray(vectors, dtype=np.float32).view(np.uint32)
    half = np.uint32(1) << (drop - np.uint32(1))
    return ((bits + half) >> drop << drop).view(np.float32)
