"""`oddkin cases verify`."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tui.shell.choose import choose_case
from tui.shell.forms import Form
from tui.shell.secrets import Password
from tui.shell.session import ExitCode, Session, command

if TYPE_CHECKING:
    from engine.jobs.verify import Fate

STOPPED = "What was printed was compared; nothing was changed."
At = Annotated[
    Path | None, typer.Option("--at", help="Folder that the evidence is in now, where it was moved.", show_default=False)
]


@command
def verify_case(
    session: Session,
    case: Annotated[str | None, typer.Option(help="Case; the newest if absent.", show_default=False)] = None,
    at: At = None,
    password: Password = "",
    form: Annotated[Form, typer.Option("--format", help="table or json.")] = Form.TABLE,
) -> None:
    """Hash the evidence of a case again: every file, archive and member that gave the case a source, where it was ingested from.

    Empty files, files without a log in them and archives of which everything was there already are none.

    Prints a line for each: same, changed, missing, unreadable, or no hash where nothing could be read at ingest. Ends with 1
    when anything is changed or missing, with 3 when something cannot be read.
    """
    from engine.jobs.verify import MovedEvidence, verify
    from tui.words.custody.verified import verified_line, verified_words

    name = choose_case(session, case)
    cases = session.workspace.cases
    moved = MovedEvidence([Path(root) for root in cases.roots(name)], at)
    counts: Counter[Fate] = Counter()
    rows = []
    with session.out.progress(STOPPED) as run:
        for one in verify(cases.hashes(name), run, moved=moved, password=password):
            counts[one.outcome] += 1
            if form is Form.JSON:
                rows.append(asdict(one))
            else:
                session.out.line(verified_line(one))
    if form is Form.JSON:
        session.out.data(json.dumps(rows, indent=1))
    session.out.say(verified_words(counts))
    if code := code_of_fates(counts):
        raise typer.Exit(code)


def code_of_fates(counts: Counter[Fate]) -> ExitCode:
    """What the worst of them means to a shell."""
    from engine.jobs.verify import Fate

    if counts[Fate.CHANGED] or counts[Fate.MISSING]:
        return ExitCode.FAILURE
    unread = counts[Fate.UNREADABLE] or counts[Fate.UNKNOWN]
    return ExitCode.UNREADABLE_INPUT if unread else ExitCode.DONE
