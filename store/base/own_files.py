"""Which files are the workspace's own: no evidence, wherever they lie."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from store.base.access import BESIDE
from store.base.database import DATABASE, MODELS

SETTINGS = "settings.json"
"""What the user has chosen in the interface (tui.runtime.settings writes it)."""
OWN = frozenset({*(f"{DATABASE}{beside}" for beside in BESIDE), MODELS, SETTINGS, str(Path(SETTINGS).with_suffix(".partial"))})
"""Names in a workspace's folder; whatever else is there may be evidence."""


def own_files(folder: Path) -> Callable[[Path], bool]:
    """Whether a path is a file or folder of the workspace in `folder`, under whatever name the way there goes."""

    def own(path: Path) -> bool:
        # By name first: two looks at the disk for each of a million logs would be felt.
        if path.name in OWN:
            with suppress(OSError):
                return path.parent.samefile(folder)
        return False

    return own
