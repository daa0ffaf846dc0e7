"""A yes or no question about something that costs."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from engine.untrusted import visible
from tui.widgets.dialog import Dialog


class ConfirmDialog(Dialog[bool]):
    """True for yes, None for no. The focus is on no, so that a stray enter changes nothing."""

    DEFAULT_CSS = """
    ConfirmDialog > Vertical { width: 64; max-width: 90%; border: round $warning; }
    ConfirmDialog .question { text-style: bold; }
    ConfirmDialog .detail { color: $text-muted; margin-bottom: 1; }
    ConfirmDialog Horizontal { height: 1; align-horizontal: right; }
    ConfirmDialog Button { margin-left: 2; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes", id="confirm.yes"),
        Binding("n,escape", "answer(False)", "No", id="confirm.no"),
        Binding("left,right,h,l", "app.focus_next", "Other button", show=False, id="confirm.other"),
    ]

    def __init__(self, question: str, *detail: str, yes: str = "Yes", no: str = "No") -> None:
        super().__init__()
        self._question, self._detail, self._yes, self._no = question, detail, yes, no

    def compose(self) -> ComposeResult:
        """Question, detail, buttons."""
        with Vertical():
            yield Static(Content(visible(self._question)), classes="question")
            yield Static(Content("\n".join(map(visible, self._detail))), classes="detail")
            with Horizontal():
                yield Button(Content(f"n  {self._no}"), id="no", compact=True)
                yield Button(Content(f"y  {self._yes}"), id="yes", variant="warning", compact=True)

    def on_mount(self) -> None:
        """Safe side first."""
        self.query_one("#no").focus()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.action_answer(event.button.id == "yes")

    def action_answer(self, yes: bool) -> None:
        """By key."""
        self.dismiss(yes or None)
