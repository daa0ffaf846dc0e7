"""Options that nothing keeps and nothing shows: what stands behind one of them is in no audit."""

from __future__ import annotations

from typing import Annotated

import typer

UNTOLD = "(given)"
"""All that is kept of one."""


class Secret:
    """Marks an option whose value is kept nowhere (`tui.shell.session.command` leaves it out of what the audit is told)."""


Password = Annotated[
    str,
    typer.Option(
        envvar="ODDKIN_PASSWORD", help="Of encrypted zip and 7z archives; a variable is in no history.", show_default=False
    ),
    Secret(),
]
