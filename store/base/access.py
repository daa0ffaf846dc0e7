"""How the file of a workspace is reached: by its path whatever characters are in it, and read-only where nobody may write.

A path never becomes text that is taken apart again. `create_engine(f"sqlite:///{path}")` read `?`, `#` and `%` as parts of a
URL: the database stood elsewhere, open to all, and was shared by every workspace whose path began alike.
"""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from engine.errors import StoreError

BESIDE = ("", "-wal", "-shm", "-journal")
"""What SQLite keeps beside a database."""
TIMEOUT_S = 5.0
COPY_IT = "Copy the folder to a place where you may write, and name that with --workspace."
GONE = "Nothing is written any more. Put the folder back where it was, or end this and name it anew with --workspace."
ELSEWHERE = "Name a directory that you may write to with --workspace or ODDKIN_WORKSPACE."


@dataclass(frozen=True, slots=True)
class Access:
    """How one workspace's database is opened."""

    file: Path
    read_only: bool = False
    immutable: bool = False
    """Nobody has it open and nothing can be made beside it, so that SQLite has to do without locks and without a log."""
    seen: tuple[int, int, bool] | None = None
    """Size, time and whether there is a log, when an immutable one was opened."""
    opened: tuple[int, int] | None = None
    """Device and number of the file that was opened to be written."""

    @property
    def called(self) -> str:
        """The folder."""
        return str(self.file.parent)

    def connect(self) -> sqlite3.Connection:
        """A connection of the driver that several threads may use in turn."""
        if not self.read_only:
            # Absolute, so that no name can pass for ":memory:" or for a URI ("file:…").
            return sqlite3.connect(self.file.absolute(), timeout=TIMEOUT_S, check_same_thread=False)
        uri = f"{self.file.absolute().as_uri()}?mode=ro{'&immutable=1' if self.immutable else ''}"
        return sqlite3.connect(uri, uri=True, timeout=TIMEOUT_S, check_same_thread=False)

    def check_unchanged(self) -> None:
        """Raises StoreError when somebody wrote to a database that is read without locks."""
        if self.immutable and self.seen != _seen(self.file):
            raise StoreError("The workspace was changed while it was read.", remedy="Run the command again.")

    def check_writable(self) -> None:
        """Raises StoreError when the workspace can only be read, or is not where it was opened: connections go on writing into a
        file that was removed or moved away, and what they write is gone when they close.
        """
        if self.read_only:
            raise StoreError(f"The workspace {self.file.parent} can only be read; this would change it.", remedy=COPY_IT)
        if self.opened is not None and self.opened != _numbers(self.file):
            raise StoreError(f"The workspace {self.file.parent} was removed, moved or replaced while it was open.", remedy=GONE)


def access_to(file: Path) -> Access:
    """How to open the database of a workspace, made (private, empty) where it is missing and may be made.

    Raises StoreError for what is no regular file, and OSError where nothing can be read or made.
    """
    for beside in BESIDE:
        _check_regular(Path(f"{file}{beside}"))
    if not file.exists():
        make_private(file)
    folder = file.parent
    if os.access(file, os.W_OK) and os.access(folder, os.W_OK | os.X_OK):
        return Access(file, opened=_numbers(file))
    if not os.access(file, os.R_OK):
        raise PermissionError(13, os.strerror(13), str(file))
    # A log that holds something has to be read too, and whoever writes now keeps both files there: no shortcut then.
    alone = not _holds(Path(f"{file}-wal")) and not Path(f"{file}-shm").exists()
    return Access(file, read_only=True, immutable=alone, seen=_seen(file) if alone else None)


def make_private(file: Path) -> None:
    """An empty file (which SQLite takes for an empty database) that only its owner may read, where there is none."""
    os.close(os.open(file, os.O_CREAT | os.O_RDONLY, 0o600))


def _check_regular(file: Path) -> None:
    """SQLite would wait for ever for the other end of a pipe, and write into a device."""
    if file.exists() and not file.is_file():
        raise StoreError(f"{file} is no regular file.", remedy="Name another directory with --workspace or ODDKIN_WORKSPACE.")


def _holds(file: Path) -> bool:
    return file.exists() and file.stat().st_size > 0


def _seen(file: Path) -> tuple[int, int, bool]:
    there: os.stat_result = file.stat()
    return there.st_size, there.st_mtime_ns, _holds(Path(f"{file}-wal"))


def _numbers(file: Path) -> tuple[int, int] | None:
    try:
        there = file.stat()
    except OSError:
        return None
    return there.st_dev, there.st_ino
