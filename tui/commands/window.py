"""`--from` and `--to`, one meaning for every listing and for ingest; `--where`, one for every listing."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Annotated

import typer

from engine.domain.spans import Within
from engine.errors import UsageError
from tui.shell.session import Session
from tui.words.first_queue import not_ranked
from tui.words.words import paste

if TYPE_CHECKING:
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
