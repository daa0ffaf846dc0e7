"""Which columns a list shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import SelectionList
from textual.widgets.selection_list import Selection

from tui.widgets.dialog import Dialog


class ColumnsDialog(Dialog[tuple[str, ...]]):
    """The names of the chosen columns, in the order of the table."""

    DEFAULT_CSS = """
    ColumnsDialog > Vertical { width: 60; max-width: 94%; }
    ColumnsDialog SelectionList { height: auto; max-height: 20; border: none; background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Never mind", id="columns.cancel"),
        Binding("enter", "take", "Take", priority=True, id="columns.take"),
    ]

    def __init__(self, titles: Mapping[str, str], chosen: Sequence[str]) -> None:
        """titles: name -> what people call it, in the order of the list."""
        super().__init__()
        self._titles, self._chosen = titles, chosen

    def compose(self) -> ComposeResult:
        """A line for each column."""
        with self.box("Columns of the list", "space chooses · enter takes · esc leaves"):
            yield SelectionList[str](*(Selection(title, name, name in self._chosen) for name, title in self._titles.items()))

    def action_take(self) -> None:
        """Answer with what is chosen."""
        chosen = set(self.query_one(SelectionList).selected)
        self.dismiss(tuple(name for name in self._titles if name in chosen))
