"""Parents that are named but not recorded: they ran, so they get nodes of their own, marked as placeholders."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.domain.arrays import NO_TIME, Floats32, Ints, Ints8, Ints32
from engine.domain.lineage import LinkMethod
from engine.lineage import confidence
from engine.lineage.ends import tenancies
from engine.lineage.facts import Facts
from engine.lineage.grouping import History, group_numbers
from engine.lineage.links import Links

GAP_US = 7 * 24 * 3_600_000_000
"""Children of one pid and name further apart than this count as children of two processes (pid reuse).

Measured with the guids of the recordings: of 15 such neighbours 1 to 7 days apart 14 have one parent, of 29 that are
further apart 7 have.
"""

MAX_ANCESTORS = 30
"""Ancestors of one record that become nodes; a chain shows 10 steps, a hostile list may name a million."""


@dataclass(slots=True)
class Placeholders:
    """Columns of length m. `parent` are node numbers (other placeholders), -1 for roots."""

    image: Ints32
    pid: Ints
    guid: list[str | None]
    time_us: Ints
    parent: Ints
    method: Ints8
    confidence: Floats32


@dataclass(slots=True)
class _Wanted:
    """What the children without a parent say about it; columns over those children."""

    child: Ints
    guid: Ints
    pid: Ints
    image: Ints
    ancestors: Ints
    ancestor_lists: list[tuple[int, ...]]


def add_placeholders(facts: Facts, links: Links) -> Placeholders:
    """Create one node per missing parent and link its children to it."""
    wanted = _wanted(facts, links)
    instance = _instances(facts, links, wanted)
    total = int(instance.max(initial=-1)) + 1
    if not total:
        return _build(facts, wanted, np.zeros(0, np.int64), np.zeros(0, np.int64))
    first = np.full(total, -1, np.int64)
    first[instance[::-1]] = np.arange(len(instance))[::-1]
    time = facts.events.time_us[wanted.child]
    earliest = np.full(total, np.iinfo(np.int64).max)
    np.minimum.at(earliest, instance, np.where(time == NO_TIME, earliest[instance], time))
    earliest[earliest == np.iinfo(np.int64).max] = NO_TIME
    node = len(facts.rank) + instance
    named = wanted.image[first[instance]] >= 0
    links.set(wanted.child[named], node[named], LinkMethod.NAME_ONLY, confidence.NAME_ONLY)
    links.set(wanted.child[~named], node[~named], LinkMethod.NAME_ONLY, confidence.NAME_ONLY_UNKNOWN)
    return _build(facts, wanted, first, earliest)


def _wanted(facts: Facts, links: Links) -> _Wanted:
    """Children without a parent whose record says anything about one, in order of events."""
    events = facts.events
    child = links.open
    # A later program of a process inherits the placeholder of the first, unless the first has a real parent.
    before = links.exec_of[child]
    child = child[(before < 0) | (links.parent[before] >= 0)]
    child = child[np.argsort(facts.rank[child])]
    guid = facts.parent_guid[child].copy()
    carried = np.zeros(len(facts.guid_places) + 1, np.bool_)
    carried[facts.guid[facts.guid >= 0]] = True
    guid[carried[guid]] = -1  # somebody here has it, but the link was refused (itself, a cycle)
    pid = facts.ppid[child].copy()
    pid[pid == facts.pid[child]] = -1
    image = facts.parent_image[child].astype(np.int64)
    lists: dict[tuple[int, ...], int] = {}
    ancestors = np.full(len(child), -1, np.int64)
    if facts.ancestors:
        for place, node in enumerate(child.tolist()):
            above = tuple(path for path in facts.ancestors.get(node, ())[:MAX_ANCESTORS] if path >= 0 and events.paths[path])
            if above:
                ancestors[place] = lists.setdefault(above, len(lists))
    said = (guid >= 0) | (pid > 0) | (image >= 0) | (ancestors >= 0)
    for column in (image, ancestors):
        _fill(column, guid)
    return _Wanted(child[said], guid[said], pid[said], image[said], ancestors[said], list(lists))


def _fill(column: Ints, guid: Ints) -> None:
    """Where one child of a guid does not tell, take what the first one that tells says."""
    teller = np.flatnonzero((guid >= 0) & (column >= 0))
    if len(teller):
        by_guid = np.full(int(guid.max()) + 1, -1, np.int64)
        by_guid[guid[teller[::-1]]] = column[teller[::-1]]
        silent = np.flatnonzero((guid >= 0) & (column < 0))
        column[silent] = by_guid[guid[silent]]


def _instances(facts: Facts, links: Links, wanted: _Wanted) -> Ints:
    """Number of the missing parent of each child, counted in order of first appearance.

    With a guid: the guid (and what is said about it, lest a forged record rename another's parent). Without: children
    of one pid and name with no record of that pid and no gap between them; they join the guid that others of the
    same cluster name, if it is one only. Neither guid nor pid (pair lists): each child its own.
    """
    size = len(wanted.child)
    guided = wanted.guid >= 0
    cluster = _clusters(facts, links, wanted)
    by_guid = group_numbers(wanted.guid, wanted.image, wanted.ancestors)
    by_pid = group_numbers(cluster, wanted.ancestors)
    instance = np.where(guided, by_guid, np.where(wanted.pid >= 0, size + by_pid, 2 * size + np.arange(size)))
    low, high = np.full(size, size, np.int64), np.full(size, -1, np.int64)
    members = np.flatnonzero(guided & (wanted.pid >= 0))
    np.minimum.at(low, cluster[members], by_guid[members])
    np.maximum.at(high, cluster[members], by_guid[members])
    joins = ~guided & (wanted.pid >= 0) & (low[cluster] == high[cluster])
    instance[joins] = low[cluster[joins]]
    return _by_appearance(instance)


def _by_appearance(values: Ints) -> Ints:
    """Renumber from 0 in order of first appearance."""
    _, first, inverse = np.unique(values, return_index=True, return_inverse=True)
    number = np.empty(len(first), np.int64)
    number[np.argsort(first)] = np.arange(len(first))
    return number[inverse]


def _clusters(facts: Facts, links: Links, wanted: _Wanted) -> Ints:
    """Children (numbered from 0) that name the same pid and image in one stretch of time; below len(wanted.child)."""
    with_pid = np.flatnonzero((links.merged < 0) & (facts.pid > 0))
    latest = History(with_pid, facts.rank, facts.pid).before(facts.rank[wanted.child], wanted.pid)
    key = group_numbers(wanted.pid, wanted.image, latest)
    if facts.ended is not None:
        key = group_numbers(key, tenancies(facts, wanted.child, wanted.pid))
    time = facts.time[wanted.child]
    order = np.lexsort((np.arange(len(key)), key))
    begins = np.ones(len(key), np.bool_)
    timed = time[order] != NO_TIME
    apart = timed[1:] & timed[:-1] & (time[order][1:] - time[order][:-1] > GAP_US)
    begins[1:] = (key[order][1:] != key[order][:-1]) | apart
    cluster = np.empty(len(key), np.int64)
    cluster[order] = np.cumsum(begins) - 1
    return cluster


def _build(facts: Facts, wanted: _Wanted, first: Ints, earliest: Ints) -> Placeholders:
    """Columns of the parents, followed by those of the ancestors above them."""
    image = wanted.image[first].tolist()
    pid = wanted.pid[first].tolist()
    time = earliest.tolist()
    guid = [facts.guid_text(number) for number in wanted.guid[first].tolist()]
    parent = [-1] * len(image)
    n = len(facts.rank)
    for place in np.flatnonzero(wanted.ancestors[first] >= 0).tolist():
        below = place
        for path in wanted.ancestor_lists[int(wanted.ancestors[first[place]])]:
            parent[below] = n + len(image)
            below = len(image)
            image.append(path)
            pid.append(-1)
            guid.append(None)
            time.append(time[place])
            parent.append(-1)
    above = np.array(parent, np.int64)
    return Placeholders(
        np.array(image, np.int32), np.array(pid, np.int64), guid, np.array(time, np.int64), above,
        np.where(above >= 0, LinkMethod.NAME_ONLY, LinkMethod.NONE).astype(np.int8),
        np.where(above >= 0, confidence.NAME_ONLY, 0).astype(np.float32),
    )  # fmt: skip
