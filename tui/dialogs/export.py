"""Where an export goes, and in which form."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, Static

from engine.untrusted import visible
from tui.widgets.dialog import Dialog
from tui.widgets.path_input import PathInput, Target

FORMS = ("csv", "jsonl")


@dataclass(frozen=True, slots=True)
class ExportChoice:
    """The answer."""

    path: Path
    form: str
    """csv or jsonl."""


class ExportDialog(Dialog[ExportChoice]):
    """A path; its ending chooses the form. A file that is there already takes a second enter."""

    DEFAULT_CSS = """
    ExportDialog .subject { margin-bottom: 1; }
    ExportDialog .problem { color: $warning; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Never mind", id="export.cancel"),
        Binding("ctrl+t", "form", "CSV / JSON lines", priority=True, id="export.form"),
    ]

    def __init__(self, stem: Path, subject: str) -> None:
        super().__init__()
        self._stem, self._subject, self._target = stem, subject, Target()

    def compose(self) -> ComposeResult:
        """What, where, hints."""
        with self.box("Export", "enter writes · ctrl+t csv/jsonl · esc leaves"):
            yield Static(Content(f"Writes {visible(self._subject)}."), classes="subject")
            yield PathInput(f"{self._stem}.csv")
            yield Static(
                "One row per process. Times in UTC; cells that a spreadsheet would run are made harmless.", classes="hint"
            )
            yield self.problem()

    def action_form(self) -> None:
        """The other form."""
        field = self.query_one(Input)
        path = Path(field.value.strip() or str(self._stem))
        ending = ".csv" if path.suffix.lower() == ".jsonl" else ".jsonl"
        field.value = str(path.with_suffix(ending) if path.suffix.lower() in {".csv", ".jsonl"} else Path(f"{path}{ending}"))
        field.cursor_position = len(field.value)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        path = Path(event.value.strip()).expanduser()
        if problem := self._target.problem(event.value.strip()):
            self.complain(problem)
        else:
            self.dismiss(ExportChoice(path, "jsonl" if path.suffix.lower() in {".jsonl", ".ndjson"} else "csv"))
