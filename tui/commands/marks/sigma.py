"""`oddkin sigma`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tui.shell.choose import choose_case
from tui.shell.forms import Form
from tui.shell.session import ExitCode, Session, command
from tui.words.words import paste

STOPPED = "Nothing was changed: marks that were there are there."


@command
def sigma(
    session: Session,
    rules: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of Sigma rules, or one of them.", show_default=False)],
    case: Annotated[str | None, typer.Option(help="Case; the newest if absent.", show_default=False)] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Name every rule that was not run, and why.")] = False,
    form: Annotated[Form, typer.Option("--format", help="table or json.")] = Form.TABLE,
) -> None:
    """Run Sigma rules over a case: each process that one describes is marked with its title, level and techniques.

    Marks stand beside the score and never in it: no order changes. The same rules again replace what they marked before. Only
    rules about process creation are run, those for Windows and for Linux on processes of that system. Rules that could not be
    read or run are told, and end the command with 3; docs/sigma.md tells more.
    """
    from engine.jobs.sigma import run_rules
    from engine.sigma.conversion import check_installed
    from tui.render import marks_view
    from tui.words.triage import marks as words

    workspace = session.workspace_to_change
    name = choose_case(session, case)
    check_installed()
    with session.out.progress(STOPPED) as run:
        done = run_rules(name, rules, workspace.marks, run)
    told = next(one for one in workspace.marks.sets(name) if one.by == done.origin.by and one.path == done.origin.path)
    if form is Form.JSON:
        session.out.data(marks_view.run_json(done, told))
    elif told.rules:
        session.out.show(marks_view.rules_table(told.rules))
    session.out.say(*words.run_lines(done))
    left = done.left if verbose else done.lost
    if left:
        session.out.say(*words.left_lines(left, None if verbose else words.TOLD))
    session.out.say(f"Next: oddkin rank --case {paste(name)} --where '!level:none'")
    if done.lost:
        raise typer.Exit(ExitCode.UNREADABLE_INPUT)
