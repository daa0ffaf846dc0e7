"""A part of the forest worth walking: wanted processes, the ways to them, and their order.

Built from ids alone, away from the thread that paints. The order of the targets is the order of the tree from top to
bottom, so that "next" is always further down, whatever is open.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence

from store.base import ids
from store.processes.forest import Key
from store.processes.search import Targets

TOP = 0
"""The parent of the hosts; no process and no host has this id."""


class Focus:
    """Targets in the order of the tree, and the children to keep of every process on the way to one."""

    def __init__(self, title: str, targets: Targets, hosts: Sequence[int], *, marked: bool = False) -> None:
        """`hosts` are the ids of the hosts' rows in the order of the tree; `marked` targets get a sign of their own."""
        self.title = title
        self.complete = targets.complete
        self.marked = marked
        wanted = set(targets.ids)
        self.kept = _kept(targets, hosts)
        self.order: list[int] = []
        self.walk: list[int] = []
        """Every kept id, hosts included, from top to bottom."""
        self._enter: dict[int, int] = {}
        self._leave: dict[int, int] = {}
        self._number(wanted)
        self.targets = frozenset(self.order)

    def __len__(self) -> int:
        return len(self.order)

    def _number(self, wanted: set[int]) -> None:
        stack = [(TOP, False)]
        while stack:
            node, left = stack.pop()
            if left:
                self._leave[node] = len(self.order)
                continue
            self._enter[node] = len(self.order)
            self.walk.append(node)
            if node in wanted:
                self.order.append(node)
            stack.append((node, True))
            stack.extend((child, False) for _, child in reversed(self.kept.get(node, ())))
        self.walk.remove(TOP)

    def before(self, way: Sequence[tuple[int, Key]]) -> int:
        """How many targets stand above the last process of `way`, which leads to it from its host down."""
        parent = TOP
        for node, key in way:
            if node not in self._enter:
                siblings = self.kept.get(parent, [])
                place = bisect_left(siblings, key)
                return self._enter[siblings[place][1]] if place < len(siblings) else self._leave[parent]
            parent = node
        return self._enter[parent]

    def next(self, way: Sequence[tuple[int, Key]], step: int) -> int | None:
        """The target `step` (1 or -1) from there; around the end to the other one. None when there are no targets."""
        if not self.order:
            return None
        place = self.before(way)
        on_target = bool(way) and way[-1][0] in self.targets
        return self.order[(place + (on_target if step > 0 else -1)) % len(self.order)]

    def rank(self, node: int) -> int | None:
        """Which target a process is, counted from 1; None for others."""
        return self._enter[node] + 1 if node in self.targets else None


def _kept(targets: Targets, hosts: Sequence[int]) -> dict[int, list[Key]]:
    """Parent -> keys of the children to keep, in order."""
    known = {place.id for place in targets.places}
    kept: dict[int, list[Key]] = defaultdict(list)
    for place in targets.places:
        host = ids.base(ids.host_of(place.id))
        # A branch deeper than anybody follows hangs from its host where it was cut.
        parent = place.parent if place.parent in known else host
        kept[parent].append((place.time, place.id))
    for keys in kept.values():
        keys.sort()
    kept[TOP] = [(place, host) for place, host in enumerate(hosts) if host in kept]
    return dict(kept)
