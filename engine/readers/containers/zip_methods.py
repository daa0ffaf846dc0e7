"""Zip members as streams, those too that the standard library cannot open: Deflate64, Zstandard, and encrypted ones.

Windows Explorer writes Deflate64 (method 9, APPNOTE.TXT 4.4.5) for members over 2 GiB; inflate64 decodes it. AES (method 99,
the WinZip specification) and the traditional encryption are pyzipper's, with the password that the user gave.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import cached_property
from typing import Any, BinaryIO, cast

import zstandard

from engine.errors import InputError
from engine.readers.containers.member import part

ENCRYPTED = 0x1
REMEDY_ENCRYPTED = "Give its password with --password, or unpack it and give the folder."
REMEDY_UNPACK = "Unpack it and give the folder; the file may be sound."
_AES = 99
_DEFLATE64, _ZSTANDARD = 9, 93
_SUPPORTED = frozenset((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
_OWN = frozenset((_DEFLATE64, _ZSTANDARD))
_NAMES = {1: "Shrink", 6: "Implode", 95: "xz", 96: "JPEG", 97: "WavPack", 98: "PPMd", _AES: "AES"}
_LOCAL_HEADER = 30
_LENGTHS = struct.Struct("<2H")
_LENGTHS_AT = 26
_BLOCK = 1 << 16


class ZipContent:
    """Opens the members of one zip, whatever they are packed with."""

    def __init__(self, opened: zipfile.ZipFile, whole: Callable[[], BinaryIO], password: str) -> None:
        self._opened = opened
        self._whole = whole
        self._password = password

    def refusal(self, info: zipfile.ZipInfo) -> InputError | None:
        """Why a member cannot be opened, None where it can. The error's message lacks the member's path."""
        if info.flag_bits & ENCRYPTED:
            return None if self._password else InputError("encrypted.", remedy=REMEDY_ENCRYPTED)
        if info.compress_type in _SUPPORTED | _OWN:
            return None
        name = _NAMES.get(info.compress_type, f"method {info.compress_type}")
        return InputError(f"compressed with {name}, which is not read.", remedy=REMEDY_UNPACK)

    def open(self, info: zipfile.ZipInfo) -> Any:
        """A stream with `read1` of a member that is not refused. Raises as zipfile does, RuntimeError for a wrong password."""
        if info.flag_bits & ENCRYPTED:
            return self._decrypted(info)
        if info.compress_type not in _OWN:
            return self._opened.open(info)
        return _Decoded(self._packed(info), info, _inflate64() if info.compress_type == _DEFLATE64 else _zstandard())

    def _decrypted(self, info: zipfile.ZipInfo) -> Any:
        from pyzipper import BadZipFile

        try:
            return _Unlocked(self._unlocked.open(self._twin(info), pwd=self._password.encode("utf-8")))
        except BadZipFile as error:
            raise zipfile.BadZipFile(str(error)) from error

    def close(self) -> None:
        """Close what was opened for encrypted members."""
        if "_unlocked" in self.__dict__:
            self._unlocked.close()
            self._stream.close()

    @cached_property
    def _stream(self) -> BinaryIO:
        return self._whole()

    @cached_property
    def _unlocked(self) -> Any:
        from pyzipper import AESZipFile

        return AESZipFile(self._stream)

    def _twin(self, info: zipfile.ZipInfo) -> Any:
        """The member in the other reading of the directory: by its place, since names repeat."""
        return self._unlocked.infolist()[self._opened.infolist().index(info)]

    def _packed(self, info: zipfile.ZipInfo) -> BinaryIO:
        with self._whole() as stream:
            stream.seek(info.header_offset + _LENGTHS_AT)
            name, extra = _LENGTHS.unpack(stream.read(_LENGTHS.size))
        start = info.header_offset + _LOCAL_HEADER + name + extra
        return part(self._whole, start, info.compress_size)()


class _Unlocked:
    """An encrypted member. pyzipper's errors are its own, though they have zipfile's names."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.close = stream.close

    def read1(self, size: int) -> bytes:
        """As ZipExtFile.read1. Raises zipfile.BadZipFile where the data is damaged or was changed."""
        from pyzipper import BadZipFile

        try:
            return bytes(self._stream.read1(size))
        except BadZipFile as error:
            raise zipfile.BadZipFile(str(error)) from error


class _Decoded(io.RawIOBase):
    """A member decoded piece by piece and compared with its size and checksum at its end. Raises BadZipFile."""

    def __init__(self, packed: BinaryIO, info: zipfile.ZipInfo, decode: Callable[[bytes], bytes]) -> None:
        super().__init__()
        self._packed = packed
        self._info = info
        self._decode = decode
        self._checksum = self._size = 0

    def readable(self) -> bool:
        return True

    def read1(self, size: int) -> bytes:
        """The next piece, of the decoder's choice and not of `size`; b"" at the end."""
        while data := self._packed.read(_BLOCK):
            if out := self._decode(data):
                self._checksum = zlib.crc32(out, self._checksum)
                self._size += len(out)
                return out
        if self._size != self._info.file_size:
            raise zipfile.BadZipFile(f"{self._size:,} of {self._info.file_size:,} bytes")
        if self._checksum != self._info.CRC:
            raise zipfile.BadZipFile("its checksum is wrong")
        return b""

    def close(self) -> None:
        if not self.closed:
            self._packed.close()
        super().close()


def _inflate64() -> Callable[[bytes], bytes]:
    from inflate64 import Inflater

    return cast("Callable[[bytes], bytes]", Inflater().inflate)


def _zstandard() -> Callable[[bytes], bytes]:
    return zstandard.ZstdDecompressor(max_window_size=2**27).decompressobj(read_across_frames=True).decompress
