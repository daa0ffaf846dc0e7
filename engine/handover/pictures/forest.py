"""A process forest in memory, and the walk that every tree drawing shares.

Iterative on purpose: a chain of 100,000 processes is legal input and Python's stack is not that deep.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class DrawnNode:
    """One process of a drawing."""

    id: int
    image: str
    pid: int | None = None
    number: str = ""
    """P123471; "" for what no record tells of."""
    time: str = ""
    command_line: str = ""
    user: str = ""
    score: float | None = None
    flagged: bool = False
    verdict: str = ""
    method: str = ""
    """Link to the parent: guid, pid+time, pid+name, name-only, none."""
    confidence: float = 0.0
    placeholder: bool = False
    focus: bool = False
    """The process that the drawing is about."""
    odd: bool = False
    """Of an incident: odd in itself."""
    context: bool = False
    """Beside an incident and no part of it."""
    error: str = ""
    """Step error as a mark."""
    marks: str = ""
    """What rules of others say of it, the strongest in words. Untrusted."""
    alike: int = 0
    """Further children of the same parent that look like this one and are left out."""
    children: list[DrawnNode] = field(default_factory=list)
    hidden_children: int = 0
    """Children that the store has but the drawing leaves out."""


@dataclass(frozen=True, slots=True)
class Line:
    """One node in drawing order; `lasts` tells for every level above whether that branch has ended there."""

    node: DrawnNode
    lasts: tuple[bool, ...]
    parent: DrawnNode | None = None
    more: int = 0
    """Not zero: no process, but the line behind the last child of `node` that counts those left out."""


MAX_GUIDES = 40
"""Levels that are drawn with guides; deeper ones say their depth as a number."""


def walk(roots: list[DrawnNode], *, counting: bool = False) -> Iterator[Line]:
    """Depth first, children in their order; with `counting` a line for the children left out follows the last one drawn.

    The guides of levels beyond MAX_GUIDES are dropped to stay linear.
    """
    stack = [Line(root, ()) for root in reversed(roots)]
    while stack:
        line = stack.pop()
        yield line
        if line.more:
            continue
        node = line.node
        below: list[Line] = []
        more = node.hidden_children if counting else 0
        for index, child in enumerate(node.children):
            last = index == len(node.children) - 1 and not more
            below.append(Line(child, (*line.lasts, last)[-MAX_GUIDES:], node))
        if more > 0:
            below.append(Line(node, (*line.lasts, True)[-MAX_GUIDES:], node, more))
        stack.extend(reversed(below))
