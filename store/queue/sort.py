"""The whole queue in an order other than by rank, without having SQLite sort it.

Sorted by SQL, each of a million chains is looked up in the index of scores, in no order that a cache likes: 7 s before the
first row. Here two scans bring four integers of each chain, and numpy does the rest: 1 to 3.6 s for a million (measured with
tests/benchmarks/tui_queue.py), in pieces, so that a screen draws in between and the reading can be stopped.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.domain.arrays import Ints, Ints32
from store.queue.order import Order

FETCH = 5_000
UNKNOWN = np.iinfo(np.int64).max
"""Stands for NULL: last, whatever the direction."""


def ranks_in_order(
    cursor: Any, case: int, set_id: int, order: Order, reverse: bool, total: int, read: Callable[[float], bool]
) -> Ints32 | None:
    """[c] the ranks of all chains that were scored, in this order, rank breaking ties.

    `read` is told the share that was read, from time to time; it answers whether to stop, and then the result is None.
    """
    names = [name for name, _ in order.keys]
    if order.from_chain:
        # NOT INDEXED: the scan that an index of the case would lead is a seek for each chain.
        chains = _table(cursor, f"SELECT id, {', '.join(names)} FROM chain NOT INDEXED WHERE case_id = ?", case, total, 0.0, read)
        query = "SELECT chain_id, rank FROM score INDEXED BY score_chain WHERE set_id = ?"
        scores = None if chains is None else _table(cursor, query, set_id, total, 0.5, read)
        if chains is None or scores is None:
            return None
        _ids, at_chain, at_score = np.intersect1d(chains[:, 0], scores[:, 0], assume_unique=True, return_indices=True)
        keys, ranks = chains[at_chain, 1:], scores[at_score, 1]
    else:
        scored = _table(cursor, f"SELECT rank, {', '.join(names)} FROM score WHERE set_id = ?", set_id, total, 0.0, read)
        if scored is None:
            return None
        keys, ranks = scored[:, 1:], scored[:, 0]
    columns = [_column(keys[:, place], descending != reverse) for place, (_, descending) in enumerate(order.keys)]
    ordered: Ints32 = ranks[np.lexsort([ranks, *reversed(columns)])].astype(np.int32)
    return ordered


def _column(values: Ints, descending: bool) -> Ints:
    return np.where(values == UNKNOWN, UNKNOWN, -values) if descending else values


def _table(cursor: Any, query: str, value: int, total: int, done: float, read: Callable[[float], bool]) -> Ints | None:
    """[r, c] the rows; None when stopped."""
    cursor.execute(query, (value,))
    parts: list[Ints] = []
    width = len(cursor.description)
    while rows := cursor.fetchmany(FETCH):
        flat = (UNKNOWN if cell is None else cell for row in rows for cell in row)
        parts.append(np.fromiter(flat, dtype=np.int64, count=len(rows) * width).reshape(-1, width))
        if read(min(done + 0.5 * len(parts) * FETCH / max(total, 1), 1.0)):
            return None
    return np.concatenate(parts) if parts else np.zeros((0, width), dtype=np.int64)
