"""Single-stream compression (gz, xz, lzma, zst, bz2) as a readable stream that gives everything before the damage.

The standard library's file classes lose what they had decoded when a stream turns out truncated, and zstandard's does
not tell truncation at all; hence decompressor objects and a loop of our own. What follows the compressed data is read when
it is more of the same and said when it is not, where gzip and xz warn and Python says nothing.
"""

from __future__ import annotations

import bz2
import io
import lzma
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

import zstandard

from engine.errors import InputError

_XZ_MEMORY = 512 * 1024 * 1024
"""`xz -9` needs 65 MiB to unpack; more than this is an attack or a mistake."""
_ZSTD_WINDOW = 2**27

PADDING = b"\x00 \t\r\n"
"""What may stand between or behind streams and archives without being lost: zeros are part of xz and common behind gz, a line
end is what version control and web forms add to a download.
"""
_MAGICS = {"gz": b"\x1f\x8b", "xz": b"\xfd7zXZ\x00", "zst": b"\x28\xb5\x2f\xfd", "bz2": b"BZh"}
LZ4 = "LZ4"
_LZ4_MAGIC = b"\x04\x22\x4d\x18"
_SKIPPABLE = struct.Struct("<II")
"""Head of a zstd frame that holds no data (RFC 8878, 3.1.2), which LZ4 has too: its magic, and how many bytes follow. pzstd
writes one before each frame, seekable zstd one behind all.
"""
_LZMA_HEAD = struct.Struct("<BIQ")
_LZMA_LARGEST = 2**38
"""What xz takes for the largest size that a real .lzma states."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How far containers may expand. Text logs compress 10 to 40 times, repetitive ones 200 times."""

    member_bytes: int = 256 * 2**30
    """Largest member, expanded."""
    ratio: int = 1_000
    """Most bytes out per byte in …"""
    ratio_from: int = 512 * 2**20
    """… once a member is larger than this: small members of zeros are harmless."""
    members: int = 200_000
    """Most members of one file, nested ones included."""
    depth: int = 3
    """Containers inside containers; a single-stream compression counts as one."""

    def breached(self, out: int, taken: int) -> str:
        """What limit `out` bytes made from `taken` bytes are beyond, "" when none."""
        if out > self.member_bytes:
            return f"it expands to more than {self.member_bytes:,} bytes"
        if out > self.ratio_from and out > self.ratio * max(taken, 1):
            return f"it expands more than {self.ratio:,} times"
        return ""


@dataclass(slots=True)
class Budget:
    """What one file given by the user may make of itself: its limits, and how much of them everything inside has used.

    Without it each member of a small archive expands as far as the limits of one member go, for hours together.
    """

    limits: Limits
    packed: int
    """Bytes of the file on disk."""
    expanded: int = 0
    """Bytes that were made from it, containers inside of containers included; however often they were read, once."""
    members: int = 0
    spent: str = ""
    """Why nothing more is read from the file, "" while there is room."""

    def enter(self) -> str:
        """Count a member. Returns why nothing more is read, "" while there is room (`spent`)."""
        self.members += 1
        if self.members > self.limits.members:
            self.spent = self.spent or f"the file holds more than {self.limits.members:,} members"
        return self.spent

    def book(self, size: int) -> str:
        """Count `size` bytes more, unless they are too many; `spent`."""
        breach = self.limits.breached(self.expanded + size, self.packed)
        if breach and not self.spent:
            self.spent = f"with all that is inside of the file {breach}"
        if not self.spent:
            self.expanded += size
        return self.spent


