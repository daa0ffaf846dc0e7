"""One line of text."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, Static

from engine.untrusted import visible
from tui.widgets.dialog import Dialog
from tui.widgets.line_input import LineInput

Check = Callable[[str], str | None]
"""What is wrong with a text, or None."""


class TextDialog(Dialog[str]):
    """The text, stripped; enter takes it when `check` has no complaint."""

    DEFAULT_CSS = "TextDialog > Vertical { width: 72; max-width: 90%; }"

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Never mind", id="text.cancel")]

    def __init__(self, title: str, value: str = "", *, hint: str = "", placeholder: str = "", check: Check | None = None) -> None:
        super().__init__()
        self._heading, self._value, self._hint, self._placeholder, self._check = title, value, hint, placeholder, check

    def compose(self) -> ComposeResult:
        """Title, field, hint, complaint."""
        with self.box(self._heading, "enter takes it · esc leaves"):
            yield LineInput(self._value, placeholder=self._placeholder)
            yield Static(Content(visible(self._hint)), classes="hint")
            yield self.problem()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        problem = self._check(text) if self._check else None
        if problem:
            self.complain(problem)
        else:
            self.dismiss(text)
