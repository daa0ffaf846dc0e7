"""`oddkin show`: a finding or one of its incidents as a tree, a process with both, a chain step by step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from tui.commands.exceptions.telling import say_if_hidden
from tui.commands.queue import QueueForm
from tui.shell.bounds import MOST
from tui.shell.choose import choose_case, choose_chain, choose_finding, choose_incident, choose_process
from tui.shell.session import Session, command
from tui.words.triage.presence_words import also_looked_at

if TYPE_CHECKING:
    from rich.console import RenderableType

    from engine.handover.rows import ExportRow
    from store.base.views import ChainRecord, IncidentView, ProcessView, QueueRow

PROCESSES_SHOWN = 10
CHAINS_SHOWN = 30


@command
def show(
    session: Session,
    reference: Annotated[
        str,
        typer.Argument(
            metavar="WHAT",
            help="Finding (F3), one of its incidents (F3/2), process (P123471, P123471/branch too), rank of a chain (3) or first"
            " digits of its id.",
            show_default=False,
        ),
    ],
    case: Annotated[str | None, typer.Option(help="Case; the newest if absent.", show_default=False)] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=MOST,
            help="Processes of a chain (10) or incident (200), chains of a finding (30) to print; rows of a CSV (all).",
            show_default=False,
        ),
    ] = None,
    form: Annotated[QueueForm, typer.Option("--format", help="table, json or csv.")] = QueueForm.TABLE,
) -> None:
    """Show a finding: its first incident as a tree (odd processes bold, step errors as marks, grey what is no part of it), why,
    what is related, its other occurrences, its chains. An incident (F3/2); a process with its incident and its chain; a chain
    step by step: errors, signals, what was expected, the processes behind it.

    csv: the processes of what is shown, with the columns of an export.
    """
    name = choose_case(session, case)
    process = choose_process(session, name, reference)
    if process is not None:
        show_process(session, name, process, limit, form)
    elif (incident := choose_incident(session, name, reference)) is not None:
        say_if_hidden(session, name, incident.finding)
        looks_at(session, name, incident.finding)
        show_incident(session, name, incident, limit, form)
    elif (finding := choose_finding(session, name, reference)) is not None:
        say_if_hidden(session, name, 0 if finding.whole is None else finding.whole.number)
        if finding.whole is not None:
            looks_at(session, name, finding.whole.number)
        show_finding(session, name, finding, limit, form)
    else:
        show_chain(session, name, choose_chain(session, name, reference), limit, form)


def looks_at(session: Session, case: str, finding: int) -> None:
    """Tells others that this finding is being looked at, and this person who else does."""
    presence = session.workspace.presence
    if said := also_looked_at(presence.others(case), finding):
        session.out.warn(said)
    presence.look(case, finding)


def show_finding(session: Session, case: str, row: QueueRow, limit: int | None, form: QueueForm) -> None:
    """Its figures, its first incident as a tree, the others and its chains as tables."""
    from store.export.processes import finding_rows
    from tui.actions import incident_story
    from tui.actions.triage import why
    from tui.render import finding_view

    assert row.whole is not None
    if form is QueueForm.CSV:
        write_rows(session, finding_rows(session.workspace, case, row.whole.number), limit)
        return
    most, chains = limit or incident_story.DRAWN, limit or CHAINS_SHOWN
    story = incident_story.of_finding(session.workspace, case, row, most=most, chains=chains)
    told = why.of_finding(session.workspace, case, story)
    if form is QueueForm.JSON:
        session.out.data(finding_view.as_json(story, told))
    else:
        show_parts(session, finding_view.parts(story, session.out.console(session.out.stdout).width, told))


def show_incident(session: Session, case: str, incident: IncidentView, limit: int | None, form: QueueForm) -> None:
    """One occurrence of a finding."""
    from store.export.processes import finding_rows
    from tui.actions import incident_story
    from tui.render import finding_view

    if form is QueueForm.CSV:
        write_rows(session, finding_rows(session.workspace, case, incident.finding, incident.place), limit)
        return
    whole, story = incident_story.of_one(session.workspace, case, incident, limit or incident_story.DRAWN)
    if form is QueueForm.JSON:
        session.out.data(finding_view.incident_as_json(whole, story))
    else:
        show_parts(session, finding_view.incident_parts(whole, story))


def show_process(session: Session, case: str, process: ProcessView, limit: int | None, form: QueueForm) -> None:
    """What its record tells, the incident that it is in, its chain."""
    from store.export.processes import process_rows
    from tui.actions import incident_story
    from tui.render import process_view

    if form is QueueForm.CSV:
        write_rows(session, process_rows(session.workspace, case, [process.id]), limit)
        return
    story = incident_story.of_process(session.workspace, case, process.id, limit or incident_story.DRAWN)
    if form is QueueForm.JSON:
        session.out.data(process_view.as_json(story))
    else:
        show_parts(session, process_view.parts(story))


def show_chain(session: Session, case: str, chain: ChainRecord, limit: int | None, form: QueueForm) -> None:
    """Step by step."""
    from engine.classifier.published.asked import answer_of
    from store.export.rows import chosen_rows
    from store.queue.pages import EVERYTHING
    from tui.actions import chain_story
    from tui.render import chain_view

    if form is QueueForm.CSV:
        write_rows(session, chosen_rows(session.workspace, case, EVERYTHING, [chain.key]), limit)
        return
    story = chain_story.of_chain(session.workspace, case, chain, limit or PROCESSES_SHOWN)
    story = replace(story, published=answer_of(chain.steps))
    if story.stale:
        session.out.say("Verdicts have changed since the queue was re-ordered; oddkin rank does it.")
    if form is QueueForm.JSON:
        session.out.data(chain_view.as_json(story))
    else:
        show_parts(session, chain_view.parts(story))


def write_rows(session: Session, rows: Iterator[ExportRow], limit: int | None) -> None:
    """Processes with the columns of an export."""
    from engine.handover.tables import write_csv

    write_csv(rows if limit is None else islice(rows, limit), session.out.stdout)


def show_parts(session: Session, parts: Iterable[RenderableType]) -> None:
    """Top to bottom. A line of a tree is cut where the terminal ends; in a pipe it is whole."""
    from rich.text import Text

    console = session.out.console(session.out.stdout)
    for part in parts:
        if isinstance(part, Text) and part.no_wrap:
            whole = not session.out.stdout.isatty()
            console.print(part, overflow="ignore" if whole else "ellipsis", crop=not whole, soft_wrap=whole)
        else:
            console.print(part)
