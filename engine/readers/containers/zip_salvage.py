"""Members of a zip whose directory is missing: cut off by a full disk or a broken download, as evidence often is.

The directory is at the end of the file, but every member has a header of its own in front (APPNOTE.TXT 4.3.7). Those are
searched for; deflated data tells its own end, stored data is as long as its header says.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

from engine.errors import InputError
from engine.readers.containers.decompress import REMEDY_DAMAGED, REMEDY_LIMIT, Account, Budget
from engine.readers.containers.member import SEPARATOR, Member
from engine.readers.containers.zip_methods import ENCRYPTED

_SIGNATURE = b"PK\x03\x04"
_HEADER = struct.Struct("<4s5H3I2H")
_BLOCK = 1 << 20
_PIECE = 1 << 16
_STORED, _DEFLATED = 0, 8
_SIZES_FOLLOW, _UTF8 = 0x8, 0x800
_NEWEST_VERSION = 63
_ZIP64 = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class _Local:
    """A member by its own header."""

    name: str
    flags: int
    method: int
    start: int
    size: int | None
    """Of the packed data; None where only its end tells."""


def salvaged_members(stream: BinaryIO, container: str, budget: Budget) -> Iterator[Member | InputError]:
    """The members in the order of the file, the last one perhaps cut. They share `stream`: one is read at a time."""
    position = 0
    while (found := _next(stream, position)) is not None:
        position, local = found
        if local is None:
            continue
        if not local.name.endswith("/"):
            yield _member(stream, local, container, budget)
        # What is inside of a stored archive has headers too, and is found when that is opened.
        position = local.start + (local.size or 0)


def _next(stream: BinaryIO, position: int) -> tuple[int, _Local | None] | None:
    """Where to go on and the header found there (None when it only looked like one); None at the end."""
    stream.seek(position)
    tail = b""
    while block := stream.read(_BLOCK):
        data = tail + block
        at = data.find(_SIGNATURE)
        if at >= 0:
            at += position - len(tail)
            local = _local(stream, at)
            return at + len(_SIGNATURE), local
        position += len(block)
        tail = data[-len(_SIGNATURE) + 1 :]
    return None


def _local(stream: BinaryIO, at: int) -> _Local | None:
    stream.seek(at)
    fixed = stream.read(_HEADER.size)
    if len(fixed) < _HEADER.size:
        return None
    _, version, flags, method, _, _, _, packed, _, name_size, extra_size = _HEADER.unpack(fixed)
    name = stream.read(name_size)
    if (version & 0xFF) > _NEWEST_VERSION or not name_size or len(name) < name_size:
        return None
    text = name.decode("utf-8" if flags & _UTF8 else "cp437", "replace")
    unknown = packed == _ZIP64 or (flags & _SIZES_FOLLOW and not packed)
    return _Local(text, flags, method, at + _HEADER.size + name_size + extra_size, None if unknown else packed)


def _member(stream: BinaryIO, local: _Local, container: str, budget: Budget) -> Member | InputError:
    path = container + SEPARATOR + local.name
    if local.flags & ENCRYPTED:
        return InputError(f"{path}: encrypted.", file=path, remedy="Unpack it with its password and give the folder.")
    if local.method not in (_STORED, _DEFLATED) or (local.method == _STORED and local.size is None):
        return InputError(f"{path}: cannot be read without the archive's directory.", file=path, remedy=REMEDY_DAMAGED)
    account = Account(budget)
    return Member(path, None, lambda: cast("BinaryIO", _Salvaged(stream, local, path, account)))


class _Salvaged(io.RawIOBase):
    """The content of a member; InputError behind what could be read when it is cut or damaged."""

    def __init__(self, source: BinaryIO, local: _Local, path: str, account: Account) -> None:
        super().__init__()
        self._source = source
        self._local = local
        self._path = path
        self._account = account
        self._decoder = zlib.decompressobj(-15) if local.method == _DEFLATED else None
        self._at = local.start
        self._input = b""
        self._out = 0
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if not self._ready:
            self._ready = self._piece()
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _piece(self) -> bytes:
        """As archives._ZipStream: of one size whatever is asked for, so that every pass ends alike."""
        data = self._stored(_PIECE) if self._decoder is None else self._inflated(_PIECE, self._decoder)
        self._out += len(data)
        if breach := self._account.breached(self._out, self._at - self._local.start):
            raise InputError(f"{self._path}: stopped reading, {breach}.", file=self._path, remedy=REMEDY_LIMIT)
        return data

    def _stored(self, size: int) -> bytes:
        left = self._local.start + (self._local.size or 0) - self._at
        data = self._more(min(size, left)) if left > 0 else b""
        if left > 0 and not data:
            raise self._cut("it ends early")
        return data

    def _inflated(self, size: int, decoder: zlib._Decompress) -> bytes:
        while not decoder.eof:
            data = self._input or self._more(1 << 16)
            if not data:
                raise self._cut("it ends early")
            try:
                out = decoder.decompress(data, size)
            except zlib.error as error:
                raise self._cut(str(error)) from error
            self._input = decoder.unconsumed_tail
            if out:
                return out
        return b""

    def _more(self, size: int) -> bytes:
        self._source.seek(self._at)
        data = self._source.read(size)
        self._at += len(data)
        return data

    def _cut(self, why: str) -> InputError:
        message = f"{self._path}: damaged zip data after {self._out:,} bytes ({why})."
        return InputError(message, file=self._path, position=self._out, remedy=REMEDY_DAMAGED)
