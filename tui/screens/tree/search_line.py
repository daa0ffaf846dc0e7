"""A field that appears for a question and goes away with the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from tui.widgets.line_input import LineInput


class SearchLine(LineInput):
    """Hidden until `open`; enter asks, escape leaves."""

    DEFAULT_CSS = """
    SearchLine { display: none; background: $panel; }
    SearchLine.-open { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave the search", id="search.leave", tooltip="Close the field; what was found stays"),
    ]

    @dataclass
    class Asked(Message):
        """Enter was pressed. An empty text takes the search away."""

        text: str

    class Left(Message):
        """Escape was pressed."""

    def __init__(self, examples: str, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(placeholder=examples, id=id)

    def open(self) -> None:
        """Appear, with what was asked last selected."""
        self.add_class("-open")
        self.focus()
        self.action_select_all()

    def action_leave(self) -> None:
        """Go away."""
        self.remove_class("-open")
        self.post_message(self.Left())

    async def action_submit(self) -> None:
        """Ask."""
        self.remove_class("-open")
        self.post_message(self.Asked(self.value.strip()))
