"""The blocks that a document is made of. Texts are as recorded or as sentences: no writer trusts any of them.

Each knows itself with other texts (`mapped`), so that names can be replaced in all of a document at once, pictures included.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

from engine.handover.pictures.forest import DrawnNode, walk

Change: TypeAlias = Callable[[str], str]
Cell: TypeAlias = str | tuple[str, ...]
"""One line, or several. Lines are never told by a character: a text of a log may have it."""


def lines_of(cell: Cell) -> tuple[str, ...]:
    """As lines, one at least."""
    return (cell,) if isinstance(cell, str) else cell or ("",)


def _changed(cell: Cell, change: Change) -> Cell:
    return change(cell) if isinstance(cell, str) else tuple(map(change, cell))


class DocumentBlock(Protocol):
    """One block."""

    def mapped(self, change: Change) -> DocumentBlock:
        """The same with each of its texts changed."""


@dataclass(frozen=True, slots=True)
class Heading:
    """Begins a section; 1 is below the title."""

    level: int
    text: str
    name: str = ""
    """By which the list of contents leads to it; ours, letters and digits. "" for none."""

    def mapped(self, change: Change) -> Heading:
        """With another text."""
        return replace(self, text=change(self.text))


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: str
    strong: bool = False

    def mapped(self, change: Change) -> Paragraph:
        """With another text."""
        return replace(self, text=change(self.text))


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[str, ...]

    def mapped(self, change: Change) -> Items:
        """With other texts."""
        return Items(tuple(map(change, self.items)))


@dataclass(frozen=True, slots=True)
class FactList:
    """Names and values."""

    pairs: tuple[tuple[str, Cell], ...]

    def mapped(self, change: Change) -> FactList:
        """With other values."""
        return FactList(tuple((name, _changed(value, change)) for name, value in self.pairs))


@dataclass(frozen=True, slots=True)
class Grid:
    """A table. Cells of `numbers` stand at the right, those of `code` are shown letter by letter."""

    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numbers: frozenset[str] = frozenset()
    code: frozenset[str] = frozenset()
    title: str = ""

    def mapped(self, change: Change) -> Grid:
        """With other cells."""
        return replace(
            self, rows=tuple(tuple(_changed(cell, change) for cell in row) for row in self.rows), title=change(self.title)
        )


@dataclass(frozen=True, slots=True)
class TreePicture:
    """A process tree."""

    title: str
    roots: tuple[DrawnNode, ...]

    def mapped(self, change: Change) -> TreePicture:
        """With other images, accounts and command lines."""
        copies: dict[int, DrawnNode] = {}
        for line in walk(list(self.roots)):
            node = line.node
            copies[id(node)] = replace(
                node, image=change(node.image), user=change(node.user), command_line=change(node.command_line), children=[]
            )
            if line.parent is not None:
                copies[id(line.parent)].children.append(copies[id(node)])
        return TreePicture(change(self.title), tuple(copies[id(root)] for root in self.roots))


@dataclass(frozen=True, slots=True)
class Happening:
    """Something at a time on a host."""

    time_us: int
    text: str
    kind: str = ""
    """malicious, undetermined … as the verdict; "" for none."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A host with what happened there, and the incidents: name, first, last."""

    host: str
    happenings: tuple[Happening, ...]
    incidents: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class HostTimeline:
    """Hosts one below the other, time from left to right. A second."""

    title: str
    lanes: tuple[Lane, ...]

    def mapped(self, change: Change) -> HostTimeline:
        """With other hosts and texts."""
        lanes = tuple(
            replace(
                lane, host=change(lane.host),
                happenings=tuple(replace(one, text=change(one.text)) for one in lane.happenings),
            )
            for lane in self.lanes
        )  # fmt: skip
        return HostTimeline(change(self.title), lanes)


@dataclass(frozen=True, slots=True)
class Document:
    """A whole one."""

    title: str
    subtitle: str
    blocks: tuple[DocumentBlock, ...]

    def mapped(self, change: Change) -> Document:
        """The same with each text changed."""
        return Document(change(self.title), change(self.subtitle), tuple(one.mapped(change) for one in self.blocks))

    def contents(self, deepest: int = 2) -> Sequence[Heading]:
        """Headings with a name, of so many levels."""
        return [one for one in self.blocks if isinstance(one, Heading) and one.name and one.level <= deepest]
