"""What many exports leave of a record: the program and the one that started it, no history and no command line."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.domain.chains import ChainCorpus
from engine.domain.processes import CommandWords, ProcessTable
from engine.lineage.chainset import chain_keys
from engine.rules.corpus import merged

KEPT = 2
"""Steps of a chain."""


def two_steps(corpus: ChainCorpus, table: ProcessTable) -> tuple[ChainCorpus, ProcessTable]:
    """The same processes without what stands above their parents: chains of the last KEPT steps, equal ones as one."""
    rows = np.arange(len(corpus))
    kept = np.minimum(corpus.lengths, KEPT)
    steps = np.full(corpus.steps.shape, -1, dtype=np.int32)
    for at in range(KEPT):
        there = kept > at
        steps[there, at] = corpus.steps[rows[there], (corpus.lengths - kept)[there] + at]
    short = replace(corpus, steps=steps, lengths=kept.astype(np.int32), keys=chain_keys(steps, corpus.paths))
    nothing = np.zeros(0, dtype=np.int32)
    none = np.full(len(table), -1, dtype=np.int32)
    bare = replace(
        table, parent=none, command=none,
        commands=CommandWords(np.zeros(1, dtype=np.int64), nothing, nothing.astype(np.int64)),
    )  # fmt: skip
    out, moved = merged(short, bare)
    assert moved is not None
    return out, moved
