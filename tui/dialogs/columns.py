"""Which columns a list shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Click

from tui.widgets.dialog import Dialog
from tui.widgets.lines_view import LinesView
from tui.words.spans import Line


class ColumnLines(LinesView, can_focus=False):
    """A line for each column, with a sign for what is chosen: colour alone would not do."""

    def __init__(self, titles: Mapping[str, str], chosen: Sequence[str]) -> None:
        super().__init__()
        self.titles, self.chosen = dict(titles), set(chosen)
        self.cursor = 0

    def build(self, width: int) -> list[Line]:
        """`[x] time`."""
        return [
            [
                ("›" if place == self.cursor else " ", "accent"),
                ("[x] " if name in self.chosen else "[ ] ", "accent" if name in self.chosen else "dim"),
                (title, "strong" if place == self.cursor else ""),
            ]
            for place, (name, title) in enumerate(self.titles.items())
        ]

    def toggle(self, place: int) -> None:
        """Choose a column, or no longer."""
        self.cursor = place
        self.chosen ^= {list(self.titles)[place]}
        self.rebuild()

    def on_click(self, event: Click) -> None:
        """The mouse chooses."""
        place = event.y + round(self.scroll_y)
        if place < len(self.titles):
            self.toggle(place)


class ColumnsDialog(Dialog[tuple[str, ...]]):
    """The names of the chosen columns, in the order of the table."""

    DEFAULT_CSS = """
    ColumnsDialog > Vertical { width: 60; max-width: 94%; padding: 0 1; }
    ColumnsDialog ColumnLines { height: auto; max-height: 20; background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Never mind", id="columns.cancel"),
        Binding("j,down", "move(1)", "Down", show=False, id="columns.down"),
        Binding("k,up", "move(-1)", "Up", show=False, id="columns.up"),
        Binding("space", "choose", "Mark", id="columns.toggle"),
        Binding("enter", "take", "Open", priority=True, id="columns.take"),
    ]

    def __init__(self, titles: Mapping[str, str], chosen: Sequence[str]) -> None:
        """titles: name -> what people call it, in the order of the list."""
        super().__init__()
        self.lines = ColumnLines(titles, chosen)

    def compose(self) -> ComposeResult:
        """A line for each column."""
        with self.box("Columns of the list", "space chooses · enter takes · esc leaves"):
            yield self.lines

    def on_mount(self) -> None:
        """As high as its lines."""
        self.lines.styles.height = len(self.lines.titles)
        self.lines.rebuild()

    def action_move(self, by: int) -> None:
        """Up or down."""
        self.lines.cursor = max(0, min(self.lines.cursor + by, len(self.lines.titles) - 1))
        self.lines.rebuild()
        self.lines.reveal(self.lines.cursor, self.lines.cursor)

    def action_choose(self) -> None:
        """The column under the cursor."""
        self.lines.toggle(self.lines.cursor)

    def action_take(self) -> None:
        """Answer with what is chosen."""
        self.dismiss(tuple(name for name in self.lines.titles if name in self.lines.chosen))
