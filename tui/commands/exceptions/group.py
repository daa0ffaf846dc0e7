"""`oddkin exceptions`: the group, and its commands that list exceptions, what they hide, and move them between workspaces."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from tui.commands.custody.handing import handed_over
from tui.commands.exceptions.keeping import Case, add, preview, remove, renew
from tui.shell.choose import choose_case
from tui.shell.forms import Form
from tui.shell.session import ExitCode, Session, command
from tui.words.words import many

group = typer.Typer(
    help="Verdicts that are kept for later cases: what they hide, who answers for them, until when.", no_args_is_help=True
)
Printed = Annotated[Form, typer.Option("--format", help="table or json.")]


@group.command("list")
@command
def list_exceptions(session: Session, form: Printed = Form.TABLE) -> None:
    """Print the exceptions of the workspace, also expired ones: until when, why, by whom, what they cover and how much of each
    case.
    """
    from store.base.clock import now_us
    from tui.actions.exceptions.listing import exception_json
    from tui.words.triage.exception_words import exception_line, use_lines

    found, now = session.workspace.exceptions.list(), now_us()
    if form is Form.JSON:
        session.out.data(json.dumps([exception_json(view, now) for view in found], indent=1))
        return
    for view in found:
        session.out.line(exception_line(view, now), *use_lines(view))
    if not found:
        session.out.say(
            "There is no exception. To keep a verdict for later cases: oddkin exceptions add --from F3 --reason software"
        )


group.command("add")(add)
group.command("preview")(preview)
group.command("remove")(remove)
group.command("renew")(renew)


@group.command("hidden")
@command
def list_hidden(session: Session, case: Case = None, form: Printed = Form.TABLE) -> None:
    """Print the findings of a case that exceptions hide from its queue, each with those that do; what has come back is told."""
    from store.base.clock import now_us
    from tui.actions.exceptions.listing import hidden_json, hidden_rows
    from tui.render.queue_table import finding_rows
    from tui.words.triage.exception_words import exception_line, exception_names, hidden_words

    name = choose_case(session, case)
    exceptions, now = session.workspace.exceptions, now_us()
    hidden = exceptions.hidden(name, now)
    rows = hidden_rows(session.workspace, name) if hidden.findings else []
    by = exceptions.by_finding(name, hidden.findings, now)
    if form is Form.JSON:
        session.out.data(json.dumps(hidden_json(rows, by, hidden), indent=1))
    elif rows:
        from tui.actions.triage import finding_lines

        width = session.out.console(session.out.stdout).width
        told = finding_lines.lines(session.workspace, name, rows)
        for row, line in zip(rows, finding_rows(rows, told, width), strict=True):
            assert row.whole is not None
            session.out.show(line)
            session.out.line(f"      hidden by {exception_names(by.get(row.whole.number, ()))}")
        session.out.line(*(exception_line(view, now) for view in exceptions.list() if view.number in hidden.exceptions))
    session.out.say(hidden_words(hidden, "To see them in the queue: oddkin rank --where is:hidden") or "Nothing is hidden.")


@group.command("export")
@command
def export_exceptions(
    session: Session,
    output: Annotated[Path, typer.Option("-o", "--output", help="JSON file, - for stdout.")] = Path("-"),
) -> None:
    """Write the exceptions as JSON, for another workspace. It has paths and words of command lines, and no case."""
    from engine.exceptions.file import write
    from store.custody.handover import Handover

    found = session.workspace.exceptions.list()
    with handed_over(output, session, Handover("exceptions", form="json", rows=len(found))) as stream:
        stream.write(write(view.kept for view in found))
    session.out.say(many(len(found), "exception"))


@group.command("import")
@command
def import_exceptions(
    session: Session,
    file: Annotated[Path, typer.Argument(help="JSON, as `exceptions export` writes it.", show_default=False)],
    replace: Annotated[bool, typer.Option("--replace", help="Where one covers the same as one here, take the file's.")] = False,
) -> None:
    """Keep the exceptions of a file. A file that is not wholly understood is refused as a whole; ends with 3 where an exception
    here covers the same and says something else, which then stays.
    """
    from engine.exceptions.file import read
    from tui.words.triage.exception_words import report_lines

    report = session.workspace_to_change.exceptions.keep(read(file), replace=replace, source=str(file.absolute()))
    session.out.say(*report_lines(report))
    if report.conflicts:
        raise typer.Exit(ExitCode.UNREADABLE_INPUT)
