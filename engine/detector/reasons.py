"""Sentences for the signals of chains that somebody may open: the counts, names and tails behind the numbers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from engine.detector.state import Fitted
from engine.domain.arrays import Floats32
from engine.domain.chains import ChainCorpus
from engine.domain.processes import ProcessTable
from engine.domain.scores import Expectation, Reasons
from engine.signals.edges import EdgeCount
from engine.signals.pairs import START, edge_surprise
from engine.signals.registry import signals
from engine.signals.view import Explained


def with_reasons(
    state: Fitted,
    corpus: ChainCorpus,
    errors: Floats32,
    expectations: dict[int, Expectation],
    names: Collection[str],
    processes: ProcessTable | None = None,
) -> dict[int, Expectation]:
    """The expectations with what is to be said of each chain. errors [c, MAX_STEPS]; names: the signals that have a value.

    `processes` have the command lines; without them nothing is said of these.
    """
    rows = np.array(list(expectations), dtype=np.int64)
    chains = Explained(corpus, processes, rows, state.pairs, state.chains, state.step_tails, errors)
    sentences = {signal.name: signal.sentences(chains, state.table_of(signal)) for signal in signals() if signal.name in names}
    counted = _counted(chains)
    return {
        row: replace(
            expectations[row],
            reasons=replace(
                counted[place],
                sentences={name: by_place[place] for name, by_place in sentences.items() if place in by_place},
                step_tails=chains.step_tails(place),
            ),
        )
        for place, row in enumerate(expectations)
    }


def _counted(chains: Explained) -> list[Reasons]:
    """[n] who starts whom how often: at the end of each chain, and where it is rarest."""
    pairs = chains.pairs
    edges = chains.edges(pairs)
    rarest = np.where(edges.valid, edge_surprise(pairs, edges), -np.inf).argmax(axis=1).tolist()
    out = []
    for place, names in enumerate(chains.names):
        if not edges.valid[place].any():
            out.append(Reasons())
            continue
        last = EdgeCount.into(pairs, names, len(names) - 1)
        rare = EdgeCount.into(pairs, names, rarest[place], 0)
        told = (rare.parent or START, rare.child, rare.seen, rare.total)
        out.append(Reasons(usual=last.usual, started=last.total, rarest=told))
    return out
