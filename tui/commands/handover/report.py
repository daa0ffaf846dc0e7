"""`oddkin report`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from engine.errors import UsageError
from tui.commands.custody.handing import handed_over
from tui.commands.exceptions.telling import hidden_now, say_hidden
from tui.shell.bounds import MOST
from tui.shell.choose import choose_case
from tui.shell.files import STDOUT, text_output
from tui.shell.session import Session, command
from tui.words.handover.report_words import LIMIT
from tui.words.words import many


class ReportForm(StrEnum):
    """How to write it."""

    HTML = "html"
    MD = "md"


@command
def report(
    session: Session,
    output: Annotated[Path, typer.Option("-o", "--output", help="File, - for stdout.", show_default=False)],
    case: Annotated[str | None, typer.Option(help="Case; the newest if absent.", show_default=False)] = None,
    form: Annotated[ReportForm, typer.Option("--format", help="html or md.")] = ReportForm.HTML,
    limit: Annotated[
        int, typer.Option(min=0, max=MOST, help="Findings to tell besides those called malicious, which always are.")
    ] = LIMIT,
    pseudonyms: Annotated[
        Path | None,
        typer.Option(
            metavar="KEYFILE",
            help="Replace names of hosts, accounts and domains; this CSV says which is which. One that is there is continued.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write a report of a case: a summary to send, a timeline over hosts, each finding that was called malicious or is above the
    threshold and not cleared, what was ingested, by which model it was ranked and what that does not tell.

    html: one file without scripts, which fetches nothing and prints well. md: Markdown for tickets and wikis.
    """
    from store.custody.handover import SIDECAR, Handover
    from tui.actions.exceptions.listing import asked_of
    from tui.actions.handover.report.names import names, write_key
    from tui.actions.handover.report.report import ReportAsked
    from tui.actions.handover.report.report import report as action
    from tui.words.handover.report_words import key_told

    name = choose_case(session, case)
    made = None
    if pseudonyms is not None:
        # A key at the place of the sidecar would be written over, and nobody could read the report back.
        if pseudonyms == STDOUT or pseudonyms.absolute() == output.absolute() or pseudonyms.name.endswith(SIDECAR):
            raise UsageError("The key of the pseudonyms is kept apart from the report.", remedy="Name a file of its own.")
        made = names(session.workspace, name, pseudonyms)
    hidden = hidden_now(session, name)
    handover = Handover("report", name, form.value, asked_of(hidden))
    with handed_over(output, session, handover) as stream:
        written = action(session.workspace, name, ReportAsked(form.value, limit), stream, names=made)
        handover.rows = written.count
        if made is not None and pseudonyms is not None:
            # Before the report appears: one that nobody could read back would be worse than none.
            with text_output(pseudonyms, session) as key:
                count = write_key(made, key)
            session.out.say(f"{key_told(made.kept, count - made.kept, sorted(made.left))} -> {pseudonyms}")
    where = "" if output == STDOUT else f" -> {output}"
    say_hidden(session, hidden)
    session.out.say(f"report on {many(written.count, *written.unit)} of case {name}{where}")
