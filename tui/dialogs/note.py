"""A note of several lines."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import TextArea

from tui.widgets.dialog import Dialog


class NoteDialog(Dialog[str]):
    """The whole text; "" takes a note away. Escape asks for a second one when something would be lost."""

    DEFAULT_CSS = """
    NoteDialog > Vertical { width: 80; max-width: 92%; height: 14; max-height: 90%; padding: 0 1; }
    NoteDialog TextArea { height: 1fr; border: none; padding: 0; }
    NoteDialog .problem { color: $warning; height: 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "Keep note", priority=True, id="note.save"),
        Binding("escape", "cancel", "Never mind", priority=True, id="note.cancel"),
    ]

    def __init__(self, title: str, text: str = "") -> None:
        super().__init__()
        self._heading, self._text, self._warned = title, text, False

    def compose(self) -> ComposeResult:
        """Field and hint."""
        with self.box(self._heading, "ctrl+s keeps it · esc leaves"):
            yield TextArea(self._text, soft_wrap=True, tab_behavior="focus")
            yield self.problem()

    def action_save(self) -> None:
        """Take the text."""
        self.dismiss(self.query_one(TextArea).text.strip())

    def action_cancel(self) -> None:
        """Leave; changed text is only thrown away on the second press."""
        if self.query_one(TextArea).text != self._text and not self._warned:
            self._warned = True
            self.complain("Not kept yet: esc again throws it away, ctrl+s keeps it.")
        else:
            super().action_cancel()
