"""No process is its own ancestor, whatever the records claim."""

from __future__ import annotations

import numpy as np

from engine.domain.arrays import Floats32, Ints, Ints8
from engine.domain.distinct import distinct
from engine.domain.lineage import LinkMethod


def cut_cycles(order: Ints, parent: Ints, method: Ints8, confidence: Floats32) -> None:
    """Make a forest of the links, in place: cut every cycle at its weakest link, the lowest confidence, then the parent
    that is latest against its child. The process that is cut off becomes a root, and keeps everything below it.

    order [n] is distinct, and parents mostly come before their children in it. A cycle needs a link to a later (or the
    same) node, so ordinary logs cost one comparison. Otherwise the nodes on cycles are found by pointer doubling, as many
    rounds as the deepest branch has binary digits, and each cycle is walked once.
    """
    # Roots look up the number behind the last one, which is before all others.
    if not (np.append(order, np.iinfo(np.int64).min)[parent] >= order).any():
        return
    nodes, cycle = _cycles(parent)
    # Of each cycle the first by confidence, by lead, by place in the order.
    lead = order[parent[nodes]] - order[nodes]
    sorting = np.lexsort((order[nodes], -lead, confidence[nodes], cycle))
    weakest = nodes[sorting[np.flatnonzero(np.diff(cycle[sorting], prepend=-1))]]
    parent[weakest] = -1
    method[weakest] = LinkMethod.NONE
    confidence[weakest] = 0


def _cycles(parent: Ints) -> tuple[Ints, Ints]:
    """([k] the nodes on cycles, [k] the number of each one's cycle) of a graph where each node has at most one parent."""
    end = len(parent)
    jump = np.append(np.where(parent >= 0, parent, end), end)
    for _ in range(end.bit_length()):
        jump = jump[jump]
        if (jump == end).all():
            break
    # After more steps than there are nodes, whoever has not left through a root stands on a cycle.
    seen = np.zeros(end, np.bool_)
    nodes, numbers = [], []
    for number, start in enumerate(distinct(jump[jump < end]).tolist()):
        node = start
        while not seen[node]:
            seen[node] = True
            nodes.append(node)
            numbers.append(number)
            node = int(parent[node])
    return np.array(nodes, np.int64), np.array(numbers, np.int64)
