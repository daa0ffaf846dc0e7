"""Who is at work on a workspace, and by what command: what every entry of the audit says."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from dataclasses import dataclass, field


def login_name() -> str:
    """The login name, "" where the system does not tell."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


@dataclass(frozen=True, slots=True)
class Acting:
    """One invocation of a front end."""

    who: str = field(default_factory=login_name)
    command: str = ""
    """As it is typed behind `oddkin`: "labels import"; "interface"; "" for a program that uses the store."""
    arguments: Mapping[str, object] = field(default_factory=dict)
    """What was given to it. Never what nobody may keep (tui.shell.secrets)."""
