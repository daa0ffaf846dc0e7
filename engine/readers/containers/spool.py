"""Members that have to be kept while they are read: anonymous temporary files with any number of readers."""

from __future__ import annotations

import io
import tempfile
from typing import Any, BinaryIO, cast

from engine.errors import InputError

_IN_MEMORY = 8 * 2**20
"""Members up to this size stay in memory; larger ones go to a nameless file in the temporary folder."""
_COPY = 1 << 20


class Spool:
    """A copy of a stream. When the stream failed part-way, readers get what there was and then its error."""

    def __init__(self, source: BinaryIO, limit: int) -> None:
        self._file: Any = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - lives as long as its readers
        self.size = 0
        self.error: InputError | None = None
        self.too_large = False
        while True:
            try:
                part = source.read(_COPY)
            except InputError as error:
                self.error = error
                break
            if not part:
                break
            self.size += len(part)
            if self.size > limit:
                self.too_large = True
                break
            self._file.write(part)

    def open(self) -> BinaryIO:
        """A stream from the first byte, seekable."""
        if self._file.closed:
            raise InputError("This archive member is no longer at hand: read it before asking for the next one.")
        return cast("BinaryIO", io.BufferedReader(_View(self._file, self.error), 1 << 16))

    def close(self) -> None:
        """Free the copy; streams that are still open fail."""
        self._file.close()


class _View(io.RawIOBase):
    """An independent position in a spooled file."""

    def __init__(self, file: Any, error: InputError | None) -> None:
        super().__init__()
        self._file = file
        self._error = error
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = 0
        if whence == io.SEEK_CUR:
            base = self._position
        elif whence == io.SEEK_END:
            base = self._file.seek(0, io.SEEK_END) or self._file.tell()
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: Any) -> int:
        self._file.seek(self._position)
        data = self._file.read(len(buffer))
        if not data and self._error is not None and len(buffer):
            raise self._error
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)
