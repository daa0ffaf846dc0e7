"""Records that tell of a process another record tells of already: copies of a log, and twins of another kind."""

from __future__ import annotations

import numpy as np

from engine.domain.arrays import NO_TIME, Ints
from engine.domain.lineage import HostEvents
from engine.lineage.facts import Facts
from engine.lineage.grouping import codes, group_numbers, same_rows
from engine.lineage.twins import match_twins


def merge(facts: Facts) -> Ints:
    """[n] the node that represents the record's process, -1 for representatives."""
    merged = np.full(len(facts.rank), -1, np.int64)
    _merge_same_guid(facts, merged)
    _merge_copies(facts, merged)
    match_twins(facts, merged)
    # A twin's own copies point at the twin: one more hop, and never two, because twins are matched kind by kind
    # against representatives only, each at most once.
    onward = np.flatnonzero(merged >= 0)
    for _ in range(len(facts.events.kinds)):
        onward = onward[merged[merged[onward]] >= 0]
        if not len(onward):
            break
        merged[onward] = merged[merged[onward]]
    return merged


def _merge_into_first(facts: Facts, rows: Ints, group: Ints, merged: Ints) -> None:
    """Within each group the record that comes first in the order of events represents the others."""
    order = np.lexsort((facts.rank[rows], group))
    rows, group = rows[order], group[order]
    starts = np.flatnonzero(np.append(True, group[1:] != group[:-1])) if len(rows) else np.zeros(0, np.int64)
    first = np.repeat(rows[starts], np.diff(np.append(starts, len(rows))))
    later = first != rows
    merged[rows[later]] = first[later]


def _merge_same_guid(facts: Facts, merged: Ints) -> None:
    """A guid names a process: the same kind, pid, time and image under it is a copy wherever it comes from.

    Time and image belong to the key because a forged or (execve) repeated guid must not hide a process.
    """
    events = facts.events
    rows = np.flatnonzero(facts.guid >= 0)
    group = group_numbers(facts.guid[rows], events.kind[rows], events.pid[rows], facts.time[rows], events.image[rows])
    _merge_into_first(facts, rows, group, merged)


def _merge_copies(facts: Facts, merged: Ints) -> None:
    """Records without guid: equal in everything, and either with the same record number or from another source.

    Copies of a log keep the order of events but not always the record number (re-exports number anew), so the k-th of
    equal records in one source is the k-th in another. Equal records of one source stay apart unless their
    number is equal too: with times cut to seconds a pid can start the same program twice.
    """
    events = facts.events
    rows = np.flatnonzero((facts.guid < 0) & (events.pid >= 0) & (facts.time != NO_TIME))
    columns = (events.kind, events.pid, events.ppid, events.time_us, events.image, events.command)
    order, starts = same_rows(*(column[rows] for column in columns))
    sizes = np.diff(np.append(starts, len(order)))
    repeated = np.repeat(sizes > 1, sizes)
    rows, group = rows[order[repeated]], np.repeat(np.arange(len(starts)), sizes)[repeated]
    if not len(rows):
        return
    number = _record_numbers(events, rows)
    numbered = number >= 0
    _merge_into_first(facts, rows[numbered], group_numbers(group[numbered], number[numbered]), merged)
    left = merged[rows] < 0
    rows, group = rows[left], group[left]
    order = np.lexsort((facts.rank[rows], events.source[rows], group))
    rows, group = rows[order], group[order]
    run = np.append(True, (group[1:] != group[:-1]) | (events.source[rows][1:] != events.source[rows][:-1]))
    index = np.arange(len(rows))
    occurrence = index - np.maximum.accumulate(np.where(run, index, 0))
    _merge_into_first(facts, rows, group_numbers(group, occurrence), merged)


def _record_numbers(events: HostEvents, rows: Ints) -> Ints:
    """Numbers standing for the record ids of `rows`, -1 for absent ones."""
    if not events.record_id:
        return np.full(len(rows), -1, np.int64)
    _, (number,) = codes([events.record_id[row] for row in rows.tolist()])
    return number
