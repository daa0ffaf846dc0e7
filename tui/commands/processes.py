"""`oddkin processes`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tui.commands.custody.handing import shown_or_handed_over
from tui.commands.window import From, To, WhereText, where, window
from tui.shell.bounds import MOST
from tui.shell.choose import choose_case
from tui.shell.files import no_mark_without_csv
from tui.shell.session import Session, command
from tui.words.words import many


class ProcessesForm(StrEnum):
    """How to print."""

    TABLE = "table"
    CSV = "csv"
    JSONL = "jsonl"
    ECS = "ecs"


@command
def processes(
    session: Session,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILTER]...", help="As on the screens: image:cmd.exe user:ann pid:4711 words.", show_default=False
        ),
    ] = None,
    case: Annotated[str | None, typer.Option(help="Case; the newest if absent.", show_default=False)] = None,
    host: Annotated[str | None, typer.Option(help="Only this host.", show_default=False)] = None,
    where_text: WhereText = None,
    begin: From = None,
    end: To = None,
    limit: Annotated[int | None, typer.Option(min=1, max=MOST, help="Rows to print; all if absent.", show_default=False)] = None,
    form: Annotated[ProcessesForm, typer.Option("--format", help="table, csv, jsonl or ecs.")] = ProcessesForm.TABLE,
    bom: Annotated[bool, typer.Option("--bom", help="Begin the CSV with a byte order mark, for spreadsheets.")] = False,
    output: Annotated[Path, typer.Option("-o", "--output", help="File, - for stdout.")] = Path("-"),
) -> None:
    """List every process creation of a case, normalised, with the parent that was found: hosts by name, processes by time.

    csv and jsonl have every key in every row; ecs writes documents of the Elastic Common Schema, one a line.
    """
    from engine.handover import tables
    from engine.handover.formats.as_ecs import document
    from engine.handover.rows import PROCESS_COLUMNS
    from store.custody.handover import Handover
    from store.export.listing import listed
    from tui.render import process_view

    no_mark_without_csv(bom, form)
    name = choose_case(session, case)
    wanted = where(session, name, " ".join(words or ()), where_text)
    host_id = session.workspace.cases.host_id(name, host) if host else None
    found = listed(session.workspace, name, wanted, limit, host_id=host_id, within=window(begin, end))
    handover = Handover("processes", name, form)
    with shown_or_handed_over(output, session, handover) as stream:
        if form is ProcessesForm.CSV:
            count = tables.write_csv(found, stream, PROCESS_COLUMNS, bom=bom)
        elif form is ProcessesForm.JSONL:
            count = tables.write_jsonl(found, stream, PROCESS_COLUMNS)
        elif form is ProcessesForm.ECS:
            count = tables.write_documents(map(document, found), stream)
        else:
            count = process_view.write_lines(found, stream)
        handover.rows = count
    session.out.say(f"{many(count, 'process', 'processes')}{_unlisted(session, name)}")


def _unlisted(session: Session, name: str) -> str:
    hosts = next(case.unlinked for case in session.workspace.cases.list() if case.name == name)
    return f"; {hosts} hosts are not linked yet and are missing here, the next ingest links them" if hosts else ""
