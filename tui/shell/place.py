"""Where the workspace is when nobody names one."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

SERVER = re.compile(r"postgres(ql)?(\+\w+)?:", re.IGNORECASE)
"""How the URL of a workspace in a database begins."""


def default_workspace() -> Path:
    """ODDKIN_WORKSPACE, else the platform's user data directory."""
    named = os.environ.get("ODDKIN_WORKSPACE")
    if named:
        return Path(named)
    from platformdirs import user_data_path

    return user_data_path("oddkin", appauthor=False)


@dataclass(frozen=True, slots=True)
class WorkspacePlace:
    """Where a workspace is."""

    folder: Path
    """Of a workspace on a server the one below which this machine keeps what it fetches."""
    url: str = field(default="", repr=False)
    """Of a workspace on a server; it may hold a password. "" for a folder."""

    @property
    def shown(self) -> str:
        """As it may be shown: without a password."""
        return _without_password(self.url) if self.url else str(self.folder)


def place_of(named: str | None) -> WorkspacePlace:
    """What --workspace names, else where the workspace is by default. An empty one is taken for none, as of ODDKIN_WORKSPACE."""
    if not named:
        return WorkspacePlace(default_workspace())
    if not SERVER.match(named):
        return WorkspacePlace(Path(named))
    from platformdirs import user_data_path

    return WorkspacePlace(user_data_path("oddkin", appauthor=False) / "servers", named)


def _without_password(url: str) -> str:
    """Also of what is no URL after all: nothing between the first colon behind the slashes and the last @, and no parameters that
    may say it.
    """
    scheme, _, rest = url.partition("//")
    before, at, behind = rest.rpartition("@")
    return f"{scheme}//{before.partition(':')[0]}{at}{'' if 'pass' in behind.partition('?')[2] else behind}"