class Account:
    """How far one member has expanded, in whichever pass came furthest; books it on the file's budget."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._furthest = 0

    def breached(self, out: int, taken: int) -> str:
        """What limit is reached with `out` bytes of the member made from `taken` bytes, "" when none.

        What was booked can be read again, so that every pass over the member ends at the same byte.
        """
        if out > self._furthest:
            if breach := self._budget.limits.breached(out, taken) or self._budget.book(out - self._furthest):
                return breach
            self._furthest = out
        return ""


REMEDY_LIMIT = "If you trust the file, unpack it yourself and give the folder."
REMEDY_DAMAGED = "Get the file again if you can; what could be read was kept."

_DAMAGE = (zlib.error, lzma.LZMAError, zstandard.ZstdError, EOFError, ValueError, OSError, RuntimeError, NotImplementedError)


class Decompressed(io.RawIOBase):
    """The content of a gz, xz, lzma, zst or bz2 stream, streams one after another included.

    Raises InputError, after everything that could be decoded was read, when the stream is damaged, ends early, has other
    data behind it or expands beyond the limits; and before anything when it cannot be decoded at all.
    """

    def __init__(self, source: BinaryIO, codec: str, path: str, account: Account) -> None:
        super().__init__()
        self._source = source
        self._codec = codec
        self._path = path
        self._account = account
        self._decoder: Any = _new_decoder(codec)
        self._ready = b""
        self._input = b""
        self._fed = False
        self._taken = 0
        self._out = 0
        self._error: InputError | None = None
        self._end = False
        # zstd cannot bound what one call returns: 1 KiB of blocks of repeats is at most 44 MiB.
        self._slice = 1024 if codec == "zst" else 65_536

    def readable(self) -> bool:
        """Whether it can be read: always."""
        return True

    def close(self) -> None:
        """Close the compressed stream too."""
        if not self.closed:
            self._source.close()
        super().close()

    def readinto(self, buffer: Any) -> int:
        """As RawIOBase.readinto: fewer bytes than asked for are possible before the end."""
        while not self._ready and not self._end:
            if self._error is not None:
                raise self._error
            try:
                self._ready = self._step()
            except _DAMAGE as problem:
                self._error = InputError(
                    f"{self._path}: damaged {self._codec} data after {self._out:,} bytes ({problem}).",
                    file=self._path,
                    position=self._out,
                    remedy=REMEDY_DAMAGED,
                )
            self._out += len(self._ready)
            if breach := self._account.breached(self._out, self._taken):
                self._ready = b""
                self._error = InputError(f"{self._path}: stopped reading, {breach}.", file=self._path, remedy=REMEDY_LIMIT)
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _step(self) -> bytes:
        """Decode a little: some output, or b"" when more input is needed or the end was reached."""
        if self._decoder.eof and not self._next_stream():
            return b""
        if not self._input and self._wants_input():
            self._input = self._more()
            if not self._input:
                raise EOFError("it ends early")
        return self._decode()

    def _next_stream(self) -> bool:
        """Begin the stream that follows; False at the end, and where something else follows."""
        rest = self._decoder.unused_data.lstrip(PADDING)
        while not rest and (more := self._more()):
            rest = more.lstrip(PADDING)
        self._end = not rest
        if rest and starts(self._codec, rest):
            self._input = rest
            self._decoder = _new_decoder(self._codec)
            return True
        if rest:
            at = self._taken - len(rest)
            self._error = InputError(
                f"{self._path}: from byte {at:,} on it is no {self._codec} data; that was not read.",
                file=self._path,
                position=self._out,
                remedy="Cut the file there, and give what is behind as a file of its own.",
            )
        return False

    def _wants_input(self) -> bool:
        return bool(getattr(self._decoder, "needs_input", True))

    def _decode(self) -> bytes:
        data, self._input = self._input, b""
        if self._codec == "gz":
            out = self._decoder.decompress(data, 1 << 20)
            self._input = self._decoder.unconsumed_tail
        elif self._codec == "zst":
            out = self._decoder.decompress(data)
        else:
            out = self._decoder.decompress(data, 1 << 20)
        return bytes(out)

    def _more(self) -> bytes:
        data = self._source.read(self._slice)
        self._taken += len(data)
        return data


def codec_of(head: bytes) -> str:
    """The codec of what starts with `head`: gz, xz, lzma, zst, bz2, LZ4 (which is not read), or ""."""
    frame = _behind_skippable(head)
    if frame.startswith(_LZ4_MAGIC):
        return LZ4
    return next((codec for codec in (*_MAGICS, "lzma") if len(head) >= len(_MAGICS.get(codec, b"")) and starts(codec, head)), "")


def starts(codec: str, data: bytes) -> bool:
    """Whether a stream of this codec starts here, as far as can be told when `data` is shorter than its head."""
    if codec == "lzma":
        return _is_lzma(data)
    magic = _MAGICS[codec]
    if codec == "zst" and _behind_skippable(data) != data:
        return True
    return data.startswith(magic[: len(data)]) and (codec != "bz2" or data[3:4] in b"123456789")


def _behind_skippable(data: bytes) -> bytes:
    while len(data) >= _SKIPPABLE.size and data[1:4] == b"\x2a\x4d\x18" and data[0] >> 4 == 5:
        data = data[_SKIPPABLE.size + _SKIPPABLE.unpack_from(data)[1] :]
    return data


def _is_lzma(data: bytes) -> bool:
    """The old format has no magic; this is what xz looks at: the properties, a size of the dictionary that encoders use, a size
    that can be. The first byte of the data behind is always zero.
    """
    if len(data) <= _LZMA_HEAD.size or data[_LZMA_HEAD.size]:
        return False
    properties, dictionary, size = _LZMA_HEAD.unpack_from(data)
    if properties >= 9 * 5 * 5 or not (size < _LZMA_LARGEST or size == 2**64 - 1) or dictionary < 4096:
        return False
    # 2^n, 2^n + 2^(n-1), or the largest: without its highest bit there is none left, or the next.
    highest = 1 << (dictionary.bit_length() - 1)
    if dictionary != 2**32 - 1 and dictionary - highest not in (0, highest >> 1):
        return False
    try:
        _new_decoder("lzma").decompress(data[:512], 1)
    except (lzma.LZMAError, MemoryError):
        return False
    return True


def _new_decoder(codec: str) -> Any:
    makers: dict[str, Callable[[], Any]] = {
        "gz": lambda: zlib.decompressobj(wbits=31),
        "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY),
        "lzma": lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=_XZ_MEMORY),
        "bz2": bz2.BZ2Decompressor,
        "zst": lambda: zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj(),
    }
    return makers[codec]()
