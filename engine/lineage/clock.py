"""Clocks that differ by a whole time zone.

Collectors stamp Security events with local time written as UTC while Sysmon's own UtcTime is right: in a fifth of
the pairs in the recordings the two records of one process are apart by whole hours (-4, -16, -17 …), to the millisecond. Merging
and pid lookups would both fail, so the difference is measured per source and kind and taken out of the times that
linking uses. Stored times stay as recorded.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from engine.domain.arrays import NO_TIME, Ints, Ints32
from engine.domain.lineage import EndEvents, HostEvents
from engine.lineage.grouping import group_numbers, same_rows
from engine.lineage.names import Names

SLACK_US = 100_000
"""How much later than its child a parent of the same kind may be recorded (see links.link_pids)."""
CROSS_SLACK_US = 2_000_000
"""The same between kinds: one may carry the time of arrival (see twins)."""

_STEP_US = 15 * 60 * 1_000_000
"""Time zones differ by quarters of an hour."""
_RESIDUAL_US = 60_000
"""How far from a whole step a pair may be; the recordings are within 20 ms. By chance 1 pair in 7,500 is."""
_MAX_STEPS = 4 * 26
_SHARE = 0.6
"""Share of a source's pairs that must agree on the difference."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Times with the zone errors of records without guids taken out (NO_TIME stays)."""

    time: Ints
    """[n] of the host's records."""
    error_of: dict[int, int] = field(default_factory=dict)
    """Source -> the error of its records without guids, where there is one; of several kinds' that of the most records."""

    def of_ends(self, ends: EndEvents, guid: Ints) -> Ints:
        """[k] times of the ends: one without a guid has the clock of its source's other records without."""
        time = ends.time_us
        if not self.error_of:
            return time
        error = np.array([self.error_of.get(source, 0) for source in ends.source.tolist()], np.int64)
        return np.where((guid < 0) & (time != NO_TIME), time - error, time)


def corrected(events: HostEvents, names: Names, guid: Ints) -> Clock:
    """Measure the zone errors and take them out."""
    used = np.flatnonzero((events.time_us != NO_TIME) & (events.pid >= 0))
    anchored = guid[used] >= 0
    if not len(used) or anchored.all() or not anchored.any():
        return Clock(events.time_us)
    order, starts = same_rows(events.source[used], events.pid[used], events.ppid[used], names.base[events.image[used]])
    # Only unambiguous pairs: exactly one record with and one without guid for a pid and program of one source.
    pairs = starts[np.diff(np.append(starts, len(order))) == 2]
    first, second = used[order[pairs]], used[order[pairs + 1]]
    mixed = (guid[first] >= 0) != (guid[second] >= 0)
    first, second = first[mixed], second[mixed]
    right = np.where(guid[first] >= 0, first, second)
    wrong = np.where(guid[first] >= 0, second, first)
    gap = events.time_us[wrong] - events.time_us[right]
    time = events.time_us.copy()
    stream = group_numbers(events.source, events.kind)
    order = np.argsort(stream[wrong], kind="stable")
    bounds = np.flatnonzero(np.diff(stream[wrong][order])) + 1
    shift = np.zeros(int(stream.max()) + 1, np.int64)
    for part in np.split(order, bounds) if len(order) else ():
        shift[stream[wrong[part[0]]]] = _zone_error(gap[part])
    off = np.flatnonzero((guid < 0) & (time != NO_TIME))
    time[off] -= shift[stream[off]]
    return Clock(time, _by_source(events.source[off], shift[stream[off]]))


def _by_source(source: Ints32, error: Ints) -> dict[int, int]:
    wrong = np.flatnonzero(error)
    pairs, count = np.unique(np.stack([source[wrong].astype(np.int64), error[wrong]], axis=1), axis=0, return_counts=True)
    return {int(pairs[place, 0]): int(pairs[place, 1]) for place in np.argsort(count, kind="stable").tolist()}


def _zone_error(gap: Ints) -> int:
    """The difference that most pairs agree on, 0 when they do not."""
    steps = np.round(gap / _STEP_US).astype(np.int64)
    fits = (np.abs(gap - steps * _STEP_US) <= _RESIDUAL_US) & (np.abs(steps) <= _MAX_STEPS)
    if not fits.any():
        return 0
    values, counts = np.unique(steps[fits], return_counts=True)
    best = int(counts.argmax())
    return int(values[best]) * _STEP_US if counts[best] >= _SHARE * len(gap) else 0
