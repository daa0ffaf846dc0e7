"""Several chains drawn as the one tree that they are branches of: what a finding is about, on a few lines.

Pure text in, text out: log text is escaped here and nothing acts on a terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from engine.untrusted import visible
from tui.words.words import ARROW, base, shortened


@dataclass(slots=True)
class Branch:
    """A step, what follows it, and the chain that ends in it (an index into the input), if one does."""

    step: str
    ends: int | None = None
    children: dict[str, Branch] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChainTreeLine:
    """One line: the drawing on the left, then names, and the chain that ends here."""

    lead: str
    names: str
    ends: int | None


def grown(chains: Iterable[Sequence[str]]) -> Branch:
    """The tree of the chains below a nameless root."""
    root = Branch("")
    for number, steps in enumerate(chains):
        at = root
        for step in steps:
            at = at.children.setdefault(step, Branch(step))
        at.ends = number
    return root


def lines(root: Branch) -> Iterator[ChainTreeLine]:
    """Depth first, in the order of the input. Steps that lead to one other only stand on one line with it."""
    stack = [(child, "", "") for child in reversed(root.children.values())]
    while stack:
        branch, lead, joint = stack.pop()
        names = [_name(branch.step)]
        while branch.ends is None and len(branch.children) == 1:
            branch = next(iter(branch.children.values()))
            names.append(_name(branch.step))
        yield ChainTreeLine(lead + joint, ARROW.join(names), branch.ends)
        below = lead + ("│  " if joint.startswith("├") else "   " if joint else "")
        children = list(branch.children.values())
        for place, child in reversed(list(enumerate(children))):
            stack.append((child, below, "└─ " if place == len(children) - 1 else "├─ "))


def _name(step: str) -> str:
    return shortened(visible(base(step)))
