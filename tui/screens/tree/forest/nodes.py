"""What the tree consists of: nodes with a loaded stretch of their children, the lines to draw, and keeping them few."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import pairwise

from store.processes.forest import ForestRow, HostRow, Key
from tui.screens.tree.forest.focus import TOP

MAX_GUIDES = 40
"""Levels of guides a line keeps; no terminal has room for more."""


class Kind(Enum):
    """What a line stands for."""

    NODE = "a host or process"
    EARLIER = "children before those that are loaded"
    LATER = "children after those that are loaded"
    OTHERS = "children that are not on the way to a target"
    GAP = "levels between a host and a process deep below it"


@dataclass(slots=True, eq=False)
class Node:
    """A host or a process; `children` is a stretch of all of them, `before` and `after` count the rest."""

    row: HostRow | ForestRow | None
    """None for the invisible top."""
    parent: Node | None = None
    key: Key = (0, 0)
    depth: int = -1
    total: int = 0
    """All children, whether kept or not."""
    open: bool = False
    children: list[Node] = field(default_factory=list)
    before: int = 0
    after: int = 0
    others: int = 0
    whole: bool = False
    """Shows all children though only some are on the way to a target."""
    gap: bool = False
    """Levels between its parent here and itself are left out."""

    @property
    def id(self) -> int:
        """Of the row; TOP for the top."""
        return TOP if self.row is None else self.row.id

    def above(self) -> Iterator[Node]:
        """The node itself and its ancestors, the top left out."""
        node: Node | None = self
        while node is not None and node.row is not None:
            yield node
            node = node.parent

    def way(self) -> list[tuple[int, Key]]:
        """From the host down to the node."""
        return [(node.id, node.key) for node in self.above()][::-1]


@dataclass(frozen=True, slots=True)
class TreeLine:
    """One line. `node` is the parent for EARLIER, LATER and OTHERS, the process below for GAP.

    `lasts` tells for every level above (the nearest MAX_GUIDES) whether that branch has ended there.
    """

    kind: Kind
    node: Node
    depth: int
    lasts: tuple[bool, ...]


def lines_of(top: Node) -> list[TreeLine]:
    """All lines of what is open, depth first. Iterative: branches may be deeper than Python's stack."""
    lines: list[TreeLine] = []
    stack = _below(top, ())
    while stack:
        line = stack.pop()
        lines.append(line)
        if line.kind is Kind.NODE and line.node.open:
            stack.extend(_below(line.node, line.lasts))
    return lines


def _below(parent: Node, lasts: tuple[bool, ...]) -> list[TreeLine]:
    """The lines directly under a node, last first."""
    entries: list[tuple[Kind, Node]] = []
    if parent.before:
        entries.append((Kind.EARLIER, parent))
    for child in parent.children:
        if child.gap:
            entries.append((Kind.GAP, child))
        entries.append((Kind.NODE, child))
    if parent.after:
        entries.append((Kind.LATER, parent))
    if parent.others:
        entries.append((Kind.OTHERS, parent))
    end = len(entries) - 1
    hosts = parent.row is None
    return [
        TreeLine(
            kind,
            node,
            node.depth if node is not parent else parent.depth + 1,
            () if hosts else (*lasts, place == end)[-MAX_GUIDES:],
        )
        for place, (kind, node) in reversed(list(enumerate(entries)))
    ]


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
