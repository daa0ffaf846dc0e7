"""Private folders in which models are made, and telling those of the living from those of the dead.

A staged folder is locked while its process lives; a lock ends with its process, however that ends. Rejected: process ids
in the name (they are reused, and asking for one on Windows can kill it) and age alone (training may take a day).
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path

PREFIX = ".stage-"
LOCK = ".lock"
OLD_SECONDS = 7 * 86_400.0
"""Where locks cannot be had, an untouched stage this old is taken for abandoned."""


class Stages:
    """The stages of one vault that this process has open."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[Path, int] = {}

    def open(self) -> Path:
        """A new empty folder, locked (its lock file is not part of the model)."""
        stage = Path(tempfile.mkdtemp(prefix=PREFIX, dir=self._folder))
        handle = os.open(stage / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
        lock(handle)
        self._held[stage] = handle
        return stage

    def owns(self, stage: Path) -> bool:
        """Whether this process staged the folder and has not let go of it."""
        return stage in self._held

    def release(self, stage: Path) -> None:
        """Let go of the lock and remove its file: the folder is about to be a model."""
        handle = self._held.pop(stage, None)
        if handle is not None:
            os.close(handle)
        (stage / LOCK).unlink(missing_ok=True)

    def remove(self, stage: Path) -> None:
        """Close the file and delete it."""
        self.release(stage)
        shutil.rmtree(stage, ignore_errors=True)

    def abandoned(self) -> list[Path]:
        """Stages whose process is gone."""
        return [path for path in sorted(self._folder.glob(PREFIX + "*")) if path not in self._held and _free(path)]


def lock(handle: int) -> bool:
    """Take the lock without waiting; True where it was free."""
    try:
        import fcntl
    except ImportError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _free(stage: Path) -> bool:
    if os.name == "nt":
        return time.time() - stage.stat().st_mtime > OLD_SECONDS
    try:
        handle = os.open(stage / LOCK, os.O_RDWR)
    except OSError:
        # No lock file: between making the folder and locking it, or while it is being published.
        return time.time() - stage.stat().st_mtime > OLD_SECONDS
    try:
        return lock(handle)
    finally:
        os.close(handle)
