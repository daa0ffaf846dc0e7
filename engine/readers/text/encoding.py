"""Text of any encoding as UTF-8: PowerShell and the Event Viewer write UTF-16, others a code page or a byte order mark."""

from __future__ import annotations

import codecs
import io
from typing import Any, BinaryIO, cast

from engine.errors import InputError
from engine.readers.text.code_pages import Recoder, recoded

_BLOCK = 1 << 16
_HEAD = 512
"""Bytes that tell UTF-16 and UTF-32 without a mark, by their zeros."""
_ZEROS = 8
"""One zero in so many bytes is no damage to a text."""
_LEAST = 16
"""As many as tell UTF-32 without a mark; more are not waited for."""
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def encoding_of(head: bytes) -> tuple[str, int]:
    """(codec, bytes of byte order mark to skip), from the first bytes. UTF-16 and UTF-32 without a mark are told by their
    zeros.
    """
    wide = head[:_HEAD]
    if wide.startswith(codecs.BOM_UTF32_BE) or (wide.startswith(codecs.BOM_UTF32_LE) and wide[6:8] == b"\0\0"):
        return ("utf-32-le" if wide[0] else "utf-32-be"), 4
    for mark, codec in _MARKS:
        if wide.startswith(mark):
            return codec, len(mark)
    if len(wide) >= 4 and b"\0" in wide:
        return _by_zeros(wide), 0
    return "utf-8", 0


def _by_zeros(wide: bytes) -> str:
    """Which bytes of each character are zero."""
    if len(wide) >= 8:
        zeros = [part.count(0) / len(part) for part in (wide[at::4] for at in range(4))]
        if zeros[0] == 0 and zeros[2] == zeros[3] == 1:
            return "utf-32-le"
        if zeros[3] == 0 and zeros[0] == zeros[1] == 1:
            return "utf-32-be"
    first, second = wide[::2], wide[1::2]
    if first.count(0) == 0 and 2 * second.count(0) > len(second):
        return "utf-16-le"
    return "utf-16-be" if second.count(0) == 0 and 2 * first.count(0) > len(first) else "utf-8"


def is_binary(head: bytes) -> bool:
    """Whether content in no wide encoding has the zeros of a binary file: an event log, a database, a picture. Zeros before a
    text, as a disk that filled up leaves them, do not count.
    """
    wide = head[:_HEAD].lstrip(b"\0")
    return _ZEROS * wide.count(0) > len(wide)


def has_bare_returns(head: bytes) -> bool:
    """Whether lines end with a carriage return alone, as spreadsheets on a Mac save "CSV (Macintosh)"."""
    start = head[:_HEAD]
    return b"\n" not in head[: _HEAD + 1] and start.count(b"\r") > 1 and b"\0" not in start and b"\r\r" not in start


def normalise_head(head: bytes) -> bytes:
    """The head of a member as UTF-8 without a mark; a character cut at its end is dropped. What is binary stays as it is."""
    codec, skip = encoding_of(head)
    if codec == "utf-8":
        if is_binary(head):
            return head
        return recoded(head[skip:].replace(b"\r", b"\n") if has_bare_returns(head) else head[skip:])
    return head[skip:].decode(codec, "ignore").replace("\n\ufeff", "\n").encode("utf-8", "replace")


def as_utf8(stream: BinaryIO, recode: bool = True) -> BinaryIO:
    """`stream` without byte order marks, whatever else it is in turned into UTF-8. Damaged UTF-8 is passed on as it is, and so is
    what is binary: to look for code pages in an event log costs more than to read it. Without `recode` no line is looked at: for
    formats whose fields may hold any bytes.
    """
    head = b""
    broken: InputError | None = None
    try:
        while len(head) < _LEAST and (part := stream.read(_HEAD - len(head))):
            head += part
    except InputError as error:
        broken = error  # told behind what came before
    codec, skip = encoding_of(head)
    lines = Recoder(has_bare_returns(head)) if recode and codec == "utf-8" and not is_binary(head) else None
    return cast("BinaryIO", Rest(stream, head[skip:], codec, lines, broken))


class Rest(io.RawIOBase):
    """The rest of a stream behind bytes that were already taken from it, decoded when it is not UTF-8. `lines` looks after lines
    that are no UTF-8 all the same; `broken` is raised behind what was taken.
    """

    def __init__(
        self, stream: BinaryIO, taken: bytes, codec: str, lines: Recoder | None = None, broken: InputError | None = None
    ) -> None:
        super().__init__()
        self._stream = stream
        self._broken = broken
        self._decoder: Any = None if codec == "utf-8" else codecs.getincrementaldecoder(codec)("replace")
        self._lines = lines
        self._ended = False
        self._ready = taken if self._decoder is None and lines is None else self._decode(taken)

    def readable(self) -> bool:
        """Whether it can be read: always."""
        return True

    def _decode(self, data: bytes, final: bool = False) -> bytes:
        if self._lines is not None:
            return self._lines.feed(data, final)
        # Joined files bring their marks along: at the beginning of a line one is no text.
        return bytes(self._decoder.decode(data, final).replace("\n\ufeff", "\n").encode("utf-8", "replace"))

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer as io.RawIOBase.readinto does; returns the bytes read, 0 at the end."""
        data = self._take(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def read(self, size: int = -1) -> bytes:
        """As RawIOBase.read; without the copy through readinto that UTF-8, the usual case, does not need."""
        return self.readall() if size < 0 else self._take(size)

    def _take(self, size: int) -> bytes:
        if not self._ready and self._decoder is None and self._lines is None:
            return self._more(size)
        while not self._ready and not self._ended:
            # With what a line still lacks no more than was asked for: the rest would come as a small block of its own.
            held = self._lines.held if self._lines is not None else 0
            data = self._more(max(size - held, _BLOCK))
            self._ended = not data
            self._ready = self._decode(data, self._ended)
        if len(self._ready) <= size:
            out, self._ready = self._ready, b""
            return out
        out, self._ready = self._ready[:size], self._ready[size:]
        return out

    def _more(self, size: int) -> bytes:
        if self._broken is not None:
            raise self._broken
        try:
            return self._stream.read(size)
        except OSError as error:
            raise InputError(f"The data breaks off: {error.strerror or error}.") from error
