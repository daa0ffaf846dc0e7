"""A table for millions of rows: draws the lines that are on screen, asks its source for pages, keeps a few of them.

Textual's own DataTable measures every cell of every row before it paints (100,000 rows froze it for half a minute), and
the upstream answer to views over larger data is "not in the short term" (Textual issue 1892). This one costs the same
for ten rows and for ten million.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from tui.widgets.cursor_view import CURSOR_KEYS, CursorView
from tui.words.spans import Line, fit

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

PAGE = 64
"""Rows per page: two screens. A page of 256 took four times as long to read, and that time is between key and paint."""
NOTHING: Line = [("Nothing here.", "dim")]
"""Instead of rows, unless a table has better words."""
PAGES = 64
"""Pages that are kept."""


class RowSource(Protocol[R_co]):
    """Rows by position. Both calls come from the UI's thread: they must take milliseconds."""

    def count(self) -> int:
        """How many rows there are (so far)."""

    def rows(self, start: int, stop: int) -> Sequence[R_co]:
        """The rows of [start, stop), fewer when there are no more."""


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """One column. `cell` gets the row and the width and returns spans."""

    title: str
    width: int
    """Cells; 0 shares out what the others leave (for one column)."""
    cell: Callable[[R, int], Line]
    right: bool = False
    from_width: int = 0
    """Hidden in tables narrower than this."""
    to_width: int = 1_000_000
    """Hidden in tables of this width and more."""


