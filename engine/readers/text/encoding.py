"""Text of any Unicode encoding as UTF-8: PowerShell and the Event Viewer write UTF-16, others a byte order mark."""

from __future__ import annotations

import codecs
import io
from typing import Any, BinaryIO, cast

from engine.errors import InputError

_BLOCK = 1 << 16


def encoding_of(head: bytes) -> tuple[str, int]:
    """(codec, bytes of byte order mark to skip), from the first bytes. UTF-16 without a mark is told by its zeros."""
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8", 3
    if head.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le", 2
    if head.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be", 2
    if len(head) >= 4 and head[1] == 0 and head[3] == 0 and head[0] and head[2]:
        return "utf-16-le", 0
    if len(head) >= 4 and head[0] == 0 and head[2] == 0 and head[1] and head[3]:
        return "utf-16-be", 0
    return "utf-8", 0


def normalise_head(head: bytes) -> bytes:
    """The head of a member as UTF-8 without a mark; a character cut at its end is dropped."""
    codec, skip = encoding_of(head)
    if codec == "utf-8":
        return head[skip:]
    return head[skip:].decode(codec, "ignore").encode("utf-8", "replace")


def as_utf8(stream: BinaryIO) -> BinaryIO:
    """`stream` without its byte order mark, UTF-16 turned into UTF-8. Invalid UTF-8 is passed on as it is."""
    head = b""
    while len(head) < 4 and (part := stream.read(4 - len(head))):
        head += part
    codec, skip = encoding_of(head)
    return cast("BinaryIO", Rest(stream, head[skip:], codec))


class Rest(io.RawIOBase):
    """The rest of a stream behind bytes that were already taken from it, decoded when it is not UTF-8."""

    def __init__(self, stream: BinaryIO, taken: bytes, codec: str) -> None:
        super().__init__()
        self._stream = stream
        self._decoder: Any = None if codec == "utf-8" else codecs.getincrementaldecoder(codec)("replace")
        self._ready = taken if self._decoder is None else self._decode(taken)

    def readable(self) -> bool:
        """Whether it can be read: always."""
        return True

    def _decode(self, data: bytes, final: bool = False) -> bytes:
        return bytes(self._decoder.decode(data, final).encode("utf-8", "replace"))

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer as io.RawIOBase.readinto does; returns the bytes read, 0 at the end."""
        data = self._take(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def read(self, size: int = -1) -> bytes:
        """As RawIOBase.read; without the copy through readinto that UTF-8, the usual case, does not need."""
        return self.readall() if size < 0 else self._take(size)

    def _take(self, size: int) -> bytes:
        if not self._ready and self._decoder is None:
            return self._more(size)
        while not self._ready:
            data = self._more(_BLOCK)
            self._ready = self._decode(data, not data)
            if not data:
                break
        out, self._ready = self._ready[:size], self._ready[size:]
        return out

    def _more(self, size: int) -> bytes:
        try:
            return self._stream.read(size)
        except OSError as error:
            raise InputError(f"The data breaks off: {error.strerror or error}.") from error
