"""Choosing a file or folder that exists."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from engine.untrusted import visible
from tui.widgets.path_input import PathInput
from tui.widgets.path_picker import PathPicker


class OpenPathDialog(ModalScreen[Path | None]):
    """An existing path."""

    DEFAULT_CSS = """
    OpenPathDialog { align: center middle; }
    OpenPathDialog > Vertical {
        width: 90; max-width: 94%; height: 80%; padding: 1 2;
        background: $surface; border: round $primary;
    }
    OpenPathDialog PathPicker { height: 1fr; }
    OpenPathDialog .problem { color: $error; height: 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Never mind", id="open.cancel")]

    def __init__(self, title: str, start: Path, *, folders: bool = False) -> None:
        super().__init__()
        self._heading, self._start, self._folders = title, start, folders

    def compose(self) -> ComposeResult:
        """Picker and complaint."""
        with Vertical() as box:
            box.border_title = Content(visible(self._heading, 60))
            box.border_subtitle = "enter takes it · tab walks the folders · esc leaves"
            yield PathPicker(self._start)
            yield Static("", classes="problem", markup=False)

    def on_mount(self) -> None:
        """Typing first."""
        self.query_one(PathInput).focus()

    @on(PathPicker.Chosen)
    def _chosen(self, event: PathPicker.Chosen) -> None:
        problem = ""
        if not event.path.exists():
            problem = f"There is no {event.path}."
        elif event.path.is_dir() and not self._folders:
            problem = f"{event.path} is a folder."
        if problem:
            self.query_one(".problem", Static).update(Content(visible(problem)))
        else:
            self.dismiss(event.path)

    def action_cancel(self) -> None:
        """Leave it."""
        self.dismiss(None)
