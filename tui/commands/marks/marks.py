"""`oddkin marks`: those that Hayabusa and Chainsaw left, where marks of a case are from, and forgetting them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.errors import InputError
from engine.untrusted import visible
from tui.shell.choose import choose_case
from tui.shell.forms import Form
from tui.shell.session import ExitCode, Session, command
from tui.words.words import many, paste

group = typer.Typer(help="Marks that rules of others left on processes, beside the score.", no_args_is_help=True)
NEWEST = "Case; the newest if absent."
STOPPED = "The files before are kept; of this one nothing is."
FILES = "Timelines of Hayabusa (CSV, JSON), results of chainsaw hunt (JSON, CSV)."


@group.command("import")
@command
def import_hits(
    session: Session,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help=FILES, show_default=False)],
    case: Annotated[str | None, typer.Option(help=NEWEST, show_default=False)] = None,
) -> None:
    """Mark the processes that hits of Hayabusa and Chainsaw name, by record number, GUID, or pid and time.

    The logs themselves have to be in the case (`oddkin ingest`). Hits on other events are counted; rows that name no process of
    the case, and files that cannot be read, are told and end the command with 3. The same file again replaces its marks.
    """
    from engine.jobs.import_marks import import_marks
    from tui.words.triage.marks import imported_lines

    workspace = session.workspace_to_change
    name = choose_case(session, case)
    lost = 0
    for path in files:
        try:
            with session.out.progress(STOPPED) as run:
                done = import_marks(name, path, workspace.marks, run)
        except InputError as error:
            if len(files) == 1:
                raise
            session.out.complain(error)
            lost += 1
        else:
            session.out.say(*imported_lines(done))
            lost += done.unknown + len(done.rejected) + bool(done.problem)
    session.out.say(f"Next: oddkin rank --case {paste(name)} --where '!level:none'")
    if lost:
        raise typer.Exit(ExitCode.UNREADABLE_INPUT)


@group.command("list")
@command
def list_marks(
    session: Session,
    case: Annotated[str | None, typer.Option(help=NEWEST, show_default=False)] = None,
    form: Annotated[Form, typer.Option("--format", help="table or json.")] = Form.TABLE,
) -> None:
    """Print where the marks of a case are from, and each rule with how many processes it marks, the highest level first."""
    from tui.render import marks_view
    from tui.words.triage.marks import set_line

    name = choose_case(session, case)
    sets = session.workspace.marks.sets(name)
    if form is Form.JSON:
        session.out.data(marks_view.sets_json(sets))
        return
    for one in sets:
        session.out.line(set_line(one))
        if one.rules:
            session.out.show(marks_view.rules_table(one.rules))
    if not sets:
        session.out.say(f"Case {visible(name)} has no marks.", f"Next: oddkin sigma DIR --case {paste(name)}")


@group.command("forget")
@command
def forget_marks(
    session: Session,
    which: Annotated[str, typer.Argument(help="Path or name of one folder or file; all without it.", show_default=False)] = "",
    case: Annotated[str | None, typer.Option(help=NEWEST, show_default=False)] = None,
) -> None:
    """Forget the marks of a case. Scores and verdicts stay: marks never were a part of them."""
    workspace = session.workspace_to_change
    name = choose_case(session, case)
    gone = workspace.marks.forget(name, which)
    what = f"the marks from {visible(which)}" if which else f"the marks of {many(gone, 'origin')}"
    session.out.say(f"Forgot {what} in case {visible(name)}.")
