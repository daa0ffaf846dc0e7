"""A file on disk as it was delivered: opened without waiting, hashed while it is read, watched for changes."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

from engine.errors import InputError

_CHUNK = 1 << 20


class ByteOrigin:
    """One file of the evidence. Raises InputError where it is no regular file or cannot be looked at."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            info = path.stat()
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror}).", file=str(path)) from error
        self.size = info.st_size
        self._before = _state(info)
        self._digest = ""

    def open(self) -> BinaryIO:
        """A stream from the first byte, seekable."""
        return cast("BinaryIO", io.BufferedReader(self._raw()))

    def hashed(self) -> BinaryIO:
        """A stream for reading from the first byte to the last, which leaves the file's hash behind when it gets there."""
        return self.open() if self._digest else cast("BinaryIO", io.BufferedReader(_Hashed(self._raw(), self._keep), 1 << 16))

    def digest(self, pause: Callable[[], None]) -> str:
        """SHA-256 of the file, hexadecimal; read for it only where no stream has got to its end. `pause` may raise."""
        if not self._digest:
            digest = hashlib.sha256()
            with self.open() as stream:
                try:
                    while chunk := stream.read(_CHUNK):
                        pause()
                        digest.update(chunk)
                except OSError as error:
                    message = f"{self.path}: cannot be read ({error.strerror or error})."
                    raise InputError(message, file=str(self.path)) from error
            self._digest = digest.hexdigest()
        return self._digest

    def changed(self) -> str:
        """What has become of the file since it was first looked at, in words; "" when nothing has."""
        try:
            now = _state(self.path.stat())
        except OSError as error:
            return f"it is gone ({error.strerror})"
        if now == self._before:
            return ""
        size, before = now[0], self._before[0]
        return f"it had {before:,} bytes and has {size:,}" if size != before else "its time of change is another"

    def _keep(self, digest: str) -> None:
        self._digest = digest

    def _raw(self) -> io.FileIO:
        """Not through Path.open: a pipe put in the file's place would make that wait for ever."""
        try:
            handle = os.open(self.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        except OSError as error:
            message = f"{self.path}: cannot be read ({error.strerror})."
            raise InputError(message, file=str(self.path), remedy="Check the permissions.") from error
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise InputError(f"{self.path}: not a regular file, skipped.", file=str(self.path))
        return io.FileIO(handle)


class _Hashed(io.RawIOBase):
    def __init__(self, source: io.FileIO, keep: Callable[[str], None]) -> None:
        super().__init__()
        self._source = source
        self._keep = keep
        self._digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        if not self.closed:
            self._source.close()
        super().close()

    def readinto(self, buffer: Any) -> int:
        count = self._source.readinto(buffer) or 0
        if count:
            self._digest.update(memoryview(buffer)[:count])
        elif len(buffer):
            self._keep(self._digest.hexdigest())
        return count


def is_file(path: Path) -> bool:
    """Whether there is a regular file, whatever the name: members of archives are called as somebody likes."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def _state(info: os.stat_result) -> tuple[int, int, int]:
    return info.st_size, info.st_mtime_ns, info.st_ino
