"""One line of text."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from engine.untrusted import visible
from tui.widgets.line_input import LineInput

Check = Callable[[str], str | None]
"""What is wrong with a text, or None."""


class TextDialog(ModalScreen[str | None]):
    """The text, stripped; enter takes it when `check` has no complaint."""

    DEFAULT_CSS = """
    TextDialog { align: center middle; }
    TextDialog > Vertical { width: 72; max-width: 90%; height: auto; padding: 1 2; background: $surface; border: round $primary; }
    TextDialog .problem { color: $error; height: auto; }
    TextDialog .hint { color: $text-muted; height: auto; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Never mind", id="text.cancel")]

    def __init__(self, title: str, value: str = "", *, hint: str = "", placeholder: str = "", check: Check | None = None) -> None:
        super().__init__()
        self._heading, self._value, self._hint, self._placeholder, self._check = title, value, hint, placeholder, check

    def compose(self) -> ComposeResult:
        """Title, field, hint, complaint."""
        with Vertical() as box:
            box.border_title = Content(visible(self._heading))
            box.border_subtitle = "enter takes it · esc leaves"
            yield LineInput(self._value, placeholder=self._placeholder)
            yield Static(Content(visible(self._hint)), classes="hint")
            yield Static("", classes="problem", markup=False)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        problem = self._check(text) if self._check else None
        if problem:
            self.query_one(".problem", Static).update(Content(visible(problem)))
        else:
            self.dismiss(text)

    def action_cancel(self) -> None:
        """Leave it."""
        self.dismiss(None)
