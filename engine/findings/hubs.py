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

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import NO_TIME, Floats32, Ints
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
PASSING = frozenset({"su", "sudo", "doas", "pkexec", "runuser", "run0"})
"""They log somebody in and are gone: a step on the way, no daemon."""
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
    by_path = np.append(trusted_paths(paths), False)[table.image]
    parent = table.parent.astype(np.int64)
    known = (parent >= 0) & (table.recorded[np.maximum(parent, 0)] == 1)
    # Every known ancestor has to be one: looked up in steps that double.
    above = np.where(known, parent, np.arange(len(table)))
    found = by_path.copy()
    for _ in range(_FURTHEST):
        further, next_above = found & found[above], above[above]
        if (next_above == above).all():
            return further
        found, above = further, next_above
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
    n, parent = len(table), table.parent
    child = np.flatnonzero((parent >= 0) & (table.time_us != NO_TIME))
    above, time = parent[child], table.time_us[child]
    kids = np.bincount(above, minlength=n)
    first = np.full(n, np.iinfo(np.int64).max)
    last = np.full(n, np.iinfo(np.int64).min)
    np.minimum.at(first, above, time)
    np.maximum.at(last, above, time)
    # Halves: forged times may lie further apart than a 64-bit number counts.
    span = np.where(kids > 0, last // 2 - first // 2, 0)
    missing = table.recorded == 0
    return np.asarray(np.where(missing, (kids >= MISSING_KIDS) & (span > MISSING_LONG // 2), (kids >= KIDS) & (span > LONG // 2)))


def _starts_trees(table: ProcessTable) -> Flags:
    """[n] A subtree of TREE processes has so many within TREE levels, so no more levels are counted."""
    n, child = len(table), np.flatnonzero(table.parent >= 0)
    above = table.parent[child]
    size: Ints = np.ones(n, dtype=np.int64)
    for _ in range(TREE - 1):
        # Enough is enough: what is large already need not be told exactly, and numbers stay small.
        size = 1 + np.minimum(np.bincount(above, weights=np.minimum(size[child], TREE), minlength=n), TREE).astype(np.int64)
    large = child[size[child] >= TREE]
    return np.asarray(np.bincount(table.parent[large], minlength=n) >= TREES)
