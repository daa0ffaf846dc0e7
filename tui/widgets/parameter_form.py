"""A short form without fields to get caught in: a line per parameter, ←/→ choose, enter types a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from tui.widgets.line_pane import ListPane
from tui.widgets.parameter import Parameter
from tui.words.spans import Line, crop

LABEL = 12


class ParameterForm(ListPane[Parameter]):
    """Shows and changes parameters; knows nothing of what they mean."""

    HELP = "**←** **→** choose a value, **enter** types one, **r** starts the training. The defaults are meant to be left alone."

    BORDER_TITLE = "Parameters"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "choose(-1)", "Less", show=False, id="form.less", tooltip="The choice before"),
        Binding("right,l", "choose(1)", "More", key_display="←→", id="form.more", tooltip="The next choice"),
        Binding("enter", "type", "Type a value", show=False, id="form.type", tooltip="Type a value"),
        Binding("backspace,delete", "default", "Default", show=False, id="form.default", tooltip="Back to the default"),
    ]

    @dataclass
    class Typed(Message):
        """Somebody wants to type a value: the screen has the dialogs."""

        parameter: Parameter
        value: Any

    @dataclass
    class Changed(Message):
        """A parameter has another value."""

        id: str

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.values: dict[str, Any] = {}

    def show(self, items: Sequence[Parameter]) -> None:
        """Other parameters or choices; values that were set stay, those left at the default follow it."""
        before = {one.id: one.choices[0][0] for one in self.items}
        for one in items:
            value = self.values.get(one.id)
            known = one.parse is not None or any(choice == value for choice, _ in one.choices)
            if one.id not in before or value == before[one.id] or not known:
                self.values[one.id] = one.choices[0][0]
        super().show(items)

    def same(self, one: Parameter, before: Parameter) -> bool:
        """By the id: it may have other choices."""
        return one.id == before.id

    def set(self, name: str, value: Any) -> None:
        """Another value."""
        self.values[name] = value
        self.rebuild()
        self.post_message(self.Changed(name))

    def line(self, one: Parameter, width: int) -> Line:
        """Label and value; what is not the default stands out."""
        value = self.values[one.id]
        role = "" if value == one.choices[0][0] else "accent"
        told = crop(one.told(value), max(width - LABEL - 5, 4))
        return [(f" {one.label:<{LABEL}}", "dim"), ("‹ ", "dim"), (told, role), (" ›", "dim")]

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
