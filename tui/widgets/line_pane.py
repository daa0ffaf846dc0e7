"""Panes of lines that are drawn for a size: one that only shows (and scrolls), one with a cursor, one of items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from textual.binding import Binding, BindingType
from textual.events import Click
from textual.message import Message
from textual.strip import Strip

from tui.widgets.lines_view import LinesView
from tui.words.spans import Line, hang

R = TypeVar("R")


class LinePane(LinesView, can_focus=False):
    """Shows what `drawn` returns for the pane's width and height: plots need both."""

    wraps = False
    """Whether a line that is too long goes on in the next one; else it is cut."""

    def drawn(self, width: int, height: int) -> Sequence[Line]:
        """The lines for an area of this size; more than `height` of them scroll."""
        raise NotImplementedError

    def build(self, width: int) -> list[Line]:
        """The lines for a width."""
        lines = self.drawn(width, max(self.scrollable_content_region.height, 1))
        return [part for line in lines for part in hang(line, width)] if self.wraps else list(lines)


class CursorPane(LinePane, can_focus=True):
    """A short list with a cursor; `rows` is how many lines it can be on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "cursor(1)", "Down", show=False, id="list.down"),
        Binding("k,up", "cursor(-1)", "Up", show=False, id="list.up"),
        Binding("g,home", "cursor(-1000000)", "First", show=False, id="list.first"),
        Binding("G,end", "cursor(1000000)", "Last", show=False, id="list.last"),
        Binding("ctrl+d,pagedown", "page(1)", "Half page down", show=False, id="list.page-down"),
        Binding("ctrl+u,pageup", "page(-1)", "Half page up", show=False, id="list.page-up"),
    ]

    class Moved(Message):
        """The cursor is on another line."""

    head = 0
    """Lines above the first row."""

    cursor = 0

    @property
    def rows(self) -> int:
        """How many lines the cursor can be on."""
        return max(len(self.lines) - self.head, 0)

    def move_to(self, row: int) -> None:
        """Put the cursor there, or as near as there are lines."""
        row = min(max(row, 0), max(self.rows - 1, 0))
        changed, self.cursor = row != self.cursor, row
        self.reveal(row + self.head if row else 0, row + self.head)
        self.refresh()
        if changed:
            self.post_message(self.Moved())

    def draw_line(self, y: int) -> Strip:
        """A line; the cursor's stands out, more so with the focus."""
        place = y + round(self.scroll_y)
        if place - self.head != self.cursor or place >= len(self.lines):
            return super().draw_line(y)
        focused = self.has_focus
        base = "cursor" if focused else "cursor-blurred"
        return self.strip(self.lines[place], self.scrollable_content_region.width, base, plain=focused)

    def on_click(self, event: Click) -> None:
        """A click is a cursor movement."""
        row = event.y + self.scroll_offset.y - self.head
        if 0 <= row < self.rows:
            self.move_to(row)

    def action_cursor(self, by: int) -> None:
        """Up or down."""
        self.move_to(self.cursor + by)

    def action_page(self, direction: int) -> None:
        """Half of what is visible."""
        self.move_to(self.cursor + direction * max(self.size.height // 2, 1))


class ListPane(CursorPane, Generic[R]):
    """A line for each of some items, under a header where there is one."""

    header = ""
    items: Sequence[R] = ()

    def show(self, items: Sequence[R]) -> None:
        """Other items; the cursor stays on the one it was on."""
        before, self.items = self.current, items
        places = [place for place, one in enumerate(items) if before is not None and self.same(one, before)]
        self.cursor = places[0] if places else min(self.cursor, max(len(items) - 1, 0))
        self.rebuild()

    def same(self, one: R, before: R) -> bool:
        """Whether an item is the one that the cursor was on."""
        return one == before

    @property
    def current(self) -> R | None:
        """The item under the cursor."""
        return self.items[self.cursor] if self.cursor < len(self.items) else None

    @property
    def rows(self) -> int:
        """One per item."""
        return len(self.items)

    def line(self, one: R, width: int) -> Line:
        """An item on a line."""
        raise NotImplementedError

    def drawn(self, width: int, height: int) -> list[Line]:
        """Header and items."""
        above: list[Line] = [[(self.header, "header")]] if self.header else []
        return above + [self.line(one, width) for one in self.items]
