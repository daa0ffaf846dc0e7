"""Incidents: connected processes of one host that are one thing to read, decide and hand over.

    odd       in each tree below hubs the process with the highest score, and all that are at least SHARE as odd
    covered   what descends from something nearly as odd as the oddest, the way up to the topmost process below the hub,
              and all of a tree of at most SMALL processes
    context   the rest of the tree. It is shown beside an incident and is no part of it; it makes incidents of its own, further
              down the queue, which hang together through the tree

By each tree's own oddest and not by one threshold for all: the threshold moves with what somebody can afford to read, and what
belongs together does not. A hub's trees are apart, but for odd ones of one burst below a hub by behaviour (engine.findings.hubs):
a web shell's commands are one incident though the web server started them one by one.

Every pass over what is left is linear, and covers in each tree whatever is at least SHARE as odd as the oddest; so there are few
passes, whatever the trees look like. Columns of 32 bits: see tests/benchmarks/incidents.py.

SHARE and EVERYDAY (with NEXT of engine.findings.alike) stand where four simulated fleets and the recordings as one case agree:
from .45 to .55 and .6 to .7 purity and completeness do not change, and what is read for 80 % of an attack by a fifth. Beyond that
one pays for the other: a lower EVERYDAY reads more of a large fleet, a higher one more findings of many small recordings.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import NO_TIME, Floats, Floats32, Ints, Ints32
from engine.domain.chains import ChainCorpus
from engine.domain.distinct import distinct
from engine.domain.processes import ProcessTable
from engine.domain.scores import FindingSet
from engine.findings.alike import findings_of
from engine.findings.hubs import ODD_SHARE, Hubs, hubs

Flags = npt.NDArray[np.bool_]

SHARE = 0.55
"""Share of the oddest score of a tree from which on a process is odd."""
NEARLY = 0.85
"""Share of it from which on everything that a process started is covered too."""
SMALL = 30
"""Processes of a tree that is taken as a whole. Twenty and fifty measure alike."""
BURST = 10 * 60_000_000
"""Microseconds between two children of a hub that still are one burst."""
JOINED = 0.7
"""Share of the chains, by score, that a tree must be odder than to be joined to others of its burst."""
EVERYDAY = 0.65
"""Share of the chains, by score, that are everyday; a finding's further processes count by what they are odder than that."""
PASSES = 16
"""3.0 is 0.0002 after so many SHAREs. What is left is taken as it lies."""
_FURTHEST = 40


def incidents(
    corpus: ChainCorpus, table: ProcessTable, process_score: Floats32, chain_score: Floats, settled: Flags | None = None
) -> FindingSet:
    """The incidents of n processes, and which of them are alike.

    process_score [n], NaN where unknown; chain_score [c]: what is odd and what everyday is told by the scores of all chains, so
    that a program that runs a million times does not make itself the measure. settled [n]: processes whose findings stand above
    all others; their scores do (engine.detector.certain). The result does not depend on the order of processes but for ties,
    which go by the table's order, and that is the store's (by host, time and content).
    """
    levels = Levels.of(chain_score)
    score = _usable(table, process_score)
    found = _Growing.of(table, hubs(corpus.paths, table, score, levels.odd), score)
    for number in range(PASSES):
        if not found.take(levels.joined, all_left=number == PASSES - 1):
            break
    incident, odd = found.incident, found.odd
    del found  # the rest of it is half of the memory that this takes
    return findings_of(corpus, table, incident, odd, score, levels.everyday, settled)


@dataclass(frozen=True, slots=True)
class Levels:
    """Scores by which chains are told apart."""

    odd: float
    joined: float
    everyday: float

    @classmethod
    def of(cls, chain_score: Floats) -> Levels:
        """From the scores of all chains; +inf where there are none."""
        known = chain_score[np.isfinite(chain_score)]
        if not len(known):
            return cls(np.inf, np.inf, np.inf)
        odd, joined, everyday = np.quantile(known, [1 - ODD_SHARE, JOINED, EVERYDAY]).tolist()
        return cls(odd, joined, everyday)


def _usable(table: ProcessTable, score: Floats32) -> Floats32:
    """[n] float32, -inf for what cannot be odd: unknown scores, and processes that no record tells of."""
    known = (table.chain >= 0) & (table.recorded == 1) & np.isfinite(score)
    return np.where(known, score, -np.inf).astype(np.float32)


