"""The links while they are being found, and the first two ways to find them: guid, then pid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.domain.arrays import NO_TIME, Floats32, Ints, Ints8
from engine.domain.lineage import LinkMethod
from engine.lineage import confidence
from engine.lineage.clock import CROSS_SLACK_US, SLACK_US
from engine.lineage.ends import gone
from engine.lineage.facts import Facts
from engine.lineage.grouping import History, Mask, represented
from engine.lineage.steps import stepped


@dataclass(slots=True)
class Links:
    """Columns of length n, filled step by step; merged records keep -1."""

    merged: Ints
    parent: Ints
    method: Ints8
    confidence: Floats32
    exec_of: Ints

    @classmethod
    def empty(cls, merged: Ints) -> Links:
        """Columns for n nodes of which none has a parent yet."""
        n = len(merged)
        none = np.full(n, -1, np.int64)
        return cls(merged, none.copy(), np.zeros(n, np.int8), np.zeros(n, np.float32), none.copy())

    @property
    def open(self) -> Ints:
        """Representatives without a parent."""
        return np.flatnonzero((self.merged < 0) & (self.parent < 0))

    def set(self, child: Ints, parent: Ints, method: LinkMethod, sure: float) -> None:
        """Link where `parent` is a node (not -1)."""
        found = parent >= 0
        self.parent[child[found]] = parent[found]
        self.method[child[found]] = method
        self.confidence[child[found]] = sure


def link_guids(facts: Facts, links: Links) -> None:
    """Link to the representative whose (or whose merged record's) guid the child names.

    A guid that several processes carry (execve keeps it; forgeries) means the one with the pid that the child gives its
    parent, where there is one; of several the latest before the child, else the next after it: clocks may be skewed, the
    guid is trusted, and `cut_cycles` has the last word.
    """
    carriers = np.flatnonzero(facts.guid >= 0)
    asking = links.open
    asking = asking[(facts.parent_guid[asking] >= 0) & (facts.parent_guid[asking] != facts.guid[asking])]
    found = _nearest(facts, links, asking, History(carriers, facts.rank, facts.guid), facts.parent_guid[asking])
    pid, ppid = facts.pid[found], facts.ppid[asking]
    # Nearly no log has any: only then is it worth another history.
    other = np.flatnonzero((found >= 0) & (pid > 0) & (ppid > 0) & (pid != ppid))
    if len(other):
        carriers = carriers[facts.pid[carriers] > 0]
        history = History(carriers, facts.rank, facts.guid, facts.pid)
        same = _nearest(facts, links, asking[other], history, facts.parent_guid[asking[other]], ppid[other])
        found[other] = np.where(same >= 0, same, found[other])
    links.set(asking, found, LinkMethod.GUID, confidence.GUID)


def _nearest(facts: Facts, links: Links, asking: Ints, history: History, *key: Ints) -> Ints:
    """The representative of the latest node with the key before each child, else of the next after it; -1 for none."""
    found = represented(links.merged, history.before(facts.rank[asking], *key))
    # A process and its twin can carry each other's guid in hostile logs: nobody is their own parent.
    found[found == asking] = -1
    late = found < 0
    later = represented(links.merged, history.after(facts.rank[asking[late]], *(column[late] for column in key)))
    later[later == asking[late]] = -1
    found[late] = later
    return found


_STEM = 18
"""Characters of a Sysmon guid that tell the machine and the second in which the process started."""


def link_stems(facts: Facts, links: Links) -> None:
    """Link to a process with the parent's pid and name whose guid differs from the named one in the last groups only.

    Sysmon sometimes gives a process one guid in its own record and another in its children's (6 links of one recorded
    workstation): machine and start time, the first 18 characters, are the same in both.
    """
    asking = links.open
    asking = asking[(facts.parent_guid[asking] >= 0) & (facts.ppid[asking] > 0) & (facts.parent_image[asking] >= 0)]
    if not len(asking) or not (facts.guid >= 0).any():
        return
    carriers = np.flatnonzero((links.merged < 0) & (facts.guid >= 0) & (facts.pid > 0))
    tail = _column(facts.names.tail, facts.events.image)
    history = History(carriers, facts.rank, facts.pid, tail)
    wanted = (facts.ppid[asking], facts.names.tail[facts.parent_image[asking]])
    for found in (history.before(facts.rank[asking], *wanted), history.after(facts.rank[asking], *wanted)):
        same = [
            child
            for child in np.flatnonzero((found >= 0) & (links.parent[asking] < 0)).tolist()
            if _same_stem(facts, int(facts.guid[found[child]]), int(facts.parent_guid[asking[child]]))
        ]
        links.set(asking[same], found[same], LinkMethod.PID_TIME, confidence.PID_TIME_NAMED)


def _same_stem(facts: Facts, one: int, other: int) -> bool:
    first, second = facts.guid_text(one) or "", facts.guid_text(other) or ""
    return len(first) == len(second) == 36 and first[:_STEM] == second[:_STEM]


def link_pids(facts: Facts, links: Links) -> None:
    """Link what has no guid link to the latest process with the parent's pid, the name agreeing where it is known.

    A child that names a parent guid nobody has can still be the child of a process known without guid (4688 only),
    but never of one with another guid. pid 0 is nobody (Idle, the kernel), and pid == ppid is a defect of the
    record, since a parent lives when its child is created and so cannot share its pid.
    """
    asking = links.open
    ppid, pid = facts.ppid[asking], facts.pid[asking]
    asking = asking[(ppid > 0) & (ppid != pid)]
    with_pid = np.flatnonzero((links.merged < 0) & (facts.pid > 0))
    guided = facts.parent_guid[asking] >= 0
    _link_pids(facts, links, asking[~guided], with_pid)
    if guided.any():
        _link_pids(facts, links, asking[guided], with_pid[facts.guid[with_pid] < 0])
    asking = asking[links.parent[asking] >= 0]
    parent = links.parent[asking]
    stale = _timed(facts, asking, parent) & (facts.time[asking] - facts.time[parent] > confidence.STALE_US)
    links.confidence[asking[stale]] = confidence.PID_STALE


def _link_pids(facts: Facts, links: Links, asking: Ints, candidates: Ints) -> None:
    named = facts.parent_image[asking] >= 0
    latest = _Search(facts, History(candidates, facts.rank, facts.pid))
    _link_unnamed(facts, links, asking[~named], latest)
    _link_named(facts, links, asking[named], candidates, latest)


class _Search:
    """Looks for the parent of children by pid, or by pid and name, backwards and then a little forwards."""

    def __init__(self, facts: Facts, history: History) -> None:
        self.facts = facts
        self.history = history

    def before(self, child: Ints, *name: Ints) -> Ints:
        """The latest node, unless it had ended. Who had the pid before that one ended earlier still."""
        found = self.history.before(self.facts.rank[child], self.facts.ppid[child], *name)
        return found if self.facts.ended is None else np.where(gone(self.facts, child, found), -1, found)

    def soon_after(self, child: Ints, *name: Ints) -> Ints:
        """The next node, when it is later by no more than clocks and logging explain, or when time cannot tell.

        Also when the clock was set back between the two: by any sign where the name is given, else by better ones.
        """
        found = self.history.after(self.facts.rank[child], self.facts.ppid[child], *name)
        late = _late(self.facts, child, found)
        late &= ~stepped(self.facts, child, found, by_pid=not name)
        return np.where(late, -1, found)


def _late(facts: Facts, child: Ints, parent: Ints) -> Mask:
    same_kind = facts.events.kind[parent] == facts.events.kind[child]
    slack = np.where(same_kind, SLACK_US, CROSS_SLACK_US)
    late: Mask = _timed(facts, child, parent) & (facts.time[parent] - facts.time[child] > slack)
    return late


def _timed(facts: Facts, child: Ints, parent: Ints) -> Mask:
    timed: Mask = (facts.time[child] != NO_TIME) & (facts.time[parent] != NO_TIME)
    return timed


def _link_unnamed(facts: Facts, links: Links, child: Ints, latest: _Search) -> None:
    """The record does not name the parent's image (old 4688, auditd): pid and time are all there is."""
    if not len(child):
        return
    found = latest.before(child)
    missing = found < 0
    found[missing] = latest.soon_after(child[missing])
    timed = _timed(facts, child, found)
    links.set(child[timed], found[timed], LinkMethod.PID_TIME, confidence.PID_TIME_UNNAMED)
    links.set(child[~timed], found[~timed], LinkMethod.PID_NAME, confidence.PID_NAME_UNTIMED)
    back = (found >= 0) & _late(facts, child, found)
    links.set(child[back], found[back], LinkMethod.PID_NAME, confidence.CLOCK_STEP)


