"""`oddkin export`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.errors import UsageError
from tui.actions import verdict_words
from tui.commands.custody.handing import handed_over
from tui.commands.exceptions.telling import hidden_now, say_hidden
from tui.commands.window import From, To, WhereText, where, window
from tui.shell.choose import choose_branch, choose_case, choose_chain, choose_finding, choose_incident, choose_process
from tui.shell.completions import export_formats, references
from tui.shell.files import STDOUT
from tui.shell.no_effect import refuse
from tui.shell.session import Session, command

if TYPE_CHECKING:
    from engine.domain.spans import Within
    from engine.handover.format import ExportFormat
    from engine.handover.rows import ExportRow

FORMATS = "csv, jsonl, ecs, timesketch, timesketch-jsonl, navigator, stix, iocs, dot, mermaid, svg or sigma"


@command
def export(
    session: Session,
    output: Annotated[Path, typer.Option("-o", "--output", help="File, - for stdout.", show_default=False)],
    wanted: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[WHAT]...",
            help="Findings (F3), incidents (F3/2), processes (P123471), branches (P123471/branch) or chains (rank) instead of all"
            " flagged ones.",
            show_default=False,
            autocompletion=references,
        ),
    ] = None,
    case: Annotated[str | None, typer.Option(help="Case; the newest if absent.", show_default=False)] = None,
    verdict: Annotated[
        list[str] | None,
        typer.Option(help="Chains with this verdict instead of all flagged ones; may be repeated.", show_default=False),
    ] = None,
    form: Annotated[str, typer.Option("--format", help=f"{FORMATS}.", autocompletion=export_formats)] = "csv",
    bom: Annotated[bool, typer.Option("--bom", help="Begin the CSV with a byte order mark, for spreadsheets.")] = False,
    where_text: WhereText = None,
    begin: From = None,
    end: To = None,
) -> None:
    """Write the processes of flagged chains, one row each, with score, steps, errors and verdict; or what other programs take.

    Flagged are chains above the threshold and those labelled malicious; with --where the processes are written that it leaves,
    flagged or not, with WHAT those that are named. Cells that a spreadsheet would run are neutralised. dot, mermaid, svg draw
    the incidents that these processes are in, sigma drafts rules from those called malicious. docs/handover.md tells of each.
    """
    from engine.handover import registry

    wanted_form = registry.find(form)
    if bom and not wanted_form.table:
        raise UsageError(f"--bom is for CSV; --format {form} has no byte order mark.")
    chosen = verdict_words.wanted(verdict)
    name = choose_case(session, case)
    bounds = window(begin, end)
    if wanted:
        refuse({"--verdict": verdict, "--where": where_text, "--from": begin, "--to": end}, "WHAT")
        rows = named_rows(session, name, wanted)
    else:
        rows = chosen_rows(session, name, chosen, where_text, bounds)
    write(session, name, wanted_form, rows, output, bom=bom)


def write(session: Session, case: str, form: ExportFormat, rows: Iterator[ExportRow], output: Path, *, bom: bool) -> None:
    """Write the rows, tell the audit, and say what was written and what the format left out."""
    from store.custody.handover import Handover
    from tui.actions.exceptions.listing import asked_of
    from tui.actions.handover import export as action

    hidden = hidden_now(session, case)
    handover = Handover("export", case, form.name, asked_of(hidden))
    with handed_over(output, session, handover) as stream:
        written = action.export(session.workspace, case, form, rows, stream, bom=bom)
        handover.rows = written.count
    for sentence in written.said:
        session.out.warn(sentence)
    session.out.say(action.told(written, "" if output == STDOUT else str(output)))
    say_hidden(session, hidden)


def chosen_rows(
    session: Session, case: str, verdicts: tuple[str, ...], where_text: str | None, bounds: Within
) -> Iterator[ExportRow]:
    """Of flagged chains, of those with a verdict, or what a filter leaves."""
    from store.export.processes import process_rows
    from store.export.rows import rows
    from store.where.matching import left

    asked = where(session, case, where_text, f"verdict:{','.join(verdicts)}" if where_text and verdicts else None)
    if asked:
        return process_rows(session.workspace, case, left(session.workspace, case, asked, bounds))
    return rows(session.workspace, case, verdicts, within=bounds)


def named_rows(session: Session, case: str, wanted: Sequence[str]) -> Iterator[ExportRow]:
    """Of what is named, each process once. Raises NotFound, UsageError for what means nothing, before anything is read."""
    parts = [_of_reference(session, case, reference) for reference in wanted]
    return _once(chain.from_iterable(parts))


def _of_reference(session: Session, case: str, reference: str) -> Iterator[ExportRow]:
    from store.export.processes import branch_rows, finding_rows, process_rows
    from store.export.rows import chosen_rows as of_chains
    from store.queue.pages import EVERYTHING

    workspace = session.workspace
    if (top := choose_branch(session, case, reference)) is not None:
        return branch_rows(workspace, case, top.id)
    if (process := choose_process(session, case, reference)) is not None:
        return process_rows(workspace, case, [process.id])
    if (incident := choose_incident(session, case, reference)) is not None:
        return finding_rows(workspace, case, incident.finding, incident.place)
    if (finding := choose_finding(session, case, reference)) is not None and finding.whole is not None:
        return finding_rows(workspace, case, finding.whole.number)
    return of_chains(workspace, case, EVERYTHING, [choose_chain(session, case, reference).key])


def _once(rows: Iterator[ExportRow]) -> Iterator[ExportRow]:
    seen: set[str] = set()
    for row in rows:
        # What no record tells of has no number, and stands in a branch once.
        if row.process not in seen or not row.process:
            seen.add(row.process)
            yield row
