"""What no result replaces: evidence, and the workspace's own files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.workspace import Workspace


def spared(workspace: Workspace) -> list[Path]:
    """The sources of every case, the files and folders that they were ingested from, and the workspace's own files."""
    from engine.readers.containers.member import SEPARATOR
    from store.base.database import DATABASE, MODELS

    home = workspace.folder
    found = {home / (DATABASE + suffix) for suffix in ("", "-wal", "-shm")}
    found.update((home / MODELS).glob("*/*"))
    for source in workspace.evidence.all_paths():
        parts = source.split(SEPARATOR)
        # A member of an archive is "archive!member", and the name of a file may hold a "!" itself.
        found.update(Path(SEPARATOR.join(parts[:count])) for count in range(1, len(parts) + 1))
    return sorted(found)
