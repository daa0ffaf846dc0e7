"""How a command prints: for eyes, or for a program. One spelling of it everywhere: `--format`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Form(StrEnum):
    """For eyes, or for a program."""

    TABLE = "table"
    JSON = "json"


class FormerlyJson:
    """Marks a `--format` that was spelled `--json` once: tui.shell.session.command still takes that, and says so."""


Format = Annotated[Form, typer.Option("--format", help="table or json."), FormerlyJson()]
"""Of a command that was given `--json` by older versions; its parameter is called `form`."""
OldJson = Annotated[bool, typer.Option("--json", hidden=True)]
OLD_JSON = "--json is spelled --format json now; the old spelling will go."
