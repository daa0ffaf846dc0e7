"""Two rows over time: how many processes, and where odd ones are; the incident that is looked at marked between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Click, MouseDown, MouseMove, MouseUp
from textual.message import Message
from textual.strip import Strip

from store.where.density import Density
from tui.widgets.painted import Painted
from tui.words.spans import Line
from tui.words.words import EPOCH

BLOCKS = "▁▂▃▄▅▆▇█"
GUTTER = 8
"""Cells of the rows' names."""
FEW_CELLS = 10
"""Cells between the names of two days."""


class TimeStrip(Painted, can_focus=False):
    """Draws a Density; in focus, h l move over it and enter takes the span between two cells."""

    DEFAULT_CSS = "TimeStrip { height: 2; overflow: hidden; }"
    ALLOW_SELECT: ClassVar[bool] = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("h,left", "move(-1)", "Less", show=False, id="time.before", tooltip="An earlier time"),
        Binding("l,right", "move(1)", "More", show=False, id="time.after", tooltip="A later time"),
        Binding("g,home", "edge(0)", "First", show=False, id="time.first"),
        Binding("G,end", "edge(1)", "Last", show=False, id="time.last"),
        Binding("enter", "take", "Open", show=False, id="time.take", tooltip="From here; again: to here"),
        Binding("escape", "leave", "Back", show=False, id="time.leave", tooltip="Leave the time as it is"),
    ]

    @dataclass
    class Brushed(Message):
        """A span was taken: [from, until)."""

        since_us: int
        until_us: int

    class Left(Message):
        """Escape."""

    @dataclass
    class Wanted(Message):
        """It is as wide as so many cells now: whoever has the figures may count anew."""

        cells: int

    def __init__(self, zone: Callable[[], tzinfo], *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._zone = zone
        self.density: Density | None = None
        self._marked: tuple[int, int] | None = None
        self.cursor: int | None = None
        self._anchor: int | None = None

    @property
    def cells(self) -> int:
        """Cells that there is room for."""
        return max(1, self.size.width - GUTTER)

    def show_density(self, found: Density | None) -> None:
        """Other figures."""
        self.density = found
        self.refresh()

    def mark(self, first_us: int | None, last_us: int | None) -> None:
        """What is looked at; None for nothing."""
        self._marked = None if first_us is None or last_us is None else (first_us, last_us)
        self.refresh()

    def on_resize(self) -> None:
        """Another number of cells."""
        self.post_message(self.Wanted(self.cells))

    def enter(self) -> None:
        """Take the focus, at what is marked."""
        self.can_focus = True
        at = self.density.cell_of(self._marked[0]) if self.density is not None and self._marked is not None else None
        self.cursor, self._anchor = at or 0, None
        self.focus()
        self.refresh()

    def on_blur(self) -> None:
        """Nothing is being taken any more."""
        self.can_focus = False
        self.cursor = self._anchor = None
        self.refresh()

    def action_move(self, by: int) -> None:
        """Another cell."""
        self.cursor = max(0, min((self.cursor or 0) + by, self.cells - 1))
        self.refresh()

    def action_edge(self, end: int) -> None:
        """The first or the last cell."""
        self.cursor = end * (self.cells - 1)
        self.refresh()

    def action_take(self) -> None:
        """The first end of the span, then the second."""
        if self._anchor is None:
            self._anchor = self.cursor
            self.refresh()
        else:
            self._brush(self._anchor, self.cursor or 0)

    def action_leave(self) -> None:
        """Without taking anything."""
        self.post_message(self.Left())

    def _brush(self, one: int, other: int) -> None:
        if self.density is not None:
            low, high = sorted((one, other))
            self.post_message(self.Brushed(self.density.start_us(low), self.density.start_us(high + 1)))

    # The mouse --------------------------------------------------------------------------------------------------------

    def _cell_at(self, x: int) -> int:
        return max(0, min(x - GUTTER, self.cells - 1))

    def on_mouse_down(self, event: MouseDown) -> None:
        """Begin a span."""
        self._anchor = self.cursor = self._cell_at(event.x)
        self.capture_mouse()
        self.refresh()

    def on_mouse_move(self, event: MouseMove) -> None:
        """Drag its end."""
        if self._anchor is not None and event.button:
            self.cursor = self._cell_at(event.x)
            self.refresh()

    def on_mouse_up(self, event: MouseUp) -> None:
        """Take it; a press in one place is none."""
        self.release_mouse()
        anchor, self._anchor = self._anchor, None
        at = self._cell_at(event.x)
        self.cursor = None
        self.refresh()
        if anchor is not None and at != anchor:
            self._brush(anchor, at)

    def on_click(self, event: Click) -> None:
        """A span is dragged; a click alone does nothing."""
        event.stop()

    # Drawing ------------------------------------------------------------------------------------------------------------

    def draw_line(self, y: int) -> Strip:
        """All processes, then the odd ones with the days."""
        width = self.size.width
        found = self.density
        if found is None:
            return self.strip([(" all", "dim")] if y == 0 else [(" odd", "dim")], width)
        line: Line = [(" all" if y == 0 else " odd", "dim"), (" " * (GUTTER - 4), "")]
        line += self._all_row(found) if y == 0 else self._odd_row(found)
        return self.strip(line, width)

    def _all_row(self, found: Density) -> Line:
        mark = None if self._marked is None else found.cell_of(self._marked[0])
        blocks = heights(found.processes)
        return [
            self._cell("▼" if cell == mark else block, "accent" if cell == mark else "dim", cell)
            for cell, block in enumerate(blocks)
        ]

    def _odd_row(self, found: Density) -> Line:
        names = day_names(found, self._zone(), [count > 0 for count in found.odd])
        blocks = heights(found.odd)
        line: Line = []
        for cell, block in enumerate(blocks):
            char, role = (block, "warning") if block != " " else (names.get(cell, "·"), "dim")
            line.append(self._cell(char, role, cell))
        return line

    def _cell(self, char: str, role: str, cell: int) -> tuple[str, str]:
        if self.cursor is None:
            return char, role
        anchor = self.cursor if self._anchor is None else self._anchor
        taken = min(anchor, self.cursor) <= cell <= max(anchor, self.cursor)
        return ("┃" if cell == self.cursor else char, "accent") if taken else (char, role)


def heights(counts: Sequence[int]) -> str:
    """A block a count, by the root, so that what is rare is still seen; a blank for none."""
    top = max(counts, default=0)
    return "".join(BLOCKS[min(7, int((count / top) ** 0.5 * 7.999))] if count else " " for count in counts)


def day_names(found: Density, zone: tzinfo, taken: Sequence[bool] = ()) -> dict[int, str]:
    """Cell -> a letter of the name of the day that begins there, or, where those cells are `taken`, as soon as there is room.
    Days that begin too near to the one before have none.
    """
    letters: dict[int, str] = {}
    free = 0
    for cell in range(len(found.processes)):
        start, end = _day(found.start_us(cell), zone), _day(found.start_us(cell + 1) - 1, zone)
        if end is None or (cell and start == end and _day(found.start_us(cell) - 1, zone) == end):
            continue
        name = f"{end:%b} {end.day}"
        starts = range(max(cell, free), min(cell + FEW_CELLS, len(found.processes) - len(name) + 1)) if cell >= free else ()
        first = next((at for at in starts if not any(taken[at : at + len(name)])), None)
        if first is not None:
            letters.update({first + at: char for at, char in enumerate(name)})
            free = cell + max(FEW_CELLS, len(name) + 2)
    return letters


def _day(time_us: int, zone: tzinfo) -> datetime | None:
    try:
        moment = (EPOCH + timedelta(microseconds=time_us)).astimezone(zone)
    except (OverflowError, ValueError):
        return None
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
