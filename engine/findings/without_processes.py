"""Findings where only chains are known, no processes: flagged chains that continue another one belong to its finding."""

from __future__ import annotations

import numpy as np

from engine.domain.arrays import Floats, Ints, Ints32
from engine.domain.records import MAX_STEPS


def group_findings(steps: Ints32, lengths: Ints32, score: Floats, threshold: float) -> Ints:
    """[c] number of the finding each chain belongs to, 1 the one with the best score; 0 for chains under the threshold.

    A chain's parent chain is the chain without its last step. One of full length may have lost its root when it was cut,
    so a flagged parent of full length whose last steps agree is taken too, the best-scored one if there are several.
    """
    flagged = np.flatnonzero(score >= threshold)
    order = flagged[np.argsort(-score[flagged], kind="stable")].tolist()
    texts = {row: tuple(steps[row, : lengths[row]].tolist()) for row in order}
    whole: dict[tuple[int, ...], int] = {}
    cut: dict[tuple[int, ...], int] = {}
    for row in order:
        whole.setdefault(texts[row], row)
        if len(texts[row]) == MAX_STEPS:
            cut.setdefault(texts[row][1:], row)
    parent: dict[int, int] = {}
    for row in order:
        text = texts[row]
        above = whole.get(text[:-1])
        if above is None and len(text) == MAX_STEPS:
            above = cut.get(text[:-1])
        parent[row] = row if above is None else above
    out = np.zeros(len(score), dtype=np.int64)
    numbers: dict[int, int] = {}
    for row in order:  # best first, so a finding is numbered by its best chain
        top = _top(row, parent)
        out[row] = numbers.setdefault(top, len(numbers) + 1)
    return out


def _top(row: int, parent: dict[int, int]) -> int:
    """The root of a row's flagged ancestors. Chains of one repeated image, cut at the root, can form a circle."""
    seen = {row}
    while parent[row] not in seen:
        row = parent[row]
        seen.add(row)
    # The same member of a circle whoever asks; outside of circles the walk ended at the root, which is its own parent.
    return row if parent[row] == row else min(_circle(row, parent))


def _circle(row: int, parent: dict[int, int]) -> set[int]:
    members = {row}
    while parent[row] not in members:
        row = parent[row]
        members.add(row)
    return members
