"""A field of one row: the only kind of field that oddkin has."""

from __future__ import annotations

from typing import Any, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets import Input

from engine.untrusted import visible_in_place


class LineInput(Input):
    """An Input without a border, whatever has the focus.

    Textual draws a border around a field while it has the focus. In a single row nothing is left for the text then, and a rule
    `border: none` of ours does not help: theirs names a state and is the more specific one. Their compact form is made for it,
    so every field is made here, compact.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        # On the list behind the field they take verdicts back; who types means what he types.
        Binding("ctrl+z,ctrl+r", "keep", show=False),
    ]

    def __init__(self, value: str = "", **options: Any) -> None:
        super().__init__(value, compact=True, **options)

    def action_keep(self) -> None:
        """Nothing: the key is not for what is behind the field."""

    @property
    def _value(self) -> Text:
        """What is drawn, by the name that Textual gives it: a path that was walked to or completed may hold escapes, and
        Textual would send them to the terminal. One character for each, since the cursor counts them.
        """
        drawn = "•" * len(self.value) if self.password else visible_in_place(self.value)
        return Text(drawn, no_wrap=True, overflow="ignore", end="")
