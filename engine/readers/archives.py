"""Members of zip and tar archives as streams."""

from __future__ import annotations

import io
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, cast

from engine.errors import InputError
from engine.readers.decompress import REMEDY_DAMAGED, REMEDY_LIMIT, Limits
from engine.readers.source import SEPARATOR, Member
from engine.readers.spool import Spool
from engine.readers.zip_salvage import salvaged_members

_ZIP_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError, OverflowError)
_TAR_BLOCK = 512
_ENCRYPTED = 0x1


def is_tar(head: bytes) -> bool:
    """Whether a tar header starts here: its checksum is right (old tars have no magic)."""
    if len(head) < _TAR_BLOCK or not head.strip(b"\x00"):
        return False
    try:
        tarfile.TarInfo.frombuf(head[:_TAR_BLOCK], "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError):
        return False
    return True


def zip_members(archive: Member, limits: Limits) -> Iterator[Member | InputError]:
    """The files in a zip. They can be opened while the archive's generator is alive, without being spooled."""
    stream = archive.open()
    spool: Spool | None = None
    if not stream.seekable():
        # The directory of a zip is at its end.
        spool = Spool(stream, limits.member_bytes)
        stream.close()
        stream = spool.open()
    try:
        try:
            opened = zipfile.ZipFile(stream)
        except _ZIP_DAMAGE as error:
            yield from salvaged_members(stream, archive.path, limits)
            # Last, as for a tar that is cut: what was not found is missing from the archive, not from a member.
            message = f"{archive.path}: the zip archive is damaged ({error}); only members that are still told apart are read."
            yield InputError(message, file=archive.path, remedy=REMEDY_DAMAGED)
            return
        with opened:
            for info in opened.infolist():
                if not info.is_dir():
                    yield _zip_member(opened, info, archive.path, limits)
    finally:
        stream.close()
        if spool is not None:
            spool.close()


def _zip_member(opened: zipfile.ZipFile, info: zipfile.ZipInfo, container: str, limits: Limits) -> Member | InputError:
    path = container + SEPARATOR + info.filename
    if info.flag_bits & _ENCRYPTED:
        return InputError(f"{path}: encrypted.", file=path, remedy="Unpack it with its password and give the folder.")
    # zipfile reads at most the size that the directory states, so checking the statement is enough.
    if breach := limits.breached(info.file_size, info.compress_size):
        return InputError(f"{path}: not read, {breach}.", file=path, remedy=REMEDY_LIMIT)

    def opener() -> BinaryIO:
        try:
            return cast("BinaryIO", _ZipStream(opened.open(info), path))
        except _ZIP_DAMAGE as error:
            raise InputError(f"{path}: damaged ({error}).", file=path, remedy=REMEDY_DAMAGED) from error

    return Member(path, info.file_size, opener)


class _ZipStream(io.RawIOBase):
    """A zip member whose damage is reported as InputError behind what could be read."""

    def __init__(self, source: Any, path: str) -> None:
        super().__init__()
        self._source = source
        self._path = path
        self._count = 0

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        if not self.closed:
            self._source.close()
        super().close()

    def readinto(self, buffer: Any) -> int:
        try:
            # read1: one block at a time, so that damage further on does not take this block with it.
            data = self._source.read1(min(len(buffer), 1 << 16))
        except _ZIP_DAMAGE as error:
            message = f"{self._path}: damaged zip data after {self._count:,} bytes ({error})."
            raise InputError(message, file=self._path, position=self._count, remedy=REMEDY_DAMAGED) from error
        self._count += len(data)
        buffer[: len(data)] = data
        return len(data)


def tar_members(archive: Member, limits: Limits) -> Iterator[Member | InputError]:
    """The files in a tar, decompressed once: each is spooled while it is being read and freed before the next."""
    with archive.open() as stream:
        try:
            with tarfile.open(fileobj=stream, mode="r|", errorlevel=0) as opened:
                for info in opened:
                    yield from _tar_member(opened, info, archive.path, limits)
        except InputError as error:
            yield error
        except (tarfile.TarError, OSError, EOFError, ValueError, OverflowError, RecursionError) as error:
            yield InputError(f"{archive.path}: damaged tar archive ({error}).", file=archive.path, remedy=REMEDY_DAMAGED)


def _tar_member(opened: tarfile.TarFile, info: tarfile.TarInfo, container: str, limits: Limits) -> Iterator[Member | InputError]:
    # tarfile keeps every header for random access; in a stream nobody goes back, and a million members are 1 GB.
    opened.members = []  # type: ignore[attr-defined]
    if not info.isreg():
        return
    path = container + SEPARATOR + info.name
    if info.issparse():
        yield InputError(f"{path}: sparse member, not read.", file=path, remedy=REMEDY_LIMIT)
        return
    source = opened.extractfile(info)
    if source is None:
        return
    spool = Spool(_tar_stream(source, path), limits.member_bytes)
    try:
        if spool.too_large:
            yield InputError(
                f"{path}: not read, it is larger than {limits.member_bytes:,} bytes.", file=path, remedy=REMEDY_LIMIT
            )
        else:
            yield Member(path, spool.size, spool.open)
    finally:
        spool.close()
    if spool.error is not None:
        raise spool.error


def _tar_stream(source: Any, path: str) -> BinaryIO:
    return cast("BinaryIO", _TarStream(source.read, path))


class _TarStream:
    """A tar member whose early end is an InputError."""

    def __init__(self, read: Callable[[int], bytes], path: str) -> None:
        self._read = read
        self._path = path

    def read(self, size: int) -> bytes:
        # Small reads: when the stream under the archive fails, tarfile drops what it had of the current read.
        try:
            return self._read(min(size, 1 << 16))
        except (tarfile.TarError, OSError, EOFError, ValueError) as error:
            raise InputError(
                f"{self._path}: the archive ends within this member ({error}).", file=self._path, remedy=REMEDY_DAMAGED
            ) from error