@dataclass(slots=True)
class _Growing:
    """Incidents while they are made; m processes of trees of which something is left."""

    table: ProcessTable
    hubs: Hubs
    incident: Ints32
    """[n] of the table's processes."""
    odd: Flags
    """[n]"""
    place: Ints32
    """[m] indices into the table, ascending."""
    above: Ints32
    """[m] position among these of the process above each one in its tree; a tree's top is above itself."""
    top: Ints32
    """[m] position of the top of each one's tree."""
    score: Floats32
    """[m] -inf also for what is in an incident already."""
    left: Flags
    """[m] in none yet."""
    count: int = 0

    @classmethod
    def of(cls, table: ProcessTable, hub: Hubs, score: Floats32) -> _Growing:
        """None yet. What has neither record nor image stays in none."""
        own = np.arange(len(table), dtype=np.int32)
        apart = (table.parent < 0) | np.append(hub.hub, False)[table.parent] | hub.hub
        above = np.where(apart, own, table.parent).astype(np.int32)
        left = (table.recorded == 1) | (table.chain >= 0)
        odd = np.zeros(len(table), dtype=np.bool_)
        return cls(table, hub, np.full(len(table), -1, np.int32), odd, own, above, _roots(above), score, left)

    def take(self, joined: float, *, all_left: bool) -> bool:
        """One pass: of each tree the oddest part of what is left. False when nothing is odd any more."""
        score, above, top = self.score, self.above, self.top
        best = np.full(len(top), -np.inf, dtype=np.float32)
        np.maximum.at(best, top, score)
        best_of = best[top]
        known = np.isfinite(score)
        # Below 0 a share of it would be more.
        odd = known if all_left else known & (score >= np.where(best_of > 0, best_of * np.float32(SHARE), best_of))
        if not odd.any():
            return False
        covered = odd | _below(odd & (score >= np.where(best_of > 0, best_of * np.float32(NEARLY), best_of)), above)
        _climb(covered, np.flatnonzero(odd), above)
        has = np.zeros(len(top), dtype=np.bool_)
        has[top[odd]] = True
        covered |= has[top] & (np.bincount(top, minlength=len(top)) <= SMALL)[top]
        covered &= self.left
        head = np.arange(len(top), dtype=np.int32)
        self._join(head, np.flatnonzero(has & (best >= joined)))
        heads = np.zeros(len(top), dtype=np.bool_)
        heads[head[top[covered]]] = True
        number = np.cumsum(heads, dtype=np.int32) - 1
        self.incident[self.place[covered]] = self.count + number[head[top[covered]]]
        self.odd[self.place[odd]] = True
        self.count += int(heads.sum())
        self._go_on(self.left & ~covered)
        return True

    def _go_on(self, left: Flags) -> None:
        """Only with the trees of which something is left, whole: what is taken from a tree still connects the rest."""
        alive = np.zeros(len(left), dtype=np.bool_)
        alive[self.top[left]] = True
        kept = alive[self.top]
        position = np.cumsum(kept, dtype=np.int32) - 1
        self.place, self.left = self.place[kept], left[kept]
        self.above, self.top = position[self.above[kept]], position[self.top[kept]]
        self.score = np.where(self.left, self.score[kept], np.float32(-np.inf))

    def _join(self, head: Ints32, tops: Ints) -> None:
        """Give the odd tops of one burst below one joining hub the head of the first. tops: positions."""
        at = self.place[tops]
        parent, time = self.table.parent[at], self.table.time_us[at]
        chosen = (parent >= 0) & self.hubs.joining[np.maximum(parent, 0)] & (time != NO_TIME)
        tops, parent, time = tops[chosen], parent[chosen], time[chosen]
        if len(tops) < 2:
            return
        order = np.lexsort((tops, time, parent))
        tops, parent, time = tops[order], parent[order], time[order]
        apart = np.append(True, (parent[1:] != parent[:-1]) | (time[1:] // 2 - time[:-1] // 2 > BURST // 2))
        head[tops] = tops[np.maximum.accumulate(np.where(apart, np.arange(len(tops)), 0))]


def _roots(above: Ints32) -> Ints32:
    """[l] the top of each one's tree."""
    for _ in range(_FURTHEST):
        further = above[above]
        if (further == above).all():
            break
        above = further
    return above


def _below(chosen: Flags, above: Ints32) -> Flags:
    """[l] whether one of `chosen` is on the way up, itself included."""
    found = chosen.copy()
    for _ in range(_FURTHEST):
        found, further = found | found[above], above[above]
        if (further == above).all():
            break
        above = further
    return found


def _climb(covered: Flags, start: Ints, above: Ints32) -> None:
    """Cover the way from each of `start` to its top. Each process is met once: a way that was gone ends."""
    while len(start):
        start = above[start].astype(np.int64)
        start = start[~covered[start]]
        covered[start] = True  # several may have met: the next step is the same for all of them
        if len(start) > 1:
            start = distinct(start)
