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
    return {
        row: replace(
            expectations[row],
            reasons=Reasons(
                {name: by_place[place] for name, by_place in sentences.items() if place in by_place}, chains.step_tails(place)
            ),
        )
        for place, row in enumerate(expectations)
    }
