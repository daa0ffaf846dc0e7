"""What the steps of linking work on: the columns of a host with twins' knowledge pooled, and an order of events."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.domain.arrays import NO_TIME, Ints, Ints32
from engine.domain.lineage import HostEvents
from engine.lineage.clock import corrected
from engine.lineage.grouping import Mask, codes
from engine.lineage.names import Names

_NO_GUIDS = ("", "-", "00000000-0000-0000-0000-000000000000", "{00000000-0000-0000-0000-000000000000}")
"""What is written where there is no guid. Readers leave it out; whoever does not must not make one family of all processes."""
_POSIX_KINDS = frozenset(
    (
        *("sysmon-linux", "auditd", "auditd-la", "auoms", "osquery", "strace", "execsnoop"),
        *("tetragon", "tracee", "falco", "kunai", "eslogger", "santa"),
    )
)
"""Kinds of record in which a process keeps its pid when it runs another program."""


@dataclass(slots=True)
class Facts:
    """Columns of length n. Guid numbers are shared by `guid` and `parent_guid`; -1 is "unknown" everywhere."""

    events: HostEvents
    names: Names
    time: Ints
    """NO_TIME where unknown; clocks of one source brought together (see clock)."""
    rank: Ints
    """Position in the order of events: time, then source and position. Distinct."""
    guid: Ints
    parent_guid: Ints
    pid: Ints
    ppid: Ints
    parent_image: Ints32
    """-1 also for the empty path, which names nobody."""
    posix: Mask
    """execve semantics apply to this record."""
    ancestors: dict[int, tuple[int, ...]]
    guid_places: Ints
    """Where each guid number occurs first: position in the columns `guid` and `parent_guid` laid end to end."""
    end_time: Ints
    """[k] as `time`, of `HostEvents.ends`."""
    end_guid: Ints
    ended: Ints | None = None
    """When the process of each record had ended at the latest, NEVER where nothing says; None without ends (see ends)."""

    @classmethod
    def of(cls, events: HostEvents) -> Facts:
        """Derive the columns; O(n log n) for the order."""
        guids = events.guid, events.parent_guid, events.ends.guid
        guid_places, (guid, parent_guid, end_guid) = codes(*guids, nothing=_NO_GUIDS)
        names = Names.of(events.paths)
        clock = corrected(events, names, guid)
        named = np.fromiter((bool(path) for path in events.paths), np.bool_, len(events.paths))
        parent_image = events.parent_image.copy()
        parent_image[(parent_image >= 0) & ~_pick(named, parent_image)] = -1
        posix_kinds = np.fromiter((kind in _POSIX_KINDS for kind in events.kinds), np.bool_, len(events.kinds))
        posix = _pick(names.posix, events.image) | (_pick(posix_kinds, events.kind) & ~_pick(names.windows, events.image))
        rank = _ranks(clock.time, events)
        return cls(
            events, names, clock.time, rank, guid, parent_guid, events.pid.copy(), events.ppid.copy(), parent_image, posix,
            dict(events.ancestors), guid_places, clock.of_ends(events.ends, end_guid), end_guid,
        )  # fmt: skip

    def guid_text(self, number: int) -> str | None:
        """The guid with this number; None for -1."""
        if number < 0:
            return None
        place, n = int(self.guid_places[number]), len(self.rank)
        return self.events.guid[place] if place < n else self.events.parent_guid[place - n]

    def pool(self, merged_into: Ints) -> None:
        """Give representatives what only their other records know. The earliest record that knows wins.

        The earliest time counts: the later ones are times of arrival, behind which the first children would fall.
        """
        merged = np.flatnonzero(merged_into >= 0)
        merged = merged[np.argsort(-self.rank[merged])]
        target = merged_into[merged]
        timed = self.time[merged] != NO_TIME
        early = np.where(self.time == NO_TIME, np.iinfo(np.int64).max, self.time)
        np.minimum.at(early, target[timed], self.time[merged[timed]])
        early[early == np.iinfo(np.int64).max] = NO_TIME
        if (early != self.time).any():
            self.time = early
            self.rank = _ranks(early, self.events)
        for column in (self.pid, self.ppid, self.parent_image, self.parent_guid):
            useful = (column[merged] >= 0) & (column[target] < 0)
            column[target[useful]] = column[merged[useful]]
        for node in merged.tolist() if self.ancestors else ():
            if node in self.ancestors:
                self.ancestors.setdefault(int(merged_into[node]), self.ancestors[node])


def _pick(table: Mask, index: np.ndarray[tuple[int], np.dtype[np.signedinteger]]) -> Mask:
    """table[index] with False for -1 and for an empty table."""
    result = np.zeros(len(index), np.bool_)
    valid = index >= 0
    if len(table):
        result[valid] = table[index[valid]]
    return result


def _ranks(time: Ints, events: HostEvents) -> Ints:
    """Order of events. Records without a time stand behind the record that precedes them in their source."""
    when = time
    missing = time == NO_TIME
    if missing.any() and not missing.all():
        order = np.lexsort((events.position, events.source))
        filled = np.where(missing[order], -1, np.arange(len(order)))
        np.maximum.accumulate(filled, out=filled)
        known = (filled >= 0) & (events.source[order[filled]] == events.source[order])
        when = time.copy()
        when[order[known]] = time[order[filled[known]]]
    order = np.lexsort((events.row, events.position, events.source, when))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank
