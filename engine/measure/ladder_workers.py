"""The ladder in several processes: networks this small do not gain by threads, and the groups need nothing of each other."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from engine.progress import CancelToken, Listener, Step, silent

if TYPE_CHECKING:
    from engine.measure.ladder import Bench, Group, Rung

LOOK = 0.2
"""Seconds between two looks whether somebody asked to stop."""

_bench: list[Bench] = []
"""The worker's own; empty in the process that asked."""


def spread(bench: Bench, todo: Sequence[Group], workers: int, listener: Listener, token: CancelToken) -> Iterator[Rung]:
    """The rungs of all groups, group by group as they are done. Raises Cancelled within a second; the workers end then."""
    # Spawned and not forked: torch and gensim keep threads and locks that a fork would copy in whatever state they are.
    context = multiprocessing.get_context("spawn")
    with context.Pool(workers, _begin, (bench,)) as pool:  # leaving it ends the workers
        results = pool.imap_unordered(_work, todo)
        for done in range(1, len(todo) + 1):
            rungs = None
            while rungs is None:
                token.raise_if_cancelled()
                try:
                    rungs = results.next(timeout=LOOK)
                except multiprocessing.TimeoutError:
                    continue
            listener(Step("ladder", done, len(todo), "groups", rungs[0].case if rungs else "", last=done == len(todo)))
            yield from rungs


def _begin(bench: Bench) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of a terminal; the first one ends the others
    _bench.append(bench)


def _work(group: Group) -> list[Rung]:
    from engine.measure.ladder import climb

    return list(climb(_bench[0], group, silent, CancelToken()))
