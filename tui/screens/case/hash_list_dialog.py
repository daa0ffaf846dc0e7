"""Choosing a list of hashes, and what it says of the programs on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from tui.widgets.dialog import Dialog
from tui.widgets.path_input import PathInput
from tui.widgets.path_picker import PathPicker

KINDS = {
    True: "known bad: what it names stands first, above everything that only looks odd",
    False: "known good: products that are known; less odd, where they were not told to do anything odd",
}


@dataclass(frozen=True, slots=True)
class HashListChoice:
    """The answer."""

    path: Path
    bad: bool


class HashListDialog(Dialog[HashListChoice]):
    """An existing file, known bad unless somebody says otherwise."""

    DEFAULT_CSS = """
    HashListDialog > Vertical { height: 80%; }
    HashListDialog PathPicker { height: 1fr; }
    HashListDialog .kind { height: 1; margin-top: 1; }
    HashListDialog .problem { height: 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Never mind", id="hashes.cancel"),
        Binding("ctrl+t", "turn", "Other kind", priority=True, id="hashes.kind", tooltip="Known good instead of known bad"),
    ]

    def __init__(self, start: Path) -> None:
        super().__init__()
        self._start, self._bad = start, True

    def compose(self) -> ComposeResult:
        """Picker, kind, complaint."""
        with self.box("Compare with a list of hashes", "enter takes it · ctrl+t the other kind · esc leaves"):
            yield PathPicker(self._start)
            yield Static(Content(KINDS[self._bad]), classes="kind")
            yield self.problem()

    def on_mount(self) -> None:
        """Typing first."""
        self.query_one(PathInput).focus()

    def action_turn(self) -> None:
        """The other kind."""
        self._bad = not self._bad
        self.query_one(".kind", Static).update(Content(KINDS[self._bad]))

    @on(PathPicker.Chosen)
    def _chosen(self, event: PathPicker.Chosen) -> None:
        if not event.path.is_file():
            self.complain(f"{event.path} is a folder." if event.path.is_dir() else f"There is no file {event.path}.")
        else:
            self.dismiss(HashListChoice(event.path, self._bad))
