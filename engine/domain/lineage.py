"""One host's events as columns, and how they are linked.

Arrays and not objects, because a case may hold 22 million processes: a host's events take about 90 bytes each here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from engine.domain.arrays import Floats32, Ints, Ints8, Ints32


class LinkMethod(IntEnum):
    """How a parent was found; the order is from no evidence to best evidence. Stored as integers: never renumber."""

    NONE = 0
    """Root: the record names no parent."""
    NAME_ONLY = 1
    """Parent known only from the record's parent fields; it is a placeholder."""
    PID_NAME = 2
    """Parent pid and parent name agree, but time cannot decide."""
    PID_TIME = 3
    """The latest process with the parent's pid that started before the child (name agrees or is unknown)."""
    GUID = 4

    @property
    def label(self) -> str:
        """The word of the vocabulary: guid, pid+time, pid+name, name-only, none."""
        return {0: "none", 1: "name-only", 2: "pid+name", 3: "pid+time", 4: "guid"}[self.value]


def _no_ints() -> Ints:
    return np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class EndEvents:
    """Records of a host that tell of a process's end: columns of equal length k, in any order."""

    time_us: Ints = field(default_factory=_no_ints)
    """NO_TIME where unknown."""
    pid: Ints = field(default_factory=_no_ints)
    """-1 where unknown."""
    guid: list[str | None] = field(default_factory=list)
    source: Ints = field(default_factory=_no_ints)
    """Numbered as `HostEvents.source`."""
    position: Ints = field(default_factory=_no_ints)


@dataclass(frozen=True, slots=True)
class HostEvents:
    """All records of one host, columns of equal length n, in ascending `row` order (the order of ingest)."""

    host: str
    row: Ints
    """Primary keys of the records in the store."""
    kind: Ints8
    """Index into `kinds`."""
    kinds: tuple[str, ...]
    source: Ints32
    """Which source the record came from, numbered by content and not by arrival: it orders records of one time. Twins come
    from anywhere, exact repeats from other sources.
    """
    position: Ints
    time_us: Ints
    """NO_TIME where unknown."""
    pid: Ints
    """-1 where unknown; same for `ppid`."""
    ppid: Ints
    guid: list[str | None]
    parent_guid: list[str | None]
    image: Ints32
    """Index into `paths`; the empty path has an index of its own."""
    parent_image: Ints32
    """Index into `paths`, -1 where the record names no parent."""
    ancestors: dict[int, tuple[int, ...]]
    """Position in these columns -> indices into `paths` above the parent, nearest first. Sparse: few formats have them."""
    command: Ints
    """Identity of the command-line text (equal numbers, equal text); -1 where absent. Only for finding repeats."""
    paths: tuple[str, ...]
    """Normalised paths (engine.paths.fold, later rules)."""
    record_id: list[str | None] = field(default_factory=list)
    ends: EndEvents = field(default_factory=EndEvents)
    clock_set_us: Ints = field(default_factory=_no_ints)
    """When records say that the host's clock was set, in any order."""
    sources: tuple[int, ...] = ()
    """Keys of the sources in the store, indexed by `source`; empty where nobody asks for them."""


@dataclass(frozen=True, slots=True)
class Lineage:
    """Links of one host. Node indices: 0 … n-1 are the events, n … n+m-1 the placeholders.

    Every node is its own process except those with `merged_into` >= 0 (a second record of a process, such as the 4688
    twin of a Sysmon event or an exact repeat from another copy of the log).
    """

    merged_into: Ints
    """[n] node index of the record that represents the process, -1 for representatives."""
    parent: Ints
    """[n+m] node index, -1 for roots; merged records have -1. Never a merged record, never itself, never a cycle."""
    method: Ints8
    """[n+m] LinkMethod."""
    confidence: Floats32
    """[n+m] 0 … 1: the estimated probability that the link is right."""
    exec_of: Ints
    """[n+m] node whose image this one replaced by execve in the same pid, -1 otherwise."""
    placeholder_image: Ints32
    """[m] index into `paths`, -1 when nothing is known but that there was a parent."""
    placeholder_pid: Ints
    placeholder_guid: list[str | None]
    placeholder_time_us: Ints
    """[m] the earliest child's time: the process is at least as old."""
    end_of: Ints = field(default_factory=_no_ints)
    """[k] node of the record whose process each of `HostEvents.ends` ended, -1 where it is none of them."""