def _link_named(facts: Facts, links: Links, child: Ints, candidates: Ints, latest: _Search) -> None:
    """The parent's name is known: the latest process of that pid whose name agrees, however often the pid was reused."""
    if not len(child):
        return
    names, image = facts.names, facts.events.image
    found = np.full(len(child), -1, np.int64)
    path = facts.parent_image[child]
    bare = names.bare[path]
    by_tail = _Search(facts, History(candidates, facts.rank, facts.pid, _column(names.tail, image)))
    by_base = _Search(facts, History(candidates, facts.rank, facts.pid, _column(names.base, image)))
    for step in (_Search.before, _Search.soon_after):
        for search, mask, name in ((by_tail, ~bare, names.tail), (by_tail, ~bare, names.base), (by_base, bare, names.base)):
            rows = np.flatnonzero(mask & (found < 0)) if step is _Search.soon_after else np.flatnonzero(mask)
            hit = step(search, child[rows], name[path[rows]])
            better = (hit >= 0) & ((found[rows] < 0) | (facts.rank[hit] > facts.rank[found[rows]]))
            found[rows[better]] = hit[better]
    timed = _timed(facts, child, found)
    reused = timed & (latest.before(child) != found) & (facts.rank[found] < facts.rank[child])
    back = (found >= 0) & _late(facts, child, found)
    for mask, method, sure in (
        (timed & ~reused & ~back, LinkMethod.PID_TIME, confidence.PID_TIME_NAMED),
        (reused, LinkMethod.PID_NAME, confidence.PID_NAME_REUSED),
        (back, LinkMethod.PID_NAME, confidence.CLOCK_STEP),
        (~timed, LinkMethod.PID_NAME, confidence.PID_NAME_UNTIMED),
    ):
        links.set(child[mask], found[mask], method, sure)


def _column(table: Ints, image: np.ndarray[tuple[int], np.dtype[np.signedinteger]]) -> Ints:
    """table[image]; records without an image get a number that nobody asks for."""
    numbers = np.where(image >= 0, table[image], -1) if len(table) else np.full(len(image), -1, np.int64)
    return np.where(numbers < 0, int(table.max(initial=0)) + 1, numbers)
