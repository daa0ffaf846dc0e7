"""Who gives verdicts."""

from __future__ import annotations

from store.base.acting import login_name


def author_name() -> str:
    """The login name, "" where the system does not tell."""
    return login_name()
