"""`e` on every screen: ask where to, write in a job, say how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.progress import CancelToken, Listener, Step
from tui.dialogs.export import ExportChoice, ExportDialog
from tui.words.words import many

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from store.export.rows import ExportRow
    from tui.screens.base import ModeScreen

JOB = "export"
EVERY = 500
"""Rows between two looks at the cancel token."""


def ask_and_export(screen: ModeScreen) -> None:
    """Open the dialog; its answer starts the job. A cancelled or failed export leaves no file behind."""
    case = screen.services.case
    if case is None:
        screen.notify("There is no case to export from yet.", severity="warning")
        return

    def chosen(choice: ExportChoice | None) -> None:
        if choice is not None and not screen.runner.start(JOB, lambda listener, token: write(screen, choice, listener, token)):
            screen.notify(f"{screen.runner.running} is running; export when it has ended.", severity="warning")

    name = "".join(char if char.isalnum() or char in "-_." else "-" for char in case).strip(".-") or "case"
    screen.app.push_screen(ExportDialog(screen.services.home / f"oddkin-{name}", screen.export_subject()), chosen)


def write(screen: ModeScreen, choice: ExportChoice, listener: Listener, token: CancelToken) -> str:
    """Returns what was done, as a sentence."""
    from store.export.write import opened, write_csv, write_jsonl

    def counted(rows: Iterable[ExportRow]) -> Iterator[ExportRow]:
        for number, row in enumerate(rows):
            if number % EVERY == 0:
                token.raise_if_cancelled()
                listener(Step("export", number, None, "processes"))
            yield row

    with opened(choice.path) as stream:
        writer = write_jsonl if choice.form == "jsonl" else write_csv
        count = writer(counted(screen.export_rows()), stream)
    return f"{many(count, 'process', 'processes')} written to {choice.path}"
