"""`--where`, one meaning for every listing: the filter language of the screens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tui.shell.session import Session

if TYPE_CHECKING:
    from store.where.terms import Where

WhereText = Annotated[
    str | None,
    typer.Option(
        "--where",
        metavar="FILTER",
        help="Only what this filter leaves, as on the screens: 'user:root cmd:/curl|wget/ !host:DC01'.",
        show_default=False,
    ),
]


def where(session: Session, case: str, *lines: str | None) -> Where:
    """What the lines say together. Raises WhereError, which ends the command with exit code 2."""
    from store.where.terms import Where
    from tui.actions import filter_line

    found = (filter_line.read(session.workspace, case, line) for line in lines if line)
    return Where(tuple(term for one in found for term in one.terms))
