"""Where the workspace is when nobody names one."""

from __future__ import annotations

import os
from pathlib import Path


def default_workspace() -> Path:
    """ODDKIN_WORKSPACE, else the platform's user data directory."""
    named = os.environ.get("ODDKIN_WORKSPACE")
    if named:
        return Path(named)
    from platformdirs import user_data_path

    return user_data_path("oddkin", appauthor=False)
