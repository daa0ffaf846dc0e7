"""Hubs: processes below which each child begins a story of its own. By full path, place and behaviour, never by name alone.

    trusted     init, service managers and hosts, login and cron daemons, container runtimes, the desktop and the installer, where
                only administrators write and below nothing but other trusted ones. `/tmp/.cache/kswapd0` and a svchost that a
                shell started are no hubs, whatever they are called.
    behaviour   KIDS children and more over more than LONG: servers, sessions. So is a parent that the log does not have, sooner.
    trees       TREES children and more with TREE processes each: whatever it is, what it starts has little to do with each other:
                a test harness, a build farm's agent, a desktop of another vendor.

What is odd itself is no hub by the first two: what an implant starts all day is one story.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import NO_TIME, Floats32, Ints
from engine.domain.blocks import blocks, counted
from engine.domain.processes import ProcessTable
from engine.knowledge.build_tree import hub_paths
from engine.knowledge.locations import Zone, location_class, zone
from engine.knowledge.roles import Role, role
from engine.paths import basename

Flags = npt.NDArray[np.bool_]

KIDS, LONG = 5, 30 * 60_000_000
MISSING_KIDS, MISSING_LONG = 3, 10 * 60_000_000
"""The same for a parent that is not in the log: nobody can see whether it is odd, and cron and sshd are often missing."""
TREES, TREE = 8, 10
ODD_SHARE = 0.02
"""The oddest share of the chains, by score: what ends in one of them is odd itself."""
LAUNCHERS = frozenset({"explorer.exe", "msiexec.exe"})
"""What they start has nothing in common but the user's desktop or the installer service."""
PASSING = frozenset({"su", "sudo", "doas", "pkexec", "runuser", "run0", "wmiprvse.exe", "dllhost.exe", "taskeng.exe"})
"""They log somebody in, or serve one request or task, and are gone: a step on the way, no daemon. What one of them does over
hours is told by its behaviour."""
_SAFE = frozenset({Zone.SYSTEM, Zone.PROGRAM_FILES})
_FURTHEST = 40
"""Looks upwards, each twice as far as the one before: enough for any depth."""


class Hubs(NamedTuple):
    """[n] which processes are hubs, and which of these are joined over: odd children of one burst are one incident.

    Joined over are hubs by behaviour (a web server's shells, a session's commands, a missing parent's children). Not what init,
    cron or the desktop start within some minutes of each other.
    """

    hub: Flags
    joining: Flags


def hubs(paths: Sequence[str], table: ProcessTable, score: Floats32, odd: float) -> Hubs:
    """Of n processes. score [n] -inf where unknown; odd: the score from which on a process is odd itself."""
    everyday = score < odd
    trusted = trusted_hubs(paths, table) & everyday
    busy = _by_behaviour(table) & everyday & ~trusted
    trees = _starts_trees(table) & ~trusted
    return Hubs(trusted | busy | trees, busy & ~trees)


def trusted_hubs(paths: Sequence[str], table: ProcessTable) -> Flags:
    """[n] by path and place."""
    found: Flags = np.append(trusted_paths(paths), False)[table.image]
    known = (table.parent >= 0) & (np.append(table.recorded, 0)[table.parent] == 1)
    # Every known ancestor has to be one: looked up in steps that double.
    above = np.where(known, table.parent, np.arange(len(table), dtype=np.int32))
    for _ in range(_FURTHEST):
        found, further = found & found[above], above[above]
        if (further == above).all():
            break
        above = further
    return found


def trusted_paths(paths: Sequence[str]) -> Flags:
    """[p] programs that everything hangs from, in places where only administrators write. Windows' kernel has no path."""
    kind = hub_paths(paths) | np.array([basename(path) in LAUNCHERS for path in paths], dtype=np.bool_)
    for row in np.flatnonzero(kind).tolist():
        path = paths[row]
        kernel = role(path) is Role.KERNEL and "/" not in path and "\\" not in path
        kind[row] = basename(path) not in PASSING and (kernel or zone(location_class(path)) in _SAFE)
    return kind


def _by_behaviour(table: ProcessTable) -> Flags:
    n, fewest = len(table), min(KIDS, MISSING_KIDS)
    kids = np.zeros(n, dtype=np.int32)
    for above, _time in _timed_children(table):
        np.add.at(kids, above, np.ones(len(above), dtype=np.int32))
    several = np.flatnonzero(kids >= fewest)
    place = np.full(n, -1, dtype=np.int32)
    place[several] = np.arange(len(several))
    first = np.full(len(several), np.iinfo(np.int64).max)
    last = np.full(len(several), np.iinfo(np.int64).min)
    for above, time in _timed_children(table):
        at = place[above]
        np.minimum.at(first, at[at >= 0].astype(np.intp), time[at >= 0])
        np.maximum.at(last, at[at >= 0].astype(np.intp), time[at >= 0])
    # Halves: forged times may lie further apart than a 64-bit number counts.
    span = last // 2 - first // 2
    missing = table.recorded[several] == 0
    found = np.zeros(n, dtype=np.bool_)
    found[several] = np.where(
        missing, (kids[several] >= MISSING_KIDS) & (span > MISSING_LONG // 2), (kids[several] >= KIDS) & (span > LONG // 2)
    )
    return found


def _timed_children(table: ProcessTable) -> Iterator[tuple[Ints, Ints]]:
    """Parents and times of the processes that have both, in blocks."""
    for part in blocks(len(table)):
        above, time = table.parent[part], table.time_us[part]
        there = (above >= 0) & (time != NO_TIME)
        yield above[there].astype(np.int64), time[there]


def _starts_trees(table: ProcessTable) -> Flags:
    """[n] A subtree of TREE processes has so many within TREE levels, so no more levels are counted."""
    n, size = len(table), np.ones(len(table), dtype=np.int32)
    for _ in range(TREE - 1):
        # Enough is enough: what is large already need not be told exactly, and numbers stay small.
        below = np.zeros(n, dtype=np.int32)
        for part in blocks(n):
            child = table.parent[part] >= 0
            np.add.at(below, table.parent[part][child].astype(np.intp), np.minimum(size[part][child], TREE))
        further = 1 + np.minimum(below, TREE)
        if (further == size).all():
            break
        size = further
    return counted(np.where(size >= TREE, table.parent, -1), n) >= TREES
