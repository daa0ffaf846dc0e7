"""Clocks that were set back between a parent and its child: the log's own order says what the times deny."""

from __future__ import annotations

import numpy as np

from engine.domain.arrays import NO_TIME, Ints
from engine.lineage.facts import Facts
from engine.lineage.grouping import Mask

STEP_US = 300_000_000
"""How far a clock may go back without a word: a time service corrects seconds, a woken machine some minutes."""
TOLD_STEP_US = 26 * 3_600_000_000
"""The same where a record says that it was set: by a time zone, and a day."""
_DIGITS = 18


def stepped(facts: Facts, child: Ints, parent: Ints, *, by_pid: bool = False) -> Mask:
    """Whether each parent (-1: nobody), stamped later than the child, stands before it in the log that both come from.

    By the log's own record numbers, or its order where it has none, and within one kind: two logs in one file have two counters.
    Pid and program of the parent are taken to be what the child names. `by_pid`: the pid alone is known, which a process
    that came later may have had, in a log that begins with the newest; then only numbers count that are no places in the file,
    or a record that says that the clock was set.
    """
    found = np.zeros(len(child), np.bool_)
    rows = np.flatnonzero(parent >= 0)
    events = facts.events
    same = (events.source[parent[rows]] == events.source[child[rows]]) & (events.kind[parent[rows]] == events.kind[child[rows]])
    rows = rows[same & (facts.time[parent[rows]] != NO_TIME) & (facts.time[child[rows]] != NO_TIME)]
    early, late = facts.time[child[rows]], facts.time[parent[rows]]
    back = late - early
    near = (back > 0) & (back <= STEP_US)
    if by_pid:
        near[near] = [
            _numbered(facts, *pair) for pair in zip(parent[rows[near]].tolist(), child[rows[near]].tolist(), strict=True)
        ]
    if len(events.clock_set_us):
        near |= (back > 0) & (back <= TOLD_STEP_US) & _told(np.sort(events.clock_set_us), early, late)
    rows = rows[near]
    before = [_stands_before(facts, *pair) for pair in zip(parent[rows].tolist(), child[rows].tolist(), strict=True)]
    found[rows[np.array(before, np.bool_)]] = True
    return found


def _told(moments: Ints, early: Ints, late: Ints) -> Mask:
    """Whether the clock was set between the two times, which are one before and one behind it, give or take a step."""
    place = np.searchsorted(moments, early - STEP_US)
    there = place < len(moments)
    told: Mask = there & (moments[np.minimum(place, len(moments) - 1)] <= late + STEP_US)
    return told


def _numbered(facts: Facts, *nodes: int) -> bool:
    """Whether the log numbers these records; who has no numbers has the places of records in their stead."""
    numbers, position = facts.events.record_id, facts.events.position
    return bool(numbers) and all(
        (number := numbers[node]) and number.isdecimal() and number != str(position[node]) for node in nodes
    )


def _stands_before(facts: Facts, parent: int, child: int) -> bool:
    numbers = facts.events.record_id
    above, below = (numbers[parent], numbers[child]) if numbers else (None, None)
    if above and below and above.isdecimal() and below.isdecimal() and max(len(above), len(below)) <= _DIGITS:
        return int(above) < int(below)
    return bool(facts.events.position[parent] < facts.events.position[child])
