"""What stands on the screen: the characters that the terminal is sent, and not what a widget holds."""

from __future__ import annotations

from typing import Any

from textual.app import App
from textual.widget import Widget


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
