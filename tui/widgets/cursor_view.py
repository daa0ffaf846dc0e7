"""Base of the widgets with a header line (or none) over rows of which one has the cursor, as many rows as there are."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding
from textual.geometry import Region
from textual.reactive import reactive
from textual.strip import Strip

from tui.widgets.painted import Painted
from tui.words.spans import Line

CURSOR_KEYS = (
    Binding("j,down", "move(1)", "Down", show=False, id="cursor.down", tooltip="Next line"),
    Binding("k,up", "move(-1)", "Up", show=False, id="cursor.up", tooltip="Line above"),
    Binding("g,home", "edge(0)", "First", show=False, id="cursor.top", tooltip="First line"),
    Binding("G,end", "edge(1)", "Last", show=False, id="cursor.bottom", tooltip="Last line"),
    Binding("ctrl+d", "half(1)", "Half page down", show=False, id="cursor.half_down", tooltip="Half a screen down"),
    Binding("ctrl+u", "half(-1)", "Half page up", show=False, id="cursor.half_up", tooltip="Half a screen up"),
)
"""Of every list with a cursor."""


class CursorView(Painted, can_focus=True):
    """Moves the cursor by keys and mouse, and keeps it in view. Subclasses say how many rows there are, and draw them."""

    HEAD: ClassVar[int] = 1  # lines of the header; 0 for none
    cursor: reactive[int] = reactive(0, repaint=False)
    """The row with the cursor."""

    @property
    def count(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    def highlighted(self) -> None:
        """The cursor came to a row."""
        raise NotImplementedError

    def action_select(self) -> None:
        """Whatever the row under the cursor offers."""
        raise NotImplementedError

    def action_move(self, by: int) -> None:
        """Rows down, negative up."""
        self.cursor += by

    def action_half(self, by: int) -> None:
        """Half screens."""
        self.cursor += by * max(1, self._height // 2)

    def action_edge(self, end: int) -> None:
        """0 the first row, 1 the last one that is known."""
        self.cursor = end * (self.count - 1)

    def validate_cursor(self, row: int) -> int:
        """Within the rows."""
        return max(0, min(row, self.count - 1))

    def watch_cursor(self, before: int, after: int) -> None:
        """Two lines are drawn anew, or all when the view moved."""
        top = round(self.scroll_y)
        self.into_view()
        if round(self.scroll_y) == top:
            self.refresh_row(before)
            self.refresh_row(after)
        self.highlighted()

    def refresh_row(self, row: int) -> None:
        """Draw one row again."""
        line = row - round(self.scroll_y) + self.HEAD
        if self.HEAD <= line < self.size.height:
            self.refresh(Region(0, line, self.size.width, 1))

    @property
    def _height(self) -> int:
        """Lines for rows."""
        return max(1, self.scrollable_content_region.height - self.HEAD)

    def fit_rows(self) -> None:
        """There are more or fewer rows. As wide as the widget: they are cut to fit, there is nothing to scroll to sideways."""
        self.set_extent(self.scrollable_content_region.width, self.count + self.HEAD)

    def on_resize(self, _event: events.Resize) -> None:
        """The columns are laid out again."""
        self.fit_rows()
        self.into_view()

    def into_view(self, *, centre: int = 0) -> None:
        """Scroll as little as the cursor needs; with `centre` to that part of the height where it is out of sight."""
        top = round(self.scroll_y)
        wanted = max(0, min(_top(self.cursor, top, self._height, centre), self.count - self._height))
        if wanted != top:
            self.scroll_to(y=wanted, animate=False, force=True, immediate=True)

    def row_strip(self, row: int, line: Line, width: int, *, fitted: bool = False) -> Strip:
        """A row as it is painted, on the cursor's ground where that is."""
        ground = "" if row != self.cursor else "cursor" if self.has_focus else "cursor-blurred"
        return self.strip(line, width, ground, plain=ground == "cursor", fitted=fitted)

    def on_click(self, event: events.Click) -> None:
        """Moves the cursor; a second click chooses the row."""
        row = round(self.scroll_y) + event.y - self.HEAD
        if event.y < self.HEAD or not 0 <= row < self.count:
            return
        again = row == self.cursor and event.chain > 1
        self.cursor = row
        if again:
            self.action_select()


def _top(cursor: int, top: int, height: int, centre: int) -> int:
    """The row that comes to the top of so many lines, of which `top` is at the top now."""
    if centre and not top <= cursor < top + height:
        return cursor - height // centre
    return min(max(top, cursor - height + 1), cursor)
