"""Ends of processes: from then on a pid is free, and who names it has another parent.

4689 and Sysmon 5 carry the clock of the starts beside them. In one source their order is the log's; between sources they may
be apart by what logging delays, so that close ones say nothing (CROSS_SLACK_US), and a child is refused a parent only where
the parent had ended longer than that before it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.domain.arrays import NO_TIME, Ints
from engine.lineage.clock import CROSS_SLACK_US
from engine.lineage.facts import Facts
from engine.lineage.grouping import History, Mask, represented

NEVER = np.iinfo(np.int64).max


@dataclass(slots=True)
class _Found:
    """Which node each end closes, in columns over all ends; -1 for none."""

    closes: Ints
    own: Ints
    """The same where the end is of that very process, and not of a later one that nothing else tells of."""


def find_ends(facts: Facts, merged: Ints) -> Ints:
    """Fill `Facts.ended`. Returns [k] the node whose end each one is, -1 where it is that of no recorded process.

    An end whose guid some record carries is of that process, and of nobody when it is stamped before the start. Any other
    ends the process that had the pid then: with a guid that nobody carries it was a later one, which says as well that the
    recorded one was gone.
    """
    found = _Found(np.full(len(facts.end_time), -1, np.int64), np.full(len(facts.end_time), -1, np.int64))
    timed = np.flatnonzero(facts.end_time != NO_TIME)
    if not len(timed) or not len(merged):
        return found.own
    carried = np.zeros(len(facts.guid_places) + 1, np.bool_)
    carried[facts.guid[facts.guid >= 0]] = True
    by_guid = carried[facts.end_guid[timed]]  # -1 looks up the place behind the last, which nobody carries
    ended = np.full(len(merged), NEVER, np.int64)
    _by_pid(facts, merged, timed[~by_guid & (facts.events.ends.pid[timed] > 0)], found)
    _earliest(ended, found.closes, facts.end_time)
    exact = np.full(len(merged), NEVER, np.int64)
    rows = timed[by_guid]
    history = History(np.flatnonzero(facts.guid >= 0), facts.rank, facts.guid)
    found.own[rows] = represented(merged, history.before(_places(facts, rows), facts.end_guid[rows]))
    rows = rows[found.own[rows] >= 0]
    np.minimum.at(exact, found.own[rows], facts.end_time[rows])
    facts.ended = np.where(exact < NEVER, exact, ended)
    return found.own


def _earliest(ended: Ints, closes: Ints, time: Ints) -> None:
    rows = np.flatnonzero(closes >= 0)
    np.minimum.at(ended, closes[rows], time[rows])


def _places(facts: Facts, rows: Ints) -> Ints:
    """How many records are no later than each end: the rank that is asked for what comes before it."""
    when = np.empty(len(facts.rank), np.int64)
    when[facts.rank] = facts.time
    # Records without a time stand behind one that has it (NO_TIME is below all times).
    return np.searchsorted(np.maximum.accumulate(when), facts.end_time[rows], side="right").astype(np.int64)


def _by_pid(facts: Facts, merged: Ints, rows: Ints, found: _Found) -> None:
    """The latest holder of the pid that started before the end; the one before, where the latest started that very moment."""
    if not len(rows):
        return
    pid = facts.events.ends.pid
    history = History(np.flatnonzero((merged < 0) & (facts.pid > 0)), facts.rank, facts.pid)
    holder = history.before(_places(facts, rows), pid[rows])
    early = np.flatnonzero((holder >= 0) & ~_lives(facts, holder, rows))
    if len(early):
        holder[early] = history.before(facts.rank[holder[early]], pid[rows[early]])
        holder[early[~_lives(facts, holder[early], rows[early])]] = -1
    found.closes[rows] = holder
    other = (facts.end_guid[rows] >= 0) & (facts.guid[holder] >= 0)
    found.own[rows] = np.where(other, -1, holder)


def _lives(facts: Facts, holder: Ints, rows: Ints) -> Mask:
    """Whether the end is behind the holder's start for sure: in the order of their source, or later than clocks differ."""
    ends, events = facts.events.ends, facts.events
    time, start = facts.end_time[rows], facts.time[holder]
    behind = ends.position[rows] > events.position[holder]
    same = (ends.source[rows] == events.source[holder]) & np.where(start == time, behind, (start != NO_TIME) | behind)
    fits: Mask = same | ((start != NO_TIME) & (start < time - CROSS_SLACK_US))
    return fits


def gone(facts: Facts, child: Ints, parent: Ints) -> Mask:
    """Whether each parent (-1: nobody) had ended, beyond what clocks explain, when the child started. There are ends."""
    assert facts.ended is not None
    time = facts.time[child]
    timed = (parent >= 0) & (time != NO_TIME)
    return np.where(timed, facts.ended[parent] < np.where(timed, time, 0) - CROSS_SLACK_US, False)


def tenancies(facts: Facts, child: Ints, pid: Ints) -> Ints:
    """[len(child)] the last end under that pid before the child, -1 for none: between two of them the pid was one process's."""
    rows = np.flatnonzero((facts.end_time != NO_TIME) & (facts.events.ends.pid > 0))
    order = np.lexsort((facts.events.ends.pid[rows], facts.end_time[rows]))
    rows = rows[order]
    place = np.empty(len(facts.end_time), np.int64)
    place[rows] = np.arange(len(rows))
    time = facts.time[child]
    before = np.searchsorted(facts.end_time[rows], np.where(time == NO_TIME, NO_TIME, time - CROSS_SLACK_US)).astype(np.int64)
    return History(rows, place, facts.events.ends.pid).before(before, pid)
