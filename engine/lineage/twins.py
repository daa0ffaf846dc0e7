"""Two records of different kinds that tell of one process: Sysmon 1 and Security 4688, auditd and strace …

Measured on the recordings (600 pairs of Sysmon 1 and 4688 of one host, pid and file name): collectors that keep the
event's own time are within 10 ms of each other; where only the time of arrival is left, 4688 lags by 1 to 3 s, and
during a boot by up to 50 s. All agree on the parent's pid, and on the command line except where the 4688 record
has none. Hence a short window that needs pid and program, a long one that needs parent and command too, a long one for
records without parent and command (4688 of old), and one between for records that lost their pid.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.domain.arrays import NO_TIME, Ints
from engine.lineage.facts import Facts
from engine.lineage.grouping import Mask, same_rows

NEAR_US = 2_000_000
ARRIVAL_US = 5_000_000
FAR_US = 60_000_000
_ROUNDS = 8
"""Rounds of matching nearest neighbours; honest logs need one or two. What a hostile log leaves is swept."""

Rule = Callable[[Facts, Ints, Ints, Ints], Mask]
"""May these pairs (facts, earlier rows, later rows, µs between) be twins? Same pid and base, or ppid and base, given."""


def match_twins(facts: Facts, merged: Ints) -> None:
    """Merge twins one to one, nearest in time first, into the kind that has guids (else the more frequent kind).

    Records without a pid (one shipper in the recordings loses Sysmon's ProcessId) are matched by the parent's pid,
    program and command line instead; the twin then lends its pid.
    """
    events = facts.events
    kinds = _by_priority(facts, merged)
    base: Ints = np.full(len(events.row), -1, np.int64)
    if len(events.paths):
        base = np.where(events.image >= 0, facts.names.base[events.image], -1)
    usable = (facts.time != NO_TIME) & (base >= 0)
    for place, kind in enumerate(kinds[1:], 1):
        better = np.isin(events.kind, kinds[:place])
        lower = events.kind == kind
        known = usable & (lower | better)

        def match(wanted: Mask, rule: Rule, *key: Ints, lower: Mask = lower, known: Mask = known) -> None:
            rows = np.flatnonzero(known & (merged < 0) & wanted)
            _match(facts, rows, lower[rows], same_rows(*(column[rows] for column in key)), rule, merged)

        match(events.pid >= 0, _told_alike, events.pid, base)
        match(events.pid >= 0, _silent_on_parent, events.pid, base, _tenancies(facts, base))
        if (known & (events.pid < 0)).any():
            match((events.ppid >= 0) & (events.command >= 0), _lost_pid, events.ppid, base, events.command)
            match(events.ppid >= 0, _lost_pid, events.ppid, base)


def _told_alike(facts: Facts, left: Ints, right: Ints, gap: Ints) -> Mask:
    """Near in time, parents not at odds; or far, with parent and command line the same."""
    ppid_left, ppid_right, command = facts.ppid[left], facts.ppid[right], facts.events.command[left]
    near = (gap <= NEAR_US) & ((ppid_left == ppid_right) | (ppid_left < 0) | (ppid_right < 0))
    same = (ppid_left >= 0) & (ppid_left == ppid_right) & (command >= 0) & (command == facts.events.command[right])
    fits: Mask = near | ((gap <= FAR_US) & same)
    return fits


def _silent_on_parent(facts: Facts, left: Ints, right: Ints, gap: Ints) -> Mask:
    """One record names neither parent nor command line. In one tenancy of the pid, the full path is enough.

    Without this the services.exe of one recorded boot stood in the tree twice, its children under the wrong one.
    """
    ppid, command = facts.ppid, facts.events.command
    silent = ((ppid[left] < 0) & (command[left] < 0)) | ((ppid[right] < 0) & (command[right] < 0))
    return (gap <= FAR_US) & silent & _same_full_path(facts, left, right)


def _lost_pid(facts: Facts, left: Ints, right: Ints, gap: Ints) -> Mask:
    """One record has no pid: the parent's pid, the path, and a command line that is not at odds must do."""
    pid, command = facts.events.pid, facts.events.command
    lost = (pid[left] < 0) | (pid[right] < 0)
    agree = (command[left] == command[right]) | (command[left] < 0) | (command[right] < 0)
    near = (gap <= NEAR_US) & (command[left] == command[right])
    fits: Mask = lost & (near | ((gap <= ARRIVAL_US) & agree & _same_full_path(facts, left, right)))
    return fits


def _same_full_path(facts: Facts, left: Ints, right: Ints) -> Mask:
    names, image = facts.names, facts.events.image
    same: Mask = (names.tail[image[left]] == names.tail[image[right]]) & ~names.bare[image[left]]
    return same


def _tenancies(facts: Facts, base: Ints) -> Ints:
    """[n] equal for records of one pid and program with no other program under that pid between them."""
    order = np.lexsort((facts.rank, facts.events.pid))
    pid, program = facts.events.pid[order], base[order]
    begins = np.ones(len(order), np.int64)
    begins[1:] = (pid[1:] != pid[:-1]) | (program[1:] != program[:-1])
    tenancy = np.empty(len(order), np.int64)
    tenancy[order] = np.cumsum(begins)
    return tenancy


def _by_priority(facts: Facts, merged: Ints) -> list[int]:
    """Kinds of the host, best representative first; independent of the order of records."""
    kinds = facts.events.kind[merged < 0].astype(np.int64)
    total = np.bincount(kinds, minlength=len(facts.events.kinds))
    with_guid = np.bincount(kinds[facts.guid[merged < 0] >= 0], minlength=len(total))
    present = [kind for kind in range(len(total)) if total[kind]]
    return sorted(present, key=lambda kind: (-with_guid[kind] / total[kind], -total[kind], facts.events.kinds[kind]))


def _match(facts: Facts, rows: Ints, lower: Mask, groups: tuple[Ints, Ints], rule: Rule, merged: Ints) -> None:
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
        pairs = _nearest_pairs(_gaps(facts, rows, lower, group, rule))
        if not len(pairs):
            return
        rows, lower, group = _take(rows, lower, group, pairs, merged)
    pairs = np.flatnonzero(_gaps(facts, rows, lower, group, rule) >= 0)
    _take(rows, lower, group, _disjoint(pairs), merged)


def _nearest_pairs(gaps: Ints) -> Ints:
    """Positions i where records i, i+1 may be twins and are nearer to each other than to their other neighbours."""
    if not len(gaps):
        return gaps
    gap = gaps.astype(np.float64)
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


def _gaps(facts: Facts, rows: Ints, lower: Mask, group: Ints, rule: Rule) -> Ints:
    """Time between neighbours i, i+1, -1 where they cannot be twins."""
    image, names = facts.events.image, facts.names
    left, right = rows[:-1], rows[1:]
    gap = facts.time[right] - facts.time[left]
    same_path = (names.tail[image[left]] == names.tail[image[right]]) | names.bare[image[left]] | names.bare[image[right]]
    fits = (group[:-1] == group[1:]) & (lower[:-1] != lower[1:]) & same_path & rule(facts, left, right, gap)
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
