"""execve: a second record of a live pid is the same process with another program, not a child."""

from __future__ import annotations

import numpy as np

from engine.domain.arrays import NO_TIME, Ints
from engine.lineage.facts import Facts
from engine.lineage.links import Links

EXEC_GAP_US = 600_000_000
"""Without a guid, a longer silence between two records of a pid means reuse.

Of 827 replacements in the auditd and strace recordings 826 came within a second, one after 134 s.
"""


def find_execs(facts: Facts, links: Links) -> None:
    """Fill `exec_of`, and give every later program of a process the parent of its first.

    Windows has no execve: there a pid seen again is reuse. On POSIX it is reuse when the guids differ, when the
    parent's pid differs, or (no guid) after EXEC_GAP_US, when the kernel's pid counter may have come round, or behind an end.
    """
    rows = np.flatnonzero((links.merged < 0) & facts.posix & (facts.pid > 0))
    rows = rows[np.lexsort((facts.rank[rows], facts.pid[rows]))]
    earlier, later = rows[:-1], rows[1:]
    ppid_a, ppid_b = facts.ppid[earlier], facts.ppid[later]
    same = (facts.pid[earlier] == facts.pid[later]) & ((ppid_a == ppid_b) | (ppid_a < 0) | (ppid_b < 0))
    guid_a, guid_b = facts.guid[earlier], facts.guid[later]
    both = (guid_a >= 0) & (guid_b >= 0)
    timed = (facts.time[earlier] != NO_TIME) & (facts.time[later] != NO_TIME)
    soon = ~timed | (facts.time[later] - facts.time[earlier] <= EXEC_GAP_US)
    if facts.ended is not None:
        soon &= (facts.time[later] == NO_TIME) | (facts.ended[earlier] > facts.time[later])
    is_exec = same & np.where(both, guid_a == guid_b, soon)
    links.exec_of[later[is_exec]] = earlier[is_exec]
    inherit(links, first_programs(rows, is_exec))


def first_programs(rows: Ints, is_exec: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> tuple[Ints, Ints]:
    """(later programs, the first program of each one's process); `rows` in order of pid and time."""
    begins = np.append(True, ~is_exec) if len(rows) else np.zeros(0, np.bool_)
    index = np.maximum.accumulate(np.where(begins, np.arange(len(rows)), 0))
    return rows[~begins], rows[index[~begins]]


def inherit(links: Links, pairs: tuple[Ints, Ints]) -> None:
    """Copy parent, method and confidence from the first program to the later ones."""
    later, first = pairs
    links.parent[later] = links.parent[first]
    links.method[later] = links.method[first]
    links.confidence[later] = links.confidence[first]
