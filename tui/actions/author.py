"""Who gives verdicts."""

from __future__ import annotations

import getpass


def author_name() -> str:
    """The login name, "" where the system does not tell."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
