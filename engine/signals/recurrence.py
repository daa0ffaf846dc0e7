"""How often a case repeats itself: in how many different hours of the clock each beginning of a chain was started.

What an estate does hour after hour, or night after night, is how it works: a management agent that starts a shell, a build, a
monitoring script. An intruder's steps stand in few hours. Counts of processes do not tell the two apart (one loop of an intruder
makes hundreds), counts of hosts neither (what spreads over an estate in ten minutes is no routine); hours of the clock, over all
hosts, do. Sixteen hours are a routine and twice as many are no more of one: whoever comes back for a month is not explained away.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.domain.arrays import NO_TIME, Floats, Ints32
from engine.domain.chains import ChainCorpus
from engine.domain.distinct import distinct
from engine.domain.processes import ProcessTable

HOUR_US = 3_600_000_000
MOST = 16
"""Hours from which on a beginning is no more of a routine."""


def beginnings(corpus: ChainCorpus) -> Iterator[Ints32]:
    """A column for each step: [c] a number for the steps of each chain up to it, the same for the same beginning; -1 behind the
    end.
    """
    above = np.zeros(len(corpus), dtype=np.int64)
    width = len(corpus.paths) + 1
    for column in range(corpus.steps.shape[1]):
        found = np.full(len(corpus), -1, dtype=np.int32)
        there = np.flatnonzero(corpus.steps[:, column] >= 0)
        if len(there):
            found[there] = above[there] = np.unique(above[there] * width + corpus.steps[there, column], return_inverse=True)[1]
        yield found


def hours(corpus: ChainCorpus, table: ProcessTable | None) -> Ints32:
    """[c, MAX_STEPS] in how many hours a process was started whose chain begins with the steps up to each one; 1 at least, and
    where no time is known.
    """
    out = np.ones(corpus.steps.shape, dtype=np.int32)
    if table is None or not len(corpus):
        return out
    timed = (table.chain >= 0) & (table.recorded > 0) & (table.time_us != NO_TIME)
    hour = np.unique(table.time_us[timed] // HOUR_US, return_inverse=True)[1].astype(np.int64)
    width = int(hour.max(initial=0)) + 1
    chain, hour = np.divmod(distinct(table.chain[timed].astype(np.int64) * width + hour), width)
    if not len(chain):
        return out
    for column, number in enumerate(beginnings(corpus)):
        of_pair = number[chain].astype(np.int64)
        pairs = distinct(of_pair[of_pair >= 0] * width + hour[of_pair >= 0])
        counted = np.bincount(pairs // width, minlength=int(number.max(initial=-1)) + 1)
        out[number >= 0, column] = np.maximum(counted[number[number >= 0]], 1)
    return out


def novelty(repeated: Ints32) -> Floats:
    """[c, MAX_STEPS] of `hours`: 1 for a beginning that one hour has seen, less for each more: 1 / √hours, a quarter at MOST."""
    weight: Floats = np.minimum(repeated, MOST) ** -0.5
    return weight
