"""How far an ingest is, in bytes of the files on disk: the only total that is known before everything is unpacked."""

from __future__ import annotations

import stat
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from engine.progress import Listener, Step
from engine.readers.containers.member import SEPARATOR

TYPICAL_RATIO = 12
"""Event logs compress about this well. Inside a compressed file or an archive progress is estimated by it and held below
the end until the next file begins; the estimate only feeds the bar and the time left, never a figure in a report."""


class Meter:
    """Adds up what all sources contributed and tells the listener."""

    def __init__(self, paths: Sequence[Path], listener: Listener) -> None:
        self._listener = listener
        self._total = sum(size_on_disk(path) for path in paths)
        self._before = 0
        self._file = ""
        self._file_size = 0
        self._inside = 0
        self._records = 0
        self._started = time.monotonic()

    def enter(self, member_path: str, plain_size: int | None) -> None:
        """Begin a member; the container's bytes count once, however many members it has."""
        file = member_path.split(SEPARATOR, 1)[0]
        if file != self._file:
            self._before += self._file_size
            self._file, self._inside = file, 0
            self._file_size = size_on_disk(Path(file))
        self._compressed = plain_size is None or plain_size != self._file_size
        self._tell(member_path)

    def add(self, records: int, content_bytes: int, member_path: str) -> None:
        """Count records, and the bytes of content that they were read from."""
        self._records += records
        self._inside += content_bytes // TYPICAL_RATIO if self._compressed else content_bytes
        self._tell(member_path)

    def finish(self) -> None:
        """Close the stage."""
        self._listener(Step("read", self._total, self._total, "B", "", self._metrics(), last=True))

    def _tell(self, detail: str) -> None:
        done = min(self._before + min(self._inside, self._file_size), self._total)
        self._listener(Step("read", done, self._total, "B", detail, self._metrics()))

    def _metrics(self) -> dict[str, float]:
        elapsed = max(time.monotonic() - self._started, 1e-3)
        return {"records": self._records, "records/s": round(self._records / elapsed)}


def size_on_disk(path: Path) -> int:
    """Bytes of a file, or of all files below a directory; 0 for what cannot be seen (reading it reports the reason)."""
    try:
        found = path.stat()
        return found.st_size if not stat.S_ISDIR(found.st_mode) else sum(map(_size_of_file, path.rglob("*")))
    except OSError:
        return 0


def _size_of_file(path: Path) -> int:
    """0 for what is no file, and for what cannot be looked at."""
    with suppress(OSError, ValueError):
        found = path.stat()
        return found.st_size if stat.S_ISREG(found.st_mode) else 0
    return 0
