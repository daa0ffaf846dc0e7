"""How a detector reads a corpus: the network's errors, every signal's values, and the one number that the queue is sorted by."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from engine.autoencoder.scoring import chain_errors, step_errors
from engine.detector.params import PUBLISHED, DetectorParams
from engine.detector.state import Fitted, Rows
from engine.device import Device
from engine.domain.arrays import Floats, Floats32, Ints, Ints32
from engine.domain.chains import ChainCorpus
from engine.domain.processes import ProcessTable, Repute
from engine.memory import give_back
from engine.progress import Run, Step
from engine.signals.ancestry import lifted_by_ancestors, with_ancestors
from engine.signals.fusion import fuse, speaking
from engine.signals.registry import find, signals
from engine.signals.signal import Signal
from engine.signals.view import View
from engine.threads import PAYS, in_order, threads_for

ROWS = 1 << 15
"""Chains of a block: some ten columns of ten steps each are made on the way, 25 MB."""


@dataclass(frozen=True, slots=True)
class Variants:
    """The variants of a corpus's chains: processes of one chain whose command lines have one shape, and of whose programs lists
    of hashes say the same. v variants.
    """

    of_process: Ints32
    """[n] number of each process's variant, -1 for one without a chain."""
    chain: Ints
    """[v] row of each one's chain."""

    @classmethod
    def of(cls, table: ProcessTable) -> Variants:
        """In the order of chains, then of the shapes' numbers."""
        has = np.flatnonzero(table.chain >= 0)
        shapes, shape = np.unique(table.shapes()[has], return_inverse=True)
        width = max(len(shapes), 1)
        if table.listed is not None:
            width, shape = width * len(Repute), shape * len(Repute) + table.known()[has]
        codes, number = np.unique(table.chain[has].astype(np.int64) * width + shape, return_inverse=True)
        of_process = np.full(len(table), -1, dtype=np.int32)
        of_process[has] = number
        return cls(of_process, codes // width)

    def spread(self, value: Floats) -> Floats:
        """[v] -> [n] each process's own variant's, -inf for those without a chain."""
        return np.append(value, -np.inf)[self.of_process]

    def split(self, corpus: ChainCorpus, table: ProcessTable) -> tuple[ChainCorpus, ProcessTable]:
        """The same corpus with a row for each variant, and its processes."""
        rows = self.chain
        many = replace(
            corpus, ids=corpus.ids[rows], keys=[corpus.keys[row] for row in rows.tolist()], steps=corpus.steps[rows],
            lengths=corpus.lengths[rows], counts=corpus.counts[rows], hosts=corpus.hosts[rows], first_us=corpus.first_us[rows],
        )  # fmt: skip
        return many, replace(table, chain=self.of_process)


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
    variants: Variants | None = None
    """None without processes."""
    by_variant: dict[str, Floats] = field(default_factory=dict)
    """Signal -> [v] raw values, of the signals in which processes of one chain differ (Signal.by_process)."""

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
    if len(corpus) >= PAYS:
        give_back()  # of paths and batches
    view = View(
        corpus, rows.table, state.pairs, state.chains, errors, mean, worst, spread if state.inputs is not None else None,
        run.raise_if_cancelled,
    )  # fmt: skip
    values: dict[str, Floats] = {}
    by_variant: dict[str, Floats] = {}
    variants, apart = None, None
    if rows.table is not None:
        variants = Variants.of(rows.table)
        many, table = variants.split(corpus, rows.table)
        apart = replace(
            view, corpus=many, table=table, errors=errors[variants.chain], mean=mean[variants.chain], worst=worst[variants.chain],
            spread=None, _made={},
        )  # fmt: skip
    for done, signal in enumerate(signals()):
        run.raise_if_cancelled()
        run.report(Step("read signals", done, len(signals()), "signals", signal.title))
        learnt = state.table_of(signal)
        if learnt is None and signal.learns:
            continue
        if signal.by_process and variants is not None and apart is not None:
            of_variants = signal.value(apart, learnt)
            if of_variants is not None:
                by_variant[signal.name] = of_variants
                values[signal.name] = _of_chains(of_variants, variants.chain, len(corpus), lowest=signal.lowest)
            continue
        value = _by_rows(signal, view, learnt) if signal.by_row else signal.value(view, learnt)
        if value is not None:
            values[signal.name] = value
    run.report(Step("read signals", len(signals()), len(signals()), "signals", last=True))
    return Reading(vectors, errors, worst_step, values, variants, by_variant)


def _by_rows(signal: Signal[Any], view: View, learnt: Any) -> Floats | None:
    """[c] values of a signal that looks at each chain alone: of blocks of chains, on all cores, each to be forgotten."""
    out = np.empty(len(view.corpus))
    parts = [slice(start, start + ROWS) for start in range(0, len(out), ROWS)] or [slice(0, 0)]
    found = in_order(lambda part: signal.value(view.rows(part), learnt), parts, view.look, threads_for(len(out)))
    for part, value in zip(parts, found, strict=True):
        if value is None:
            return None
        out[part] = value
    return out


def _of_chains(value: Floats, chain: Ints, chains: int, *, lowest: bool) -> Floats:
    """[chains] the highest (lowest) among each chain's variants; NaN where none is known, and for chains without processes."""
    out = np.full(chains, np.nan)
    (np.fmin if lowest else np.fmax).at(out, chain, value)
    return out


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


def process_scores(variants: Variants, fused: Floats, table: ProcessTable) -> Floats32:
    """[n] the score of each process: as its chain's, but by its own variant's command line and by its own ancestors.

    fused [v]: the variants' scores. Ranks are among the chains, so that a process is as odd as a chain of its score. NaN for
    processes without a chain.
    """
    lifted = lifted_by_ancestors(variants.spread(fused), table)
    return np.where(np.isfinite(lifted), lifted, np.nan).astype(np.float32)
