"""Blocks of work on all cores, by threads: for numpy and torch, which let other threads run while they compute.

What comes out is the same with any number of threads: who asks cuts the blocks, and cuts them without asking how many there are,
and answers come in the order of the blocks.

Rejected: processes, which would have to be given the case and to hand back as much (a gigabyte of each million of varied chains),
and which multiprocessing cannot start below Textual; torch's own threads, which wait for each other at every small product and
are ten times slower than one on a machine that is busy.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from engine.progress import Check, unasked

MOST = 8
"""Threads that are started at most: what runs between two blocks runs one at a time."""
PAYS = 1 << 15
"""Rows of a column from which on threads gain more than their start and their turns cost."""
Part = TypeVar("Part")
Answer = TypeVar("Answer")


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def threads_for(rows: int) -> int:
    """How many are worth starting for columns of so many rows."""
    return min(cores(), MOST) if rows >= PAYS else 1


def in_order(
    work: Callable[[Part], Answer], parts: Iterable[Part], look: Check = unasked, threads: int | None = None
) -> Iterator[Answer]:
    """work(part) of each part, in their order; so many at a time (None: as many as there are cores).

    `look` raises Cancelled when somebody asked to stop: it is called before each answer, and what was begun is waited for, which
    takes as long as a block. An error of `work` is raised where its answer would have come.
    """
    count = min(cores(), MOST) if threads is None else threads
    if count <= 1:
        for part in parts:
            look()
            yield work(part)
        return
    with ThreadPoolExecutor(count, thread_name_prefix="block") as pool:
        begun: deque[Future[Answer]] = deque()
        try:
            for part in parts:
                begun.append(pool.submit(work, part))
                if len(begun) > count:
                    look()
                    yield begun.popleft().result()
            while begun:
                look()
                yield begun.popleft().result()
        finally:
            for future in begun:
                future.cancel()
