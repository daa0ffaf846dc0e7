"""What `e` writes on a screen of processes, and the job that writes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from engine.progress import Run, Step
from tui.runtime.services import Services
from tui.words.custody.audited import head_words
from tui.words.words import many

if TYPE_CHECKING:
    from store.export.rows import ExportRow
    from tui.dialogs.export import ExportChoice
    from tui.screens.base import ModeScreen

JOB = "export"
EVERY = 500
"""Rows between two looks at the cancel token."""


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
    from tui.dialogs.export import ExportDialog

    exports.choose()
    case = screen.services.case
    if case is None:
        screen.notify("There is no case to export from yet.", severity="warning")
        return

    def chosen(choice: ExportChoice) -> None:
        screen.start(JOB, lambda run: write(exports, choice, run))

    name = "".join(char if char.isalnum() or char in "-_." else "-" for char in case).strip(".-") or "case"
    ExportDialog(screen.services.home / f"oddkin-{name}", exports.subject()).ask(screen, chosen)


def write(exports: Exports, choice: ExportChoice, run: Run) -> str:
    """Returns what was done, as a sentence."""
    from store.custody.handover import Handover, handing_over
    from store.evidence.spared import spared
    from store.export.write import write_csv, write_jsonl

    def counted(rows: Iterable[ExportRow]) -> Iterator[ExportRow]:
        for number, row in enumerate(rows):
            if number % EVERY == 0:
                run.raise_if_cancelled()
                run.report(Step("export", number, None, "processes"))
            yield row

    workspace = exports.services.workspace
    handover = Handover("export", exports.services.case or "", choice.form, {"subject": exports.subject()})
    with handing_over(workspace, choice.path, handover, spared(workspace)) as stream:
        writer = write_jsonl if choice.form == "jsonl" else write_csv
        count = handover.rows = writer(counted(exports.rows()), stream)
    return f"{many(count, 'process', 'processes')} written to {choice.path}. {head_words(handover.head)}"
