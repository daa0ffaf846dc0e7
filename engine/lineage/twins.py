"""Two records of different kinds that tell of one process: Sysmon 1 and Security 4688, auditd and strace …

Measured on the recordings (600 pairs of Sysmon 1 and 4688 of one host, pid and file name): collectors that keep the
event's own time are within 10 ms of each other; where only the time of arrival is left, 4688 lags by 1 to 3 s, and
during a boot by up to 50 s. All agree on the parent's pid, and on the command line except where the 4688 record
has none. Hence two windows: a short one that needs pid and program, and a long one that needs parent and command too.
"""

from __future__ import annotations

import numpy as np

from engine.lineage.facts import Facts
from engine.lineage.grouping import Mask, same_rows
from engine.tables import NO_TIME, Ints

NEAR_US = 2_000_000
FAR_US = 60_000_000
_ROUNDS = 8
"""Rounds of matching nearest neighbours; honest logs need one or two. What a hostile log leaves is swept."""


def match_twins(facts: Facts, merged: Ints) -> None:
    """Merge twins one to one, nearest in time first, into the kind that has guids (else the more frequent kind).

    Records without a pid (one shipper in the recordings loses Sysmon's ProcessId) are matched by the parent's pid,
    program and command line instead; the twin then lends its pid.
    """
    events = facts.events
    kinds = _by_priority(facts, merged)
    base = np.where(events.image >= 0, facts.names.base[events.image], -1) if len(events.paths) else events.image
    usable = (facts.time != NO_TIME) & (base >= 0)
    for place, kind in enumerate(kinds[1:], 1):
        better = np.isin(events.kind, kinds[:place])
        lower = events.kind == kind
        known = usable & (lower | better)
        rows = np.flatnonzero(known & (merged < 0) & (events.pid >= 0))
        _match(facts, rows, lower[rows], same_rows(events.pid[rows], base[rows]), merged)
        if (known & (events.pid < 0)).any():
            rows = np.flatnonzero(known & (merged < 0) & (events.ppid >= 0) & (events.command >= 0))
            groups = same_rows(events.ppid[rows], base[rows], events.command[rows])
            _match(facts, rows, lower[rows], groups, merged)


def _by_priority(facts: Facts, merged: Ints) -> list[int]:
    """Kinds of the host, best representative first; independent of the order of records."""
    kinds = facts.events.kind[merged < 0].astype(np.int64)
    total = np.bincount(kinds, minlength=len(facts.events.kinds))
    with_guid = np.bincount(kinds[facts.guid[merged < 0] >= 0], minlength=len(total))
    present = [kind for kind in range(len(total)) if total[kind]]
    return sorted(present, key=lambda kind: (-with_guid[kind] / total[kind], -total[kind], facts.events.kinds[kind]))


def _match(facts: Facts, rows: Ints, lower: Mask, groups: tuple[Ints, Ints], merged: Ints) -> None:
    """Pair records of one kind (`lower`) with those of better kinds within each group."""
    order, starts = groups
    sizes = np.diff(np.append(starts, len(order)))
    lowers = np.add.reduceat(lower[order].astype(np.int64), starts) if len(order) else sizes
    mixed = np.repeat((lowers > 0) & (lowers < sizes), sizes)
    group = np.repeat(np.arange(len(starts)), sizes)[mixed]
    rows, lower = rows[order[mixed]], lower[order[mixed]]
    order = np.lexsort((facts.rank[rows], facts.time[rows], group))
    rows, lower, group = rows[order], lower[order], group[order]
    for _ in range(_ROUNDS):
        pairs = _nearest_pairs(facts, rows, lower, group)
        if not len(pairs):
            return
        rows, lower, group = _take(rows, lower, group, pairs, merged)
    pairs = np.flatnonzero(_gaps(facts, rows, lower, group) >= 0)
    _take(rows, lower, group, _disjoint(pairs), merged)


def _nearest_pairs(facts: Facts, rows: Ints, lower: Mask, group: Ints) -> Ints:
    """Positions i where records i, i+1 may be twins and are nearer to each other than to their other neighbours."""
    if len(rows) < 2:
        return np.zeros(0, np.int64)
    gap = _gaps(facts, rows, lower, group).astype(np.float64)
    gap[gap < 0] = np.inf
    before, after = np.append(np.inf, gap[:-1]), np.append(gap[1:], np.inf)
    return np.flatnonzero(np.isfinite(gap) & (gap <= after) & (gap < before))


def _disjoint(pairs: Ints) -> Ints:
    """Drop every pair that shares a record with the kept pair before it: within a run of neighbours, every other one."""
    run = np.cumsum(np.append(True, np.diff(pairs) > 1)) if len(pairs) else pairs
    starts = np.flatnonzero(np.append(True, run[1:] != run[:-1])) if len(pairs) else pairs
    offset = np.arange(len(pairs)) - np.repeat(starts, np.diff(np.append(starts, len(pairs))))
    kept: Ints = pairs[offset % 2 == 0]
    return kept


def _gaps(facts: Facts, rows: Ints, lower: Mask, group: Ints) -> Ints:
    """Time between neighbours i, i+1, -1 where they cannot be twins."""
    events, names = facts.events, facts.names
    left, right = rows[:-1], rows[1:]
    gap = facts.time[right] - facts.time[left]
    tails = names.tail[events.image[left]] == names.tail[events.image[right]]
    same_path = tails | names.bare[events.image[left]] | names.bare[events.image[right]]
    ppid_left, ppid_right = facts.ppid[left], facts.ppid[right]
    same_parent = ppid_left == ppid_right
    command = events.command[left]
    strong = same_parent & (ppid_left >= 0) & (command >= 0) & (command == events.command[right])
    same_pid = events.pid[left] == events.pid[right]
    near = (gap <= NEAR_US) & (same_parent | (ppid_left < 0) | (ppid_right < 0))
    near &= same_pid | (events.pid[left] < 0) | (events.pid[right] < 0)
    far = (gap <= FAR_US) & same_pid & (events.pid[left] >= 0) & strong
    fits = (group[:-1] == group[1:]) & (lower[:-1] != lower[1:]) & same_path & (near | far)
    return np.where(fits, gap, -1)


def _take(rows: Ints, lower: Mask, group: Ints, pairs: Ints, merged: Ints) -> tuple[Ints, Mask, Ints]:
    """Merge the pairs and return what is left."""
    first, second = rows[pairs], rows[pairs + 1]
    lower_first = lower[pairs]
    merged[np.where(lower_first, first, second)] = np.where(lower_first, second, first)
    left = np.ones(len(rows), np.bool_)
    left[pairs] = False
    left[pairs + 1] = False
    return rows[left], lower[left], group[left]
