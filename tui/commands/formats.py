"""`oddkin formats`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from tui.shell.session import Session, command

Words = Annotated[
    list[str] | None, typer.Argument(metavar="[WORD]...", help="Only formats with these words.", show_default=False)
]


class FormatsForm(StrEnum):
    """How to print."""

    TEXT = "text"
    MARKDOWN = "markdown"


@command
def formats(
    session: Session,
    words: Words = None,
    form: Annotated[FormatsForm, typer.Option("--format", help="text or markdown.")] = FormatsForm.TEXT,
) -> None:
    """List the log formats: how to export each at its source, what is read of it, what is not."""
    from engine.errors import NotFound
    from engine.readers.formats import all_formats
    from tui.render import format_pages

    wanted = [word.casefold() for word in words or ()]
    found = [one for one in all_formats() if all(word in format_pages.text(one).casefold() for word in wanted)]
    if not found:
        raise NotFound(
            "No format has these words.",
            remedy="Any table or JSON with a program, its parent and ids is read with oddkin ingest PATH --map FILE.",
        )
    if form is FormatsForm.MARKDOWN:
        session.out.stdout.write(format_pages.page(found))
    else:
        session.out.stdout.write("\n".join(map(format_pages.text, found)))
