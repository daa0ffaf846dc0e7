"""Where an export goes, and in which form."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from engine.untrusted import visible
from tui.widgets.path_input import PathInput

FORMS = ("csv", "jsonl")


@dataclass(frozen=True, slots=True)
class ExportChoice:
    """The answer."""

    path: Path
    form: str
    """csv or jsonl."""


class ExportDialog(ModalScreen[ExportChoice | None]):
    """A path; its ending chooses the form. A file that is there already takes a second enter."""

    DEFAULT_CSS = """
    ExportDialog { align: center middle; }
    ExportDialog > Vertical {
        width: 90; max-width: 94%; height: auto; padding: 1 2;
        background: $surface; border: round $primary;
    }
    ExportDialog Static { height: auto; }
    ExportDialog .subject { margin-bottom: 1; }
    ExportDialog .hint { color: $text-muted; }
    ExportDialog .problem { color: $warning; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Never mind", id="export.cancel"),
        Binding("ctrl+t", "form", "CSV / JSON lines", priority=True, id="export.form"),
    ]

    def __init__(self, stem: Path, subject: str) -> None:
        super().__init__()
        self._stem, self._subject, self._asked = stem, subject, ""

    def compose(self) -> ComposeResult:
        """What, where, hints."""
        with Vertical() as box:
            box.border_title = "Export"
            box.border_subtitle = "enter writes · ctrl+t csv/jsonl · esc leaves"
            yield Static(Content(f"Writes {visible(self._subject)}."), classes="subject")
            yield PathInput(f"{self._stem}.csv")
            yield Static(
                "One row per process. Times in UTC; cells that a spreadsheet would run are made harmless.", classes="hint"
            )
            yield Static("", classes="problem", markup=False)

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
        problem = self._problem(path)
        if problem:
            self.query_one(".problem", Static).update(Content(visible(problem)))
            return
        self.dismiss(ExportChoice(path, "jsonl" if path.suffix.lower() in {".jsonl", ".ndjson"} else "csv"))

    def _problem(self, path: Path) -> str | None:
        if not path.name or path.is_dir():
            return "Name a file."
        if not path.parent.is_dir():
            return f"There is no folder {path.parent}."
        if path.exists() and self._asked != str(path):
            self._asked = str(path)
            return "This file is there already: enter again replaces it."
        return None

    def action_cancel(self) -> None:
        """Leave it."""
        self.dismiss(None)
