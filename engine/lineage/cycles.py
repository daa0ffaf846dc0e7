"""No process is its own ancestor, whatever the records claim."""

from __future__ import annotations

import numpy as np

from engine.distinct import distinct
from engine.lineage.facts import Facts
from engine.lineage.links import Links
from engine.tables import Ints


def break_cycles(facts: Facts, links: Links) -> None:
    """Cut every cycle at its weakest link: the lowest confidence, then the parent that is latest against its child.

    A cycle needs a link to a later (or the same) record, so ordinary logs cost one comparison. Otherwise the nodes on
    cycles are found by pointer doubling, O(n log n), and each cycle is walked once.
    """
    linked = links.parent >= 0
    child = np.flatnonzero(linked)
    if not (facts.rank[links.parent[child]] >= facts.rank[child]).any():
        return
    weakest = [_weakest(facts, links, cycle) for cycle in _cycles(links.parent)]
    links.cut(np.array(weakest, np.int64))


def _cycles(parent: Ints) -> list[list[int]]:
    """The nodes of every cycle of a graph in which each node has at most one parent."""
    end = len(parent)
    jump = np.append(np.where(parent >= 0, parent, end), end)
    for _ in range(end.bit_length()):
        jump = jump[jump]
    # After more steps than there are nodes, whoever has not left through a root stands on a cycle.
    on_cycle = distinct(jump[jump < end])
    seen = np.zeros(end, np.bool_)
    cycles = []
    for start in on_cycle.tolist():
        if not seen[start]:
            cycle, node = [], start
            while not seen[node]:
                seen[node] = True
                cycle.append(node)
                node = int(parent[node])
            cycles.append(cycle)
    return cycles


def _weakest(facts: Facts, links: Links, cycle: list[int]) -> int:
    nodes = np.array(cycle, np.int64)
    lead = facts.rank[links.parent[nodes]] - facts.rank[nodes]
    return int(nodes[np.lexsort((facts.rank[nodes], -lead, links.confidence[nodes]))[0]])
