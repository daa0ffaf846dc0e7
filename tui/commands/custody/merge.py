"""`oddkin labels merge`."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.errors import UsageError
from engine.untrusted import visible
from tui.commands.verdict_news import tell_what_moved, telling_classifier
from tui.shell.choose import choose_case
from tui.shell.forms import Form
from tui.shell.session import ExitCode, Session, command
from tui.words.words import paste

if TYPE_CHECKING:
    from store.verdicts.colleagues import SaidEvent
    from store.verdicts.merge import MergeReport
    from store.workspace import Workspace


@command
def merge_labels(
    session: Session,
    other: Annotated[Path, typer.Argument(metavar="WORKSPACE", help="Another workspace, or a file that `labels export` wrote.")],
    case: Annotated[str | None, typer.Option(help="Case; the newest if absent.", show_default=False)] = None,
    other_case: Annotated[
        str | None,
        typer.Option("--other-case", help="The case there; of the same name, or the only one, if absent.", show_default=False),
    ] = None,
    author: Annotated[str | None, typer.Option(help="Who merges; the login name if absent.", show_default=False)] = None,
    form: Annotated[Form, typer.Option("--format", help="table or json.")] = Form.TABLE,
) -> None:
    """Add a colleague's verdicts on the same evidence, with their history; conflicts are listed, and the newer verdict holds.

    Nothing is lost, the other workspace is only read, and the same again changes nothing. Prints a line for each conflict. Ends
    with 3 when a row of a file cannot be taken, or a verdict is on nothing that is in this case.
    """
    from store.verdicts.merge import merge
    from tui.actions.author import author_name
    from tui.words.custody.merged import conflict_line, merged_lines

    name = choose_case(session, case, to_change=True)
    said, bad = _said(session, name, other, other_case)
    with telling_classifier(session, name):
        report = merge(session.workspace, name, said, str(other.absolute()), author or author_name())
    if form is Form.JSON:
        session.out.data(_as_json(report, bad))
    else:
        session.out.line(*map(conflict_line, report.conflicts))
    session.out.say(*merged_lines(report), *(f"row {place}: {why}" for place, why in bad))
    if report.applied:
        tell_what_moved(session, name)
    if bad or report.elsewhere:
        raise typer.Exit(ExitCode.UNREADABLE_INPUT)


def _said(
    session: Session, case: str, other: Path, other_case: str | None
) -> tuple[Sequence[SaidEvent], Sequence[tuple[int, str]]]:
    """What was said there, and the rows of a file that cannot be taken."""
    from store.verdicts.merge import events_of, shared_sources
    from store.workspace import open_to_read
    from tui.actions.verdict_file import said_in

    if not other.is_dir():
        if other_case is not None:
            raise UsageError("--other-case is of a workspace, and this is a file.")
        return said_in(other)
    there = open_to_read(other)
    try:
        named = _case_there(there, case, other_case)
        if named == case and session.server is None and other.samefile(session.workspace_path):
            raise UsageError(
                "That is this workspace and this case: there is nothing to be merged.",
                remedy="Name a colleague's workspace, or with --other-case another case of this one.",
            )
        own, theirs, shared = shared_sources(session.workspace, case, there, named)
        if not shared:
            raise UsageError(f"Case {named!r} there is of other evidence than {case!r}: no source is the same.")
        session.out.say(
            f"{shared:,} of {own:,} sources of case {visible(case)} are in case {visible(named)} there, which has {theirs:,}."
        )
        return events_of(there, named), ()
    finally:
        there.close()


def _case_there(there: Workspace, case: str, wanted: str | None) -> str:
    names = there.cases.names()
    if wanted is None and case not in names and len(names) == 1:
        return names[0]
    found = case if wanted is None else wanted
    if found not in names:
        known = ", ".join(paste(name) for name in names) or "none"
        raise UsageError(f"There is no case {found!r} there.", remedy=f"Choose with --other-case: {known}.")
    return found


def _as_json(report: MergeReport, bad: Sequence[tuple[int, str]]) -> str:
    agreement = asdict(report.agreement)
    if math.isnan(report.agreement.kappa):
        agreement["kappa"] = None
    conflicts = [
        {side: one._asdict() for side, one in (("here", at.here), ("there", at.there), ("holds", at.holds))}
        for at in report.conflicts
    ]
    told = {name: getattr(report, name) for name in ("case", "events", "new", "applied", "elsewhere", "ahead")}
    return json.dumps(told | {"agreement": agreement, "conflicts": conflicts, "bad": list(bad)}, indent=1)
