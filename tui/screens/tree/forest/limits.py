"""Keeping the tree short: what is folded when there are too many lines. The way to the cursor is never folded."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from tui.screens.tree.forest.nodes import Kind, Node, TreeLine

MAX_LINES = 2000
"""About as many as a person scrolls through, and few enough to rebuild at every key."""
BESIDE = 10
"""Siblings that stay on each side of the way when nothing else is left to fold."""
DEEP = 200
"""Ancestors that stay above the cursor then."""


def keep_short(lines: Sequence[TreeLine], keep: Node, most: int) -> None:
    """Fold so that the lines become at most about `most`: the largest open branches first, then siblings, then ancestors."""
    way = list(keep.above())
    excess = len(lines) - most
    for size, node in sorted(_branches(lines, set(way)), key=lambda branch: -branch[0]):
        if excess <= 0:
            return
        node.open = False
        excess -= size
    for child, parent in pairwise(way):
        if excess <= 0:
            return
        excess -= _narrow(parent, child)
    if excess > 0 and len(way) > DEEP + 1:
        hang(way[-1], way[DEEP])


def hang(host: Node, node: Node) -> None:
    """Show a node far below its host directly under it, the levels between left out."""
    node.parent, node.gap = host, True
    host.children, host.before, host.after, host.others = [node], 0, 0, host.total


def _branches(lines: Sequence[TreeLine], way: set[Node]) -> list[tuple[int, Node]]:
    """Open nodes that are not on the way and not within one another, with their lines below."""
    found: list[tuple[int, Node]] = []
    place = 0
    while place < len(lines):
        line = lines[place]
        place += 1
        if line.kind is not Kind.NODE or not line.node.open or line.node in way:
            continue
        start = place
        while place < len(lines) and lines[place].depth > line.depth:
            place += 1
        found.append((place - start, line.node))
    return found


def _narrow(parent: Node, child: Node) -> int:
    """Drop the children that are far from `child`. Returns how many lines that saves."""
    place = parent.children.index(child)
    start, end = max(place - BESIDE, 0), place + BESIDE + 1
    saved = len(parent.children) - len(parent.children[start:end])
    parent.before += start
    parent.after += len(parent.children[end:])
    parent.children = parent.children[start:end]
    return max(saved - 2, 0)
