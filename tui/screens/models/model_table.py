"""The models of the workspace, a line each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from tui.widgets.line_pane import CursorPane
from tui.words.spans import Line


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


HEADER = f"   {'model':<9} {'age':>7} {'size':>8}  {'name, data'}"


class ModelTable(CursorPane):
    """Newest first. ● in use by this case, ○ by another, s has scored this case, * marked."""

    HELP = (
        "● used by this case, ○ by another case, · not used; **scored** models can be compared. **space** marks one to compare"
        " the others with."
    )
    head = 1

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "mark", "Mark to compare", id="models.mark", tooltip="Compare this one with those the cursor goes to"),
    ]

    class Marked(Message):
        """The mark was put on a model, or taken away."""

        def __init__(self, model_id: str | None) -> None:
            super().__init__()
            self.model_id = model_id

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.border_title = "Models"
        self.models: Sequence[ModelRow] = ()
        self.marked: str | None = None

    def show(self, models: Sequence[ModelRow]) -> None:
        """Other models; the cursor stays on the one it was on."""
        before = self.current
        self.models = models
        if self.marked not in {one.id for one in models}:
            self.marked = None
        places = [place for place, one in enumerate(models) if before is not None and one.id == before.id]
        self.cursor = places[0] if places else min(self.cursor, max(len(models) - 1, 0))
        self.rebuild()

    @property
    def current(self) -> ModelRow | None:
        """The model under the cursor."""
        return self.models[self.cursor] if self.cursor < len(self.models) else None

    @property
    def rows(self) -> int:
        """One per model."""
        return len(self.models)

    def drawn(self, width: int, height: int) -> list[Line]:
        """Header and models."""
        lines: list[Line] = [[(HEADER, "header")]]
        return lines + [self._row(one) for one in self.models]

    def _row(self, one: ModelRow) -> Line:
        use, role = ("●", "good") if one.in_use else ("○", "accent") if one.used_elsewhere else ("·", "dim")
        mark: Line = [("*", "marked")] if one.id == self.marked else [(" ", "")]
        line: Line = [*mark, (use, role), (" ", ""), (f"{one.short:<9} ", "strong"), (f"{one.age:>7} {one.size:>8}  ", "")]
        if one.name:
            line += [(one.name, "accent"), (" ", "")]
        line.append((one.data, "dim"))
        if one.scored:
            line.append((" scored", "good"))
        return line if one.kind == "detector" else [*line, (f" {one.kind}", "warning")]

    def action_mark(self) -> None:
        """Mark the model under the cursor, or take the mark from it."""
        if self.current is not None:
            self.marked = None if self.marked == self.current.id else self.current.id
            self.rebuild()
            self.post_message(self.Marked(self.marked))
