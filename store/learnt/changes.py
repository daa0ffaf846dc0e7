"""What one more verdict did to the queue: the learnt queue before and after it, compared chain by chain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.domain.arrays import Ints8, Ints32
from engine.verdicts.queue import Effect
from store.learnt.packed import LearntIndex

OUT, DOWN, UP = -2, -1, 1
STATE = {
    Effect.RAISED_SHAPE: UP,
    Effect.RAISED: UP,
    Effect.LOWERED_SHAPE: DOWN,
    Effect.LOWERED: DOWN,
    Effect.SUPPRESSED_SHAPE: OUT,
    Effect.SUPPRESSED_REMEMBERED: OUT,
}


@dataclass(frozen=True, slots=True)
class LearntChange:
    """Chains that stand differently than before, each counted once."""

    out: int
    """Behind all others now."""
    back: int
    """No longer so."""
    up: int
    down: int
    released: int
    """Neither raised nor lowered any more."""
    cause: int
    """Detector's rank of the labelled chain behind most of `out` and of `up` by shape; 0 for none."""

    @property
    def nothing(self) -> bool:
        """Whether no chain stands differently."""
        return not (self.out or self.back or self.up or self.down or self.released)


def change(before: LearntIndex | None, after: LearntIndex | None) -> LearntChange | None:
    """None where there is nothing to compare: no learnt queue, or one of other scores. Without one before: since nothing; without
    one now, as when the last verdict was taken back: to the detector's order.
    """
    if before is not None and after is not None and before.set_id != after.set_id:
        return None
    size = max((len(index.place) for index in (before, after) if index is not None), default=0)
    if not size:
        return None
    old, new = (np.zeros(size, dtype=np.int8) if index is None else _states(index, size) for index in (before, after))
    out, back = (new == OUT) & (old != OUT), (old == OUT) & (new != OUT)
    up, down = (new == UP) & (old != UP), (new == DOWN) & (old != DOWN)
    released = (new == 0) & ((old == UP) | (old == DOWN))
    return LearntChange(
        int(out.sum()),
        int(back.sum()),
        int(up.sum()),
        int(down.sum()),
        int(released.sum()),
        0 if after is None else _cause(after, np.flatnonzero(out | up)),
    )


def _states(index: LearntIndex, size: int) -> Ints8:
    """By rank: OUT, DOWN, 0, UP. A chain with a verdict of its own stands where that puts it, and counts as 0."""
    table = np.array([STATE.get(Effect(value), 0) for value in range(len(Effect))], dtype=np.int8)
    found = np.zeros(size, dtype=np.int8)
    found[index.ranks] = table[index.effect]
    return found


def _cause(index: LearntIndex, ranks: Ints32 | np.ndarray[tuple[int], np.dtype[np.int64]]) -> int:
    causes = index.cause[index.place[ranks]]
    causes = causes[causes > 0]
    return int(np.bincount(causes).argmax()) if len(causes) else 0
