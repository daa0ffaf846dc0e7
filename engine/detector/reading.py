"""How a detector reads a corpus: the network's errors, every signal's values, and the one number that the queue is sorted by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.autoencoder.scoring import chain_errors, step_errors
from engine.detector.params import PUBLISHED, DetectorParams
from engine.detector.state import Fitted, Rows
from engine.device import Device
from engine.domain.arrays import Floats, Floats32, Ints32
from engine.domain.processes import ProcessTable
from engine.progress import Run, Step
from engine.signals.ancestry import with_ancestors
from engine.signals.fusion import fuse, speaking
from engine.signals.registry import find, signals
from engine.signals.view import View


@dataclass(frozen=True, slots=True)
class Reading:
    """The detector's view of one corpus."""

    vectors: Floats32
    """[p, d] of the corpus's paths."""
    errors: Floats32
    """[c, MAX_STEPS]"""
    worst_step: Ints32
    values: dict[str, Floats]
    """Signal -> [c] raw values."""

    def merged(self, rows: Rows) -> Reading:
        """The same of the different chains only, by what was read of their rows.

        A signal is one number for all rows of a chain, or the highest among the rows' processes (NaN: unknown): both are the
        rows' highest. For some it is the lowest (Signal.lowest).
        """
        if rows.same is None:
            return self
        first = np.unique(rows.same, return_index=True)[1]
        values = {}
        for name, value in self.values.items():
            signal = find(name)
            lowest = signal is not None and signal.lowest
            values[name] = np.full(len(first), np.nan)
            (np.fmin if lowest else np.fmax).at(values[name], rows.same, value)
        return Reading(self.vectors, self.errors[first], self.worst_step[first], values)


def read(state: Fitted, rows: Rows, device: Device, run: Run, stage: str = "score") -> Reading:
    """Every signal of every chain, raw."""
    corpus = rows.corpus
    vectors = state.vectors(corpus.paths)
    spread = np.zeros(len(corpus))
    errors = step_errors(state.network, vectors, corpus.steps, corpus.lengths, device, run, stage, spread)
    mean, worst, worst_step = chain_errors(errors, corpus.lengths)
    view = View(
        corpus, rows.table, state.pairs, state.chains, errors, mean, worst, spread if state.inputs is not None else None,
        run.raise_if_cancelled,
    )  # fmt: skip
    values: dict[str, Floats] = {}
    for done, signal in enumerate(signals()):
        run.raise_if_cancelled()
        run.report(Step("read signals", done, len(signals()), "signals", signal.title))
        learnt = state.table_of(signal)
        value = signal.value(view, learnt) if learnt is not None or not signal.learns else None
        if value is not None:
            values[signal.name] = value
    run.report(Step("read signals", len(signals()), len(signals()), "signals", last=True))
    return Reading(vectors, errors, worst_step, values)


def final_score(
    params: DetectorParams, values: dict[str, Floats], known_share: float = 0.0, table: ProcessTable | None = None
) -> Floats:
    """[c] the number that the queue is sorted by (DetectorParams.score).

    table: the processes of the queue; without it no chain takes over from its ancestors (engine.signals.ancestry).
    known_share: how many of the chains training saw (engine.signals.fusion.speaking).
    """
    if params.score == PUBLISHED:
        return values["reconstruction"]
    return with_ancestors(fuse(speaking(values, known_share)), table)
