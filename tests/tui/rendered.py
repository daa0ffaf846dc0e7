"""What stands on the screen: the characters that the terminal is sent, and not what a widget holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.cells import cell_len
from textual.app import App
from textual.widget import Widget

from engine.untrusted import visible
from store.processes.forest import HostRow
from tui.screens.tree.forest.nodes import Kind, TreeLine
from tui.screens.tree.forest.paint import more_text
from tui.words.spans import Span
from tui.words.words import base


def screen_lines(app: App[Any]) -> list[str]:
    """The rows of the topmost screen as text, each as wide as the terminal."""
    return ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]


def rows_of(widget: Widget) -> list[str]:
    """The part of each row that is the widget's, blanks at the end cut; [] for a widget that is not shown.

    By cells: every test that uses this types characters of one cell each.
    """
    region = widget.region
    lines = screen_lines(widget.app)[region.y : region.bottom]
    return [line[region.x : region.right].rstrip() for line in lines]


def width_of(line: Sequence[Span]) -> int:
    """Cells of a line."""
    return sum(cell_len(visible(text)) for text, _ in line)


def line_words(line: TreeLine) -> str:
    """A line of the tree in words."""
    row = line.node.row
    if line.kind is not Kind.NODE or row is None:
        return more_text(line)
    return visible(row.name if isinstance(row, HostRow) else base(row.path or row.image) or "(unknown)")
