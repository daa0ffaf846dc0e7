"""Incidents: the processes of one subtree below a hub are one thing to read, however many chains they make."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.knowledge.build_tree import Flags, hub_paths
from engine.process_table import ProcessTable
from engine.tables import ChainCorpus, Floats, Ints

NEXT = 0.3
"""What the second and third chain of an incident add to its first one's score, each."""
DEEPEST = 256


def subtrees(corpus: ChainCorpus, table: ProcessTable, hubs: Flags | None = None) -> Ints:
    """[n] the topmost process below the nearest hub above each process, as an index into the table; a hub is its own.

    Processes that only know the same missing parent stay together: the parent is a placeholder, and has an index.
    """
    hubs = hub_paths(corpus.paths) if hubs is None else hubs
    hub = np.append(hubs, False)[table.image]
    top = np.arange(len(table))
    for _ in range(DEEPEST):
        above = table.parent[top]
        climbs = (above >= 0) & ~hub[np.maximum(above, 0)] & ~hub[top]
        if not climbs.any():
            break
        top = np.where(climbs, above, top)
    return top


def group_incidents(tops: Ints, chain: Ints, score: Floats) -> tuple[Ints, Floats]:
    """[m] number of each process's incident, 0 the best; [k] score of each incident.

    tops [m] from `subtrees`, chain [m], score [c] of chains. Subtrees that consist of the same chains are one incident:
    the hundredth identical logon script is not read again. Nor is a subtree all of whose chains are in a better one: the same
    script that stopped half way is part of the incident that has the rest.
    """
    _, place = np.unique(tops, return_inverse=True)
    members: list[set[int]] = [set() for _ in range(int(place.max(initial=-1)) + 1)]
    for subtree, row in zip(place.tolist(), chain.tolist(), strict=True):
        members[subtree].add(row)
    kinds: dict[frozenset[int], int] = {}
    kind = np.array([kinds.setdefault(frozenset(rows), len(kinds)) for rows in members], dtype=np.int64)
    value = np.array([incident_score([float(score[row]) for row in rows]) for rows in kinds])
    number, best = _contained(list(kinds), np.argsort(-value, kind="stable"))
    return number[kind[place]], value[best]


def _contained(kinds: Sequence[frozenset[int]], order: Ints) -> tuple[Ints, Ints]:
    """[s] number of the incident of each set of chains, best first; [k] the set that each incident is known by.

    A set within a better one belongs to it, to the best of several.
    """
    holders: dict[int, set[int]] = {}
    number = np.empty(len(kinds), dtype=np.int64)
    best: list[int] = []
    for place in order.tolist():
        rows = sorted(kinds[place], key=lambda row: len(holders.get(row, ())))
        inside = set(holders.get(rows[0], ()))
        for row in rows[1:]:
            if not inside:
                break
            inside &= holders[row]
        number[place] = min(inside) if inside else len(best)
        if not inside:
            for row in rows:
                holders.setdefault(row, set()).add(len(best))
            best.append(place)
    return number, np.array(best, dtype=np.int64)


def incident_score(scores: Sequence[float]) -> float:
    """The best chain's score and 0.3 of the next two's."""
    best = sorted(scores, reverse=True)[:3]
    return best[0] + NEXT * sum(best[1:])
