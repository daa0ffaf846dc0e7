"""Host-days of a block: what of a source's everyday life ran on one host on one day, for the calibration of thresholds.

A block adds up what its source recorded. How much host-days differ is gone with that, and it is what a threshold that is to hold
on the next host-day has to know (engine.detector.calibration). Kept are counts of chains per host-day, without host or date.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from engine.domain.arrays import Ints, Ints32
from engine.domain.chains import ChainCorpus
from engine.domain.distinct import distinct
from engine.domain.processes import ProcessTable

LEAST = 30
"""Processes of a host-day that tells anything."""
MOST = 12
"""Host-days of a block, evenly chosen: those of one source are alike, and each is scored at every training."""
DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class DayCounts:
    """Chains of host-days; p pairs of a day and a chain, days numbered from 0 in their order."""

    day: Ints
    """[p] ascending."""
    chain: Ints
    """[p] row of the block's corpus, ascending within a day."""
    count: Ints
    """[p] processes, at least one."""

    @classmethod
    def of(cls, chain: Ints, host: Ints, time_us: Ints) -> DayCounts:
        """From columns of processes that end in a chain, in any order; hosts numbered in the order of their names."""
        number = number_of(host, time_us)
        there = number >= 0
        width = int(chain.max(initial=-1)) + 1
        pairs, count = np.unique(number[there] * width + chain[there], return_counts=True)
        of_day, of_chain = np.divmod(pairs, max(width, 1))
        return cls(of_day, of_chain, count.astype(np.int64))

    def __len__(self) -> int:
        """Host-days."""
        return int(self.day.max(initial=-1)) + 1

    def parts(self, corpus: ChainCorpus, table: ProcessTable) -> Iterator[tuple[ChainCorpus, ProcessTable]]:
        """Each host-day as a corpus and a table, of the block's (engine.starter.pack)."""
        for day in range(len(self)):
            mine = self.day == day
            yield day_of(corpus, table, self.chain[mine], self.count[mine])


def whole(corpus: ChainCorpus, table: ProcessTable) -> tuple[ChainCorpus, ProcessTable]:
    """A block of a pack without host-days, as the single one that is known of it."""
    rows = np.arange(len(corpus))
    return day_of(corpus, table, rows, corpus.counts)


def day_of(corpus: ChainCorpus, table: ProcessTable, rows: Ints, count: Ints) -> tuple[ChainCorpus, ProcessTable]:
    """Some chains of a block (rows ascending, [r] processes of each) as a host-day.

    Its table has a process for each different command line of a chain, one for a chain without, and as the parent of each the
    nearest chain that it continues, for what an odd process starts takes part of its score (engine.signals.ancestry).
    """
    used = distinct(corpus.steps[rows][corpus.steps[rows] >= 0])
    number = np.full(len(corpus.paths) + 1, -1, dtype=np.int32)
    number[used] = np.arange(len(used))
    part = replace(
        corpus, ids=corpus.ids[rows], keys=[corpus.keys[row] for row in rows.tolist()],
        paths=tuple(corpus.paths[path] for path in used.tolist()), steps=number[corpus.steps[rows]],
        lengths=corpus.lengths[rows], counts=count, hosts=np.ones(len(rows), np.int32), first_us=corpus.first_us[rows],
        host_total=1, host_days=1.0,
    )  # fmt: skip
    place = np.full(len(corpus) + 1, -1, dtype=np.int32)
    place[rows] = np.arange(len(rows))
    lines = np.flatnonzero(place[table.chain] >= 0)
    without = np.setdiff1d(np.arange(len(rows)), place[table.chain[lines]])
    chain = np.r_[place[table.chain[lines]], without].astype(np.int32)
    command = np.r_[table.command[lines], np.full(len(without), -1)].astype(np.int32)
    order = np.lexsort((command, chain))
    chain, command, size = chain[order], command[order], len(order)
    none = np.zeros(size, np.int8)
    leaf = part.steps[np.arange(len(part)), np.maximum(part.lengths - 1, 0)]
    first = np.searchsorted(chain, np.arange(len(part))).astype(np.int32)
    above = _continued(part)
    return part, ProcessTable(
        row=np.arange(size, dtype=np.int64), chain=chain, image=leaf[chain],
        parent=np.where(above >= 0, first[above], -1)[chain],
        host=np.zeros(size, np.int32), time_us=np.zeros(size, np.int64), command=command, privilege=none,
        recorded=np.ones(size, np.int8), commands=table.commands,
    )  # fmt: skip


def _continued(corpus: ChainCorpus) -> Ints32:
    """[c] the longest other chain that each begins with, -1 for none."""
    known = {tuple(steps[:length]): row for row, (steps, length) in
             enumerate(zip(corpus.steps.tolist(), corpus.lengths.tolist(), strict=True))}  # fmt: skip
    above = np.full(len(corpus), -1, dtype=np.int32)
    for steps, row in known.items():
        found = (known[steps[:end]] for end in range(len(steps) - 1, 0, -1) if steps[:end] in known)
        above[row] = next(found, -1)
    return above


def number_of(host: Ints, time_us: Ints) -> Ints:
    """[n] host-day of each process, from 0 in the order of hosts and days; -1 where it tells nothing, or is one too many."""
    day = time_us // DAY_US
    least = int(day.min(initial=0))
    number = host * (int(day.max(initial=0)) - least + 1) + day - least
    days, place, size = np.unique(number, return_inverse=True, return_counts=True)
    kept = _evenly(np.flatnonzero(size >= LEAST))
    new = np.full(len(days), -1, dtype=np.int64)
    new[kept] = np.arange(len(kept))
    return new[place]


def _evenly(days: Ints) -> Ints:
    """At most MOST of them."""
    if len(days) <= MOST:
        return days
    return days[np.linspace(0, len(days) - 1, MOST).round().astype(np.int64)]
