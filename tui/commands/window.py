"""`--from` and `--to`, one meaning for every listing and for ingest; `--where`, one for every listing; `--known-good` and
`--known-bad`, one for `ingest` and `rank`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.domain.spans import Within
from engine.errors import UsageError
from tui.shell.console import Output
from tui.shell.session import ExitCode, Session
from tui.words.first_queue import not_ranked
from tui.words.triage.hash_lists import compared_lines, later_line
from tui.words.words import paste

if TYPE_CHECKING:
    from engine.jobs.compare import ListCompared
    from store.where.terms import Where

From = Annotated[
    str | None,
    typer.Option("--from", help="Not before this time: 2026-03-01 or 2026-03-01T12:30, UTC unless it says.", show_default=False),
]
To = Annotated[str | None, typer.Option("--to", help="Not after this time; a day to its end.", show_default=False)]

WhereText = Annotated[
    str | None,
    typer.Option(
        "--where",
        metavar="FILTER",
        help="Only what this filter leaves, as on the screens: 'user:root cmd:/curl|wget/ !host:DC01'.",
        show_default=False,
    ),
]


def window(begin: str | None, end: str | None) -> Within:
    """What the two options say. Raises UsageError for what is no time, and for an end before the beginning."""
    from tui.actions.filter_line import moment

    found = Within(None if begin is None else moment(begin, UTC), None if end is None else moment(end, UTC, end=True))
    if found.since_us is not None and found.until_us is not None and found.since_us > found.until_us:
        raise UsageError(f"--from {begin} is after --to {end}.")
    return found


def where(session: Session, case: str, *lines: str | None, ranks: bool = False) -> Where:
    """What the lines say together; says where they ask for scores and there are none, unless the command `ranks` the case first.

    Raises WhereError, which ends the command with exit code 2.
    """
    from store.where.terms import Where
    from tui.actions import filter_line

    found = (filter_line.read(session.workspace, case, line) for line in lines if line)
    together = Where(tuple(term for one in found for term in one.terms))
    if not ranks and (asking := filter_line.unscored(session.workspace, case, together)):
        session.out.warn(f"{not_ranked(asking)} Run: oddkin rank --case {paste(case)}")
    return together


KnownGood = Annotated[
    list[Path] | None,
    typer.Option(
        "--known-good",
        metavar="FILE",
        help="A list of hashes of known products (NSRL …); they are less odd, and no more than that. May be repeated.",
        show_default=False,
        readable=False,
    ),
]
KnownBad = Annotated[
    list[Path] | None,
    typer.Option(
        "--known-bad",
        metavar="FILE",
        help="A list of hashes of known-bad programs; they stand first. May be repeated.",
        show_default=False,
        readable=False,
    ),
]
KEPT = "Lists that were read to their end are kept; the queue is as it was."


def compare_lists(session: Session, case: str, good: Sequence[Path] | None, bad: Sequence[Path] | None) -> bool:
    """Compare the case with lists and say what came of it. Whether all of them could be read.

    Raises UsageError for what is not there, and for a workspace that can only be read.
    """
    from tui.actions.ingest import compare, hash_lists_of

    lists = hash_lists_of(good or (), bad or ())
    if not lists:
        return True
    with session.out.progress(KEPT) as run:
        done = compare(session.workspace, case, lists, run)
    return say_compared(done, session.out)


def say_compared(done: Sequence[ListCompared], out: Output) -> bool:
    """What became of each list. Whether all of them were read to their end."""
    for one in done:
        out.say(*compared_lines(one))
        if one.problem is not None:
            out.complain(one.problem)
    return all(one.read is not None and not one.read.problems for one in done)


def say_later(session: Session, case: str) -> None:
    """Where programs came since lists were given: they were compared with none of these."""
    from tui.actions.ingest import lists_behind

    for one in lists_behind(session.workspace, case):
        session.out.warn(later_line(one, case))


def end_unread(*, read: bool) -> None:
    """Raises Exit where a list could not be read: the rest is done."""
    if not read:
        raise typer.Exit(ExitCode.UNREADABLE_INPUT)
