"""Choosing a file or folder that exists."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tui.widgets.dialog import Dialog
from tui.widgets.path_input import PathInput
from tui.widgets.path_picker import PathPicker


class OpenPathDialog(Dialog[Path]):
    """An existing path."""

    DEFAULT_CSS = """
    OpenPathDialog > Vertical { height: 80%; }
    OpenPathDialog PathPicker { height: 1fr; }
    OpenPathDialog .problem { height: 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Never mind", id="open.cancel")]

    def __init__(self, title: str, start: Path) -> None:
        super().__init__()
        self._heading, self._start = title, start

    def compose(self) -> ComposeResult:
        """Picker and complaint."""
        with self.box(self._heading, "enter takes it · tab walks the folders · esc leaves"):
            yield PathPicker(self._start)
            yield self.problem()

    def on_mount(self) -> None:
        """Typing first."""
        self.query_one(PathInput).focus()

    @on(PathPicker.Chosen)
    def _chosen(self, event: PathPicker.Chosen) -> None:
        if not event.path.exists():
            self.complain(f"There is no {event.path}.")
        elif event.path.is_dir():
            self.complain(f"{event.path} is a folder.")
        else:
            self.dismiss(event.path)
