"""What an odd process starts is part of the same story: a chain takes over part of its ancestors' score.

Attacks are trees. A shell under an exploited server is odd in itself; `ls`, `cat` and `conhost` below it are not, and rank far
below although they are what the responder has to read next. So a process that scores less than one of its ancestors is lifted
towards it. It stays below the ancestor, and siblings keep their order among each other: the step that is odd in itself stands
first, what follows from it right behind.
"""

from __future__ import annotations

import numpy as np

from engine.domain.arrays import Floats
from engine.domain.processes import ProcessTable
from engine.domain.records import MAX_STEPS

SHARE = 0.7
"""Share of the difference to the highest ancestor that a process takes over. .5 to .9 measure alike; 1 would make ties."""


def with_ancestors(score: Floats, table: ProcessTable | None, share: float = SHARE) -> Floats:
    """[c] scores of chains, lifted: the mean over a chain's processes of s + share · max(0, a − s), a the highest score among the
    process's nearest MAX_STEPS ancestors. Chains without a process in the table, and all without a table, keep theirs.

    Ancestors without a chain of their own (context, placeholders without an image) are passed over.
    """
    if table is None or not len(score):
        return score
    own = np.where(table.chain >= 0, score[np.maximum(table.chain, 0)], -np.inf)
    has = np.flatnonzero(table.chain >= 0)
    lifted = lifted_by_ancestors(own, table, share)[has]
    processes = np.bincount(table.chain[has], minlength=len(score))
    total = np.bincount(table.chain[has], weights=lifted, minlength=len(score))
    return np.where(processes > 0, total / np.maximum(processes, 1), score)


def lifted_by_ancestors(own: Floats, table: ProcessTable, share: float = SHARE) -> Floats:
    """[n] scores of processes, each lifted by its own ancestors. own [n], -inf for processes without a chain, which stay that."""
    highest = np.full(len(table), -np.inf)
    above = table.parent.astype(np.int64)
    for _ in range(MAX_STEPS):
        known = np.flatnonzero(above >= 0)
        if not len(known):
            break
        highest[known] = np.maximum(highest[known], own[above[known]])
        above[known] = table.parent[above[known]]
    known = np.isfinite(own)
    return np.where(known, own + share * np.maximum(highest - np.where(known, own, 0.0), 0.0), own)