class RowPages(Generic[R]):
    """The rows of a source by position, read in pages of which a few are kept."""

    def __init__(self, source: RowSource[R] | None = None) -> None:
        self._source = source
        self._pages: OrderedDict[int, Sequence[R]] = OrderedDict()
        self.count = source.count() if source is not None else 0
        """Rows that are known of."""

    def row(self, position: int) -> R | None:
        """The row at a position, from its page."""
        if self._source is None or not 0 <= position < self.count:
            return None
        number, place = divmod(position, PAGE)
        page = self._pages.get(number)
        if page is None:
            start = number * PAGE
            page = self._source.rows(start, min(start + PAGE, self.count))
            self._pages[number] = page
            while len(self._pages) > PAGES:
                self._pages.popitem(last=False)
        else:
            self._pages.move_to_end(number)
        return page[place] if place < len(page) else None

    def grow(self) -> bool:
        """Look whether the source has more rows now."""
        before, self.count = self.count, self._source.count() if self._source is not None else 0
        if before and self.count != before:  # the last page may have been a short one
            self._pages.pop((before - 1) // PAGE, None)
        return self.count != before

    def forget(self, changed: Callable[[R], bool] | None = None) -> list[int]:
        """Read all rows again, or those that `changed` picks: returns where these are."""
        if changed is None:
            self._pages.clear()
            return []
        found = []
        for number, page in list(self._pages.items()):
            places = [number * PAGE + place for place, row in enumerate(page) if changed(row)]
            if places:
                del self._pages[number]
            found += places
        return found


class LedgerTable(CursorView, Generic[R]):
    """Header, rows, a cursor, marks. Knows nothing of what a row is."""

    HELP = "Moves with j/k, g/G, ctrl+d/ctrl+u; enter opens a row, space marks it."
    BINDINGS: ClassVar[list[BindingType]] = [
        *CURSOR_KEYS,
        Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False, id="table.page_down", tooltip="A screen down"),
        Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False, id="table.page_up", tooltip="A screen up"),
        Binding("enter", "select", "Open", show=False, id="table.select", tooltip="Open the row"),
    ]

    @dataclass
    class RowHighlighted(Message):
        """The cursor came to a row."""

        table: LedgerTable[Any]
        position: int

        @property
        def control(self) -> LedgerTable[Any]:
            """For selectors of `@on`."""
            return self.table

    class RowSelected(RowHighlighted):
        """Enter, or a click on the row under the cursor."""

    def __init__(
        self,
        columns: Sequence[Column[R]],
        source: RowSource[R] | None = None,
        *,
        is_marked: Callable[[R], bool] | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._columns = tuple(columns)
        self._rows = RowPages(source)
        self._is_marked = is_marked
        self.empty: Line = NOTHING
        """Shown instead of rows."""

    # ------------------------------------------------------------------ data

    @property
    def count(self) -> int:
        """Rows that the table knows of."""
        return self._rows.count

    def show_source(self, source: RowSource[R] | None, cursor: int = 0) -> None:
        """Show other rows, with the cursor at a position of them."""
        self._rows = RowPages(source)
        self.fit_rows()
        self.set_reactive(LedgerTable.cursor, self.validate_cursor(cursor))
        self.into_view(centre=2)
        self.refresh()
        self.highlighted()

    def grow(self) -> None:
        """The source may have more rows now; nothing else has changed."""
        empty = not self.count
        if self._rows.grow():
            self.fit_rows()
            self.refresh()
            if empty:
                self.highlighted()

    def forget(self, changed: Callable[[R], bool] | None = None) -> None:
        """The contents of rows (of those that `changed` picks) have changed: read them again when they are drawn."""
        for position in self._rows.forget(changed):
            self.refresh_row(position)
        if changed is None:
            self.refresh()

    def row(self, position: int) -> R | None:
        """The row at a position."""
        return self._rows.row(position)

    @property
    def current(self) -> R | None:
        """The row under the cursor."""
        return self.row(self.cursor)

    # --------------------------------------------------------------- movement

    def action_page(self, by: int) -> None:
        """Screens, less one row."""
        self.cursor += by * max(1, self._height - 1)

    def action_select(self) -> None:
        """Tell that the row was chosen."""
        if self.current is not None:
            self.post_message(self.RowSelected(self, self.cursor))

    def highlighted(self) -> None:
        """Tell it."""
        self.post_message(self.RowHighlighted(self, self.cursor))

    # ---------------------------------------------------------------- drawing

    def draw_line(self, y: int) -> Strip:
        """The header, then the rows from the scroll position on."""
        width, marks = self.scrollable_content_region.width, self._is_marked is not None
        if y < self.HEAD:
            return self.strip(_header(_shown(self._columns, width, marks), marks), width, "header")
        position = y - self.HEAD + round(self.scroll_y)
        row = self.row(position)
        if row is None:
            return self.strip([("  ", ""), *self.empty] if self.count == 0 and y == self.HEAD + 1 else [], width)
        mark: Line = [] if self._is_marked is None else [("●", "marked") if self._is_marked(row) else (" ", "")]
        line, room = _row(_shown(self._columns, width, marks), row, mark, width)
        # In a table too narrow for its columns the line is cut, at the cost of looking at it again.
        return self.row_strip(position, line, width, fitted=room >= 0)


def _row(shown: Sequence[tuple[Column[R], int]], row: R, mark: Line, width: int) -> tuple[Line, int]:
    """A row behind its mark, and how many cells are left."""
    line, room = [*mark], width - len(mark)
    for column, size in shown:
        line.append((" ", ""))
        line += _cell(column, row, size)
        room -= size + 1
    if room > 0:
        line.append((" " * room, ""))
    return line, room


def _shown(every: Sequence[Column[R]], width: int, marks: bool) -> list[tuple[Column[R], int]]:
    columns = [column for column in every if column.from_width <= width < column.to_width]
    fixed = sum(column.width + 1 for column in columns) + (1 if marks else 0)
    return [(column, column.width or max(4, width - fixed)) for column in columns]


def _header(shown: Sequence[tuple[Column[R], int]], marks: bool) -> Line:
    line: Line = [(" ", "")] if marks else []
    for column, size in shown:
        title = column.title.rjust(size) if column.right else column.title
        line += [(" ", ""), *fit([(title, "")], size)]
    return line


def _cell(column: Column[R], row: R, size: int) -> Line:
    line = column.cell(row, size)
    if column.right:
        used = sum(len(text) for text, _ in line)
        line = [(" " * max(0, size - used), ""), *line]
    return fit(line, size)


class ListSource(Generic[R]):
    """A row source over a sequence."""

    def __init__(self, rows: Sequence[R] = ()) -> None:
        self._rows = rows

    def count(self) -> int:
        """How many."""
        return len(self._rows)

    def rows(self, start: int, stop: int) -> Sequence[R]:
        """The rows of [start, stop)."""
        return self._rows[start:stop]
