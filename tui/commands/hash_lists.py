"""`--known-good` and `--known-bad`, one meaning for `ingest` and `rank`; `oddkin cases forget-hashes`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tui.shell.console import Output
from tui.shell.session import ExitCode, Session
from tui.words.hash_lists import compared_lines, later_line

if TYPE_CHECKING:
    from engine.jobs.compare import Compared

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
    from tui.actions import hash_lists

    lists = hash_lists.given(good or (), bad or ())
    if not lists:
        return True
    with session.out.progress(KEPT) as run:
        done = hash_lists.compare(session.workspace, case, lists, run)
    return say_compared(done, session.out)


def say_compared(done: Sequence[Compared], out: Output) -> bool:
    """What became of each list. Whether all of them were read to their end."""
    for one in done:
        out.say(*compared_lines(one))
        if one.problem is not None:
            out.complain(one.problem)
    return all(one.read is not None and not one.read.problems for one in done)


def say_later(session: Session, case: str) -> None:
    """Where programs came since lists were given: they were compared with none of these."""
    from tui.actions.hash_lists import behind

    for one in behind(session.workspace, case):
        session.out.warn(later_line(one, case))


def end_unread(*, read: bool) -> None:
    """Raises Exit where a list could not be read: the rest is done."""
    if not read:
        raise typer.Exit(ExitCode.UNREADABLE_INPUT)
