"""A document as Markdown of GitHub's kind (https://github.github.com/gfm/), for tickets and wikis.

A word of nothing but letters, digits and harmless marks stands as it is; any other is a code span, whose fence is longer than
every run of backticks in it: within one nothing is a link, an image, HTML, or the end of a cell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TextIO

from engine.handover.document.blocks import (
    Cell,
    Document,
    DocumentBlock,
    FactList,
    Grid,
    Heading,
    HostTimeline,
    Items,
    Paragraph,
    TreePicture,
    lines_of,
)
from engine.handover.document.timeline import told
from engine.handover.pictures.forest import DrawnNode, walk
from engine.handover.pictures.label import label, unseen
from engine.untrusted import visible

WORD = re.compile(r"[\w.,:;%()'\"/→←·▲…–?+=§×-]+")
"""Letters, digits and marks that mean nothing within a line."""
MEANS = re.compile(r"_|://|www\.|:[a-z]\w*:", re.IGNORECASE)
"""What means something all the same: emphasis, addresses, emoji."""
BEGINS = re.compile(r"[-+=]|\d+[.)]|:?-+:?\Z")
"""What makes a list, a heading or a table at the beginning of a line."""


def inert(text: str) -> str:
    """A text on one line, in a cell or out of it: words that may mean something are code."""
    out: list[str] = []
    marked: list[str] = []
    for place, word in enumerate(visible(text).split(" ")):
        if word and (not WORD.fullmatch(word) or MEANS.search(word) or (not place and BEGINS.match(word))):
            marked.append(word)
            continue
        if marked:
            out.append(span(" ".join(marked)))
            marked = []
        out.append(word)
    return " ".join([*out, *([span(" ".join(marked))] if marked else [])])


def span(text: str) -> str:
    """A code span, in a cell or out of it; "" for nothing."""
    plain = visible(text)
    if not plain:
        return ""
    longest = max(map(len, re.findall(r"`+", plain)), default=0)
    fence = "`" * (longest + 1)
    # A blank at both ends is taken away by the reader, so one is put there where the text has one, or a backtick.
    room = " " if plain[0] in "` " or plain[-1] in "` " else ""
    return f"{fence}{room}{plain}{room}{fence}".replace("|", "\\|")


def write(document: Document, stream: TextIO) -> None:
    """The text."""
    stream.write(f"# {inert(document.title)}\n\n{inert(document.subtitle)}\n")
    for block in document.blocks:
        stream.write("\n")
        stream.writelines(f"{line}\n" for line in WRITERS[type(block)](block))


def _heading(block: Heading) -> Iterator[str]:
    yield f"{'#' * (block.level + 1)} {inert(block.text)}"


def _paragraph(block: Paragraph) -> Iterator[str]:
    yield f"**{inert(block.text)}**" if block.strong and block.text else inert(block.text)


def _items(block: Items) -> Iterator[str]:
    yield from (f"- {inert(one)}" for one in block.items)


def _facts(block: FactList) -> Iterator[str]:
    yield from (f"- {name}: {_cell(value)}" for name, value in block.pairs)


def _grid(block: Grid) -> Iterator[str]:
    if block.title:
        yield f"{inert(block.title)}"
        yield ""
    yield _row(block.head)
    yield _row(["--:" if name in block.numbers else "---" for name in block.head])
    for row in block.rows:
        yield _row(
            [
                "; ".join(map(span, lines_of(cell))) if name in block.code else _cell(cell)
                for name, cell in zip(block.head, row, strict=True)
            ]
        )


def _cell(cell: Cell) -> str:
    return "; ".join(map(inert, lines_of(cell)))


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _tree(block: TreePicture) -> Iterator[str]:
    drawn = list(_drawn(list(block.roots)))
    longest = max((len(run) for line in drawn for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    yield inert(block.title)
    yield ""
    yield f"{fence}text"
    yield from drawn
    yield fence


def _drawn(roots: list[DrawnNode]) -> Iterator[str]:
    for line in walk(roots):
        indent = "".join("   " if last else "│  " for last in line.lasts[:-1])
        branch = ("└─ " if line.lasts[-1] else "├─ ") if line.lasts else ""
        mark = "▲ " if line.node.flagged else "  "
        command = f" $ {visible(line.node.command_line)}" if line.node.command_line else ""
        yield f"{mark}{indent}{branch}{label(line.node, line.parent)}{command} {unseen(line.node)}".rstrip()


def _timeline(block: HostTimeline) -> Iterator[str]:
    yield _row(["host", "incident", "first", "last", "marked processes"])
    yield _row(["---", "---", "---", "---", "--:"])
    for lane in block.lanes:
        for name, first, last in lane.incidents:
            inside = sum(first <= one.time_us <= last for one in lane.happenings)
            yield _row([inert(lane.host), inert(name), inert(told(first)), inert(told(last)), f"{inside:,}"])


WRITERS: dict[type[DocumentBlock], Callable[..., Iterator[str]]] = {
    Heading: _heading, Paragraph: _paragraph, Items: _items, FactList: _facts, Grid: _grid, TreePicture: _tree,
    HostTimeline: _timeline,
}  # fmt: skip
