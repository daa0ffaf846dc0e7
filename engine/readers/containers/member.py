"""One readable member of the evidence: a file, the inside of a compressed file, or a member of an archive."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from engine.errors import InputError
from engine.readers.containers.origin import ByteOrigin

_CHUNK = 1 << 20
SEPARATOR = "!"
"""Between a container and its member in a path: `case.zip!host1/audit.log`, nested `case.zip!b.tar.gz!c.evtx`."""


@dataclass(frozen=True, slots=True)
class Member:
    """Something that a reader can be pointed at.

    `path` is the file's path as the user gave it; single-file compressions (.gz, .xz, .zst, .bz2, .lzma) add nothing to it,
    archives add "!member". `size` is the size of the content in bytes, None while it is unknown (compressed streams).
    """

    path: str
    size: int | None
    open: Callable[[], BinaryIO]
    """A fresh stream from the first byte. May be called several times (hash pass, read pass), one stream at a time;
    a member that came out of an archive can only be opened until the next member is asked for. Raises InputError."""
    origin: ByteOrigin | None = None
    """The file on disk that it is, or that it came out of; set on every member that `expand` gives."""
    packed: bool = False
    """It came out of a container: `origin` is what was delivered."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a container that costs no content and is worth a word."""

    path: str
    message: str


def part(whole: Callable[[], BinaryIO], start: int, size: int) -> Callable[[], BinaryIO]:
    """Opens the `size` bytes from `start` on of what `whole` opens, which can seek."""
    return lambda: cast("BinaryIO", io.BufferedReader(_Part(whole(), start, size)))


class _Part(io.RawIOBase):
    def __init__(self, whole: BinaryIO, start: int, size: int) -> None:
        super().__init__()
        self._whole = whole
        self._start, self._size, self._at = start, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def close(self) -> None:
        if not self.closed:
            self._whole.close()
        super().close()

    def readinto(self, buffer: Any) -> int:
        self._whole.seek(self._start + self._at)
        data = self._whole.read(max(0, min(len(buffer), self._size - self._at)))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


class Hashed(io.RawIOBase):
    """A stream that keeps the hash and the size of what was read of it."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream
        self._digest = hashlib.sha256()
        self.size = 0
        self._ended = False

    def readable(self) -> bool:
        """Whether it can be read: always."""
        return True

    def tell(self) -> int:
        """Bytes read so far."""
        return self.size

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer as io.RawIOBase.readinto does; returns the bytes read, 0 at the end."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def read(self, size: int = -1) -> bytes:
        """As RawIOBase.read, straight from the stream: a copy through readinto costs as much as the hash."""
        data = self.readall() if size < 0 else self._stream.read(size)
        if size >= 0:
            self._digest.update(data)
            self.size += len(data)
            self._ended = bool(size) and not data
        return data

    def drain(self, pause: Callable[[], None]) -> tuple[str, int]:
        """Read on to the end; SHA-256 (hexadecimal) and size of everything. A stream that breaks is what came before.

        Who read has met the end is not led beyond it: a log may have grown since.
        """
        with suppress(InputError, OSError):
            while not self._ended and self.read(_CHUNK):
                pause()
        return self._digest.hexdigest(), self.size
