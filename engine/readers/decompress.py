"""Single-stream compression (gz, xz, zst, bz2) as a readable stream that gives everything before the damage.

The standard library's file classes lose what they had decoded when a stream turns out truncated, and zstandard's does
not tell truncation at all; hence decompressor objects and a loop of our own.
"""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

import zstandard

from engine.errors import InputError

_XZ_MEMORY = 512 * 1024 * 1024
"""`xz -9` needs 65 MiB to unpack; more than this is an attack or a mistake."""
_ZSTD_WINDOW = 2**27

MAGICS: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "gz"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zst"),
    (b"BZh", "bz2"),
)


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
    """Most members of one file given by the user, nested ones included."""
    depth: int = 3
    """Containers inside containers; a single-stream compression counts as one."""

    def breached(self, out: int, taken: int) -> str:
        """What limit `out` bytes made from `taken` bytes are beyond, "" when none."""
        if out > self.member_bytes:
            return f"it expands to more than {self.member_bytes:,} bytes"
        if out > self.ratio_from and out > self.ratio * max(taken, 1):
            return f"it expands more than {self.ratio:,} times"
        return ""


REMEDY_LIMIT = "If you trust the file, unpack it yourself and give the folder."
REMEDY_DAMAGED = "Get the file again if you can; what could be read was kept."

_DAMAGE = (zlib.error, lzma.LZMAError, zstandard.ZstdError, EOFError, ValueError, OSError, RuntimeError, NotImplementedError)


class Decompressed(io.RawIOBase):
    """The content of a gz, xz, zst or bz2 stream, streams one after another included.

    Raises InputError, after everything that could be decoded was read, when the stream is damaged, ends early or
    expands beyond `limits`; and before anything when it cannot be decoded at all.
    """

    def __init__(self, source: BinaryIO, codec: str, path: str, limits: Limits) -> None:
        super().__init__()
        self._source = source
        self._codec = codec
        self._path = path
        self._limits = limits
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
        """Always."""
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
            if breach := self._limits.breached(self._out, self._taken):
                self._ready = b""
                self._error = InputError(f"{self._path}: stopped reading, {breach}.", file=self._path, remedy=REMEDY_LIMIT)
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _step(self) -> bytes:
        """Decode a little: some output, or b"" when more input is needed or the end was reached."""
        if self._decoder.eof:
            self._input = self._decoder.unused_data
            # Padding of zeros between or behind streams is part of xz and common behind gz.
            self._input = self._input.lstrip(b"\x00") or self._more().lstrip(b"\x00")
            if not self._input:
                self._end = True
                return b""
            if not any(self._input.startswith(magic[: len(self._input)]) for magic, codec in MAGICS if codec == self._codec):
                # Trailing bytes that start no further stream: gzip and xz warn and ignore them.
                self._end = True
                return b""
            self._decoder = _new_decoder(self._codec)
        if not self._input and self._wants_input():
            self._input = self._more()
            if not self._input:
                raise EOFError("it ends early")
        return self._decode()

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


def _new_decoder(codec: str) -> Any:
    makers: dict[str, Callable[[], Any]] = {
        "gz": lambda: zlib.decompressobj(wbits=31),
        "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY),
        "bz2": bz2.BZ2Decompressor,
        "zst": lambda: zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj(),
    }
    return makers[codec]()
