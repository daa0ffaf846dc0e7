"""The models of the workspace, a line each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from tui.widgets.line_pane import ListPane
from tui.words.spans import Line, cells, crop, fit

NAME = 14
"""Cells of a name, which people know a model by: it stands first."""


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One line, in words."""

    id: str
    short: str
    name: str
    kind: str
    age: str
    size: str
    data: str
    in_use: bool
    """By the current case."""
    used_elsewhere: int
    """Other cases that use it."""
    scored: bool
    """It has scored the current case."""


class ModelTable(ListPane[ModelRow]):
    """Newest first. ● in use by this case, ○ by another, s has scored this case, * marked."""

    HELP = (
        "● used by this case, ○ by another case, · not used; **scored** models can be compared. **space** marks one to compare"
        " the others with."
    )
    BORDER_TITLE = "Models"
    header = f"   {'name':<{NAME}} {'model':<9} {'age':>7} {'size':>8}  {'data'}"
    head = 1
    marked: str | None = None

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "mark", "Mark", id="models.mark", tooltip="Compare this one with those the cursor goes to"),
    ]

    class Marked(Message):
        """The mark was put on a model, or taken away."""

    def show(self, items: Sequence[ModelRow]) -> None:
        """Other models; a mark goes with its model."""
        if self.marked not in {one.id for one in items}:
            self.marked = None
        super().show(items)

    def same(self, one: ModelRow, before: ModelRow) -> bool:
        """By the id: its age is another one."""
        return one.id == before.id

    def line(self, one: ModelRow, width: int) -> Line:
        """Mark, use, name, id, age, size, data."""
        use, role = ("●", "good") if one.in_use else ("○", "accent") if one.used_elsewhere else ("·", "dim")
        mark: Line = [("*", "marked")] if one.id == self.marked else [(" ", "")]
        name = fit([(one.name, "accent")] if one.name else [("–", "dim")], NAME)
        line: Line = [*mark, (use, role), (" ", ""), *name, (" ", ""), (f"{one.short:<9} ", "strong")]
        line.append((f"{one.age:>7} {one.size:>8}  ", ""))
        behind: Line = [(" scored", "good")] if one.scored else []
        if one.kind != "detector":
            behind.append((f" {one.kind}", "warning"))
        # What it was trained on gives way: the details tell it whole.
        room = width - sum(cells(text) for text, _ in (*line, *behind))
        return [*line, (crop(one.data, max(room, 4)), "dim"), *behind]

    def action_mark(self) -> None:
        """Mark the model under the cursor, or take the mark from it."""
        if self.current is not None:
            self.marked = None if self.marked == self.current.id else self.current.id
            self.rebuild()
            self.post_message(self.Marked())
