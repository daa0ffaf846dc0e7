"""What `e` writes on a screen of processes, and the job that writes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.progress import Run
from tui.runtime.services import Services
from tui.words.custody.audited import entry_words
from tui.words.triage.exception_words import hidden_words
from tui.words.words import many

if TYPE_CHECKING:
    from engine.handover.rows import ExportRow
    from tui.dialogs.export import ExportChoice
    from tui.screens.base import ModeScreen

JOB = "export"


class Exports:
    """What a screen exports that has nothing of its own to choose from: what the case was ranked for."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def choose(self) -> None:
        """Keep what is chosen on the screen now, whatever changes while the dialog is open."""

    def subject(self) -> str:
        """What is written, for the dialog."""
        return "the processes of all flagged chains, and of those called malicious"

    def rows(self) -> Iterator[ExportRow]:
        """The rows; runs in the job's thread."""
        from store.export.rows import rows

        return rows(self.services.workspace, self.services.case or "")


def ask_and_export(screen: ModeScreen, exports: Exports) -> None:
    """Open the dialog; its answer starts the job. A cancelled or failed export leaves no file behind."""
    from tui.actions.handover.offers import offers
    from tui.dialogs.export import ExportDialog

    exports.choose()
    case = screen.services.case
    if case is None:
        screen.notify("There is no case to export from yet.", severity="warning")
        return

    def chosen(choice: ExportChoice) -> None:
        screen.start(JOB, lambda run: write(exports, choice, run))

    name = "".join(char if char.isalnum() or char in "-_." else "-" for char in case).strip(".-") or "case"
    ExportDialog(screen.services.home / f"oddkin-{name}", exports.subject(), offers()).ask(screen, chosen)


def write(exports: Exports, choice: ExportChoice, run: Run) -> str:
    """Returns what was done, as a sentence."""
    from engine.handover.registry import find
    from store.custody.handover import Handover, handing_over
    from store.evidence.spared import spared
    from tui.actions.exceptions.listing import asked_of
    from tui.actions.handover.export import export
    from tui.actions.handover.offers import REPORT
    from tui.actions.handover.report.report import ReportAsked, report

    workspace, case = exports.services.workspace, exports.services.case or ""
    is_report, form = choice.form.startswith(REPORT), choice.form.removeprefix(REPORT)
    hidden = workspace.exceptions.hidden(case, exports.services.now_us())
    asked = {"subject": exports.subject(), **asked_of(hidden)}
    handover = Handover("report" if is_report else "export", case, form, asked)
    with handing_over(workspace, choice.path, handover, spared(workspace)) as stream:
        if is_report:
            written = report(workspace, case, ReportAsked(form, now_us=exports.services.now_us()), stream, run)
        else:
            written = export(workspace, case, find(form), exports.rows(), stream, run)
        handover.rows = written.count
    what = f"{many(written.count, *written.unit)} written to {choice.path}."
    return " ".join(filter(None, [what, *written.said, hidden_words(hidden, ""), entry_words(handover.head)]))
