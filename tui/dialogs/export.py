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
from tui.actions.handover.offers import HandoverOffer, of_file, renamed
from tui.widgets.dialog import Dialog
from tui.widgets.path_input import PathInput, Target


@dataclass(frozen=True, slots=True)
class ExportChoice:
    """The answer."""

    path: Path
    form: str
    """Name of the format."""


class ExportDialog(Dialog[ExportChoice]):
    """A path; its ending chooses the form. A file that is there already takes a second enter."""

    DEFAULT_CSS = """
    ExportDialog .subject { margin-bottom: 1; }
    ExportDialog .problem { color: $warning; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Never mind", id="export.cancel"),
        Binding("ctrl+t", "form", "Next format", priority=True, id="export.form"),
    ]

    def __init__(self, stem: Path, subject: str, offered: tuple[HandoverOffer, ...]) -> None:
        super().__init__()
        self._stem, self._subject, self._target, self._offered = stem, subject, Target(), offered

    def compose(self) -> ComposeResult:
        """What, where, as what, hints."""
        with self.box("Export", "enter writes · ctrl+t another format · esc leaves"):
            yield Static(Content(f"Writes {visible(self._subject)}."), classes="subject")
            yield PathInput(f"{self._stem}{self._offered[0].ending}")
            yield Static("", classes="form", markup=False)
            yield Static("", classes="hint", markup=False)
            yield self.problem()

    def action_form(self) -> None:
        """The next format: its ending."""
        field = self.query_one(Input)
        field.value = renamed(field.value.strip() or str(self._stem), self._offered)
        field.cursor_position = len(field.value)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        offer = self._form(event.value)
        subject = "a report on the whole case" if offer.is_report else visible(self._subject)
        self.query_one(".subject", Static).update(Content(f"Writes {subject}."))
        title = f"{self._offered.index(offer) + 1} of {len(self._offered)}: {offer.title}"
        self.query_one(".form", Static).update(Content(title))
        safe = "; cells that a spreadsheet would run are made harmless" if offer.ending.endswith(".csv") else ""
        self.query_one(".hint", Static).update(Content(f"Times in UTC{safe}."))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        path = Path(event.value.strip()).expanduser()
        if problem := self._target.problem(event.value.strip()):
            self.complain(problem)
        else:
            self.dismiss(ExportChoice(path, self._form(event.value).name))

    def _form(self, text: str) -> HandoverOffer:
        return of_file(text.strip(), self._offered)
