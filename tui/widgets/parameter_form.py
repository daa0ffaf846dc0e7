"""A short form without fields to get caught in: a line per parameter, ←/→ choose, enter types a value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from tui.widgets.line_pane import CursorPane
from tui.widgets.parameter import Parameter
from tui.words.spans import Line, crop

LABEL = 11


class ParameterForm(CursorPane):
    """Shows and changes parameters; knows nothing of what they mean."""

    HELP = "**←** **→** choose a value, **enter** types one, **r** starts the training. The defaults are meant to be left alone."

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "choose(-1)", "Less", show=False, id="form.less", tooltip="The choice before"),
        Binding("right,l", "choose(1)", "Change", key_display="←→", id="form.more", tooltip="The next choice"),
        Binding("enter", "type", "Type a value", show=False, id="form.type", tooltip="Type a value"),
        Binding("backspace,delete", "default", "Default", show=False, id="form.default", tooltip="Back to the default"),
    ]

    class Changed(Message):
        """A parameter has another value."""

        def __init__(self, name: str, value: Any) -> None:
            super().__init__()
            self.name = name
            self.value = value

    class Typed(Message):
        """Somebody wants to type a value: the screen has the dialogs."""

        def __init__(self, parameter: Parameter, value: Any) -> None:
            super().__init__()
            self.parameter = parameter
            self.value = value

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.border_title = "Parameters"
        self._parameters: Sequence[Parameter] = ()
        self.values: dict[str, Any] = {}

    def show(self, parameters: Sequence[Parameter]) -> None:
        """Other parameters or choices; values that were set stay, those left at the default follow it."""
        before = {one.id: one.choices[0][0] for one in self._parameters}
        self._parameters = parameters
        for one in parameters:
            value = self.values.get(one.id)
            known = one.parse is not None or any(choice == value for choice, _ in one.choices)
            if one.id not in before or value == before[one.id] or not known:
                self.values[one.id] = one.choices[0][0]
        self.rebuild()

    def set(self, name: str, value: Any) -> None:
        """Another value."""
        self.values[name] = value
        self.rebuild()
        self.post_message(self.Changed(name, value))

    def drawn(self, width: int, height: int) -> list[Line]:
        """A line per parameter; what is not the default stands out."""
        lines: list[Line] = []
        for one in self._parameters:
            value = self.values[one.id]
            told = crop(one.told(value), max(width - LABEL - 5, 4))
            lines.append([(f" {one.label:<{LABEL}}", "dim"), ("‹ ", "dim"), (told, self._role(one, value)), (" ›", "dim")])
        return lines

    @staticmethod
    def _role(one: Parameter, value: Any) -> str:
        return "" if value == one.choices[0][0] else "accent"

    @property
    def current(self) -> Parameter | None:
        """The parameter under the cursor."""
        return self._parameters[self.cursor] if self.cursor < len(self._parameters) else None

    def action_choose(self, by: int) -> None:
        """The next choice of the line under the cursor; from a typed value to the first one."""
        one = self.current
        if one is None:
            return
        values = [choice for choice, _ in one.choices]
        at = values.index(self.values[one.id]) if self.values[one.id] in values else -by
        self.set(one.id, values[min(max(at + by, 0), len(values) - 1)])

    def action_default(self) -> None:
        """The default of the line under the cursor."""
        if self.current is not None:
            self.set(self.current.id, self.current.choices[0][0])

    def action_type(self) -> None:
        """Ask for a value."""
        one = self.current
        if one is None:
            return
        if one.parse is None:
            self.action_choose(1)
        else:
            self.post_message(self.Typed(one, self.values[one.id]))
