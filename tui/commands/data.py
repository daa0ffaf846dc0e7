"""`oddkin export`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from engine.untrusted import visible
from tui.actions import verdict_words
from tui.commands.custody.handing import handed_over
from tui.commands.window import From, To, WhereText, where, window
from tui.shell.choose import choose_case
from tui.shell.files import no_mark_without_csv
from tui.shell.session import Session, command
from tui.words.words import many


class ExportForm(StrEnum):
    """What to write."""

    CSV = "csv"
    JSONL = "jsonl"


@command
def export(
    session: Session,
    output: Annotated[Path, typer.Option("-o", "--output", help="File, - for stdout.", show_default=False)],
    case: Annotated[str | None, typer.Option(help="Case; the newest if absent.", show_default=False)] = None,
    verdict: Annotated[
        list[str] | None,
        typer.Option(help="Chains with this verdict instead of all flagged ones; may be repeated.", show_default=False),
    ] = None,
    form: Annotated[ExportForm, typer.Option("--format", help="csv or jsonl.")] = ExportForm.CSV,
    bom: Annotated[bool, typer.Option("--bom", help="Begin the CSV with a byte order mark, for spreadsheets.")] = False,
    where_text: WhereText = None,
    begin: From = None,
    end: To = None,
) -> None:
    """Write the processes of flagged chains, one row each, with score, steps, errors and verdict.

    Flagged are chains above the threshold and those labelled malicious; with --where the processes are written that it leaves,
    flagged or not. Cells that a spreadsheet would run are neutralised.
    """
    from store.custody.handover import Handover
    from store.export.processes import process_rows
    from store.export.rows import rows as export_rows
    from store.export.write import write_csv, write_jsonl
    from store.where.matching import left

    no_mark_without_csv(bom, form)
    chosen = verdict_words.wanted(verdict)
    name = choose_case(session, case)
    bounds = window(begin, end)
    asked = where(session, name, where_text, f"verdict:{','.join(chosen)}" if where_text and chosen else None)
    if asked:
        rows = process_rows(session.workspace, name, left(session.workspace, name, asked, bounds))
    else:
        rows = export_rows(session.workspace, name, chosen, within=bounds)
    handover = Handover("export", name, form)
    with handed_over(output, session, handover) as stream:
        count = handover.rows = write_csv(rows, stream, bom=bom) if form is ExportForm.CSV else write_jsonl(rows, stream)
    written = "" if str(output) == "-" else f" -> {output}"
    session.out.say(f"{many(count, 'process', 'processes')} of case {visible(name)}{written}")
