"""Link the records of one host into a forest."""

from __future__ import annotations

import numpy as np

from engine.lineage.cycles import break_cycles
from engine.lineage.execs import find_execs, inherit
from engine.lineage.facts import Facts
from engine.lineage.links import Links, link_guids, link_pids, link_stems
from engine.lineage.merge import merge
from engine.lineage.placeholders import add_placeholders
from engine.tables import HostEvents, Lineage


def link(events: HostEvents) -> Lineage:
    """Merge records of one process, find each process's parent, and make placeholders for parents not recorded.

    O(n log n) by sorting, about 1.5 µs a record, at any depth; memory about 200 bytes a record on top of `events`.
    The result does not depend on the order of records that carry times, nor on the host's name.
    """
    facts = Facts.of(events)
    merged = merge(facts)
    facts.pool(merged)
    links = Links.empty(merged)
    link_guids(facts, links)
    link_stems(facts, links)
    link_pids(facts, links)
    find_execs(facts, links)
    break_cycles(facts, links)
    placeholders = add_placeholders(facts, links)
    _share_placeholders(links)
    return Lineage(
        merged_into=merged,
        parent=np.concatenate([links.parent, placeholders.parent]),
        method=np.concatenate([links.method, placeholders.method]),
        confidence=np.concatenate([links.confidence, placeholders.confidence]),
        exec_of=np.concatenate([links.exec_of, np.full(len(placeholders.parent), -1, np.int64)]),
        placeholder_image=placeholders.image,
        placeholder_pid=placeholders.pid,
        placeholder_guid=placeholders.guid,
        placeholder_time_us=placeholders.time_us,
    )


def _share_placeholders(links: Links) -> None:
    """Later programs of a process without a recorded parent get the first one's placeholder.

    In each round the next program of every such process; the doubling of `source` keeps long execve chains linear-ish.
    """
    later = np.flatnonzero((links.exec_of >= 0) & (links.parent < 0))
    source = links.exec_of.copy()
    while True:
        onward = later[(links.parent[source[later]] < 0) & (source[source[later]] >= 0)]
        if not len(onward):
            break
        source[onward] = source[source[onward]]
    inherit(links, (later, source[later]))
