"""Changing how far a view scrolls without laying the screen out again.

`virtual_size` is a layout reactive: setting it measures every widget of the screen and paints all of them, a hundred times
the cost of the lines that changed. A view that is as long as its data and always shows its scrollbar needs none of that.
"""

from __future__ import annotations

from textual.geometry import Size
from textual.scroll_view import ScrollView


def set_lines(view: ScrollView, lines: int) -> None:
    """`view` has so many lines now, all as wide as itself. Its stylesheet must say `overflow-y: scroll`."""
    view.set_reactive(ScrollView.virtual_size, Size(view.scrollable_content_region.width, lines))
    if view.show_vertical_scrollbar:
        view.vertical_scrollbar.window_virtual_size = lines
        view.vertical_scrollbar.window_size = view.container_size.height
    view.scroll_y = view.validate_scroll_y(view.scroll_y)
