"""Members of zip and tar archives as streams."""

from __future__ import annotations

import io
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, BinaryIO, cast

from engine.errors import InputError
from engine.readers.containers.decompress import PADDING, REMEDY_DAMAGED, REMEDY_LIMIT, Account, Budget, Limits
from engine.readers.containers.member import SEPARATOR, Member, Remark, part
from engine.readers.containers.spool import Spool
from engine.readers.containers.zip_gaps import gaps
from engine.readers.containers.zip_methods import ENCRYPTED, REMEDY_ENCRYPTED, ZipContent
from engine.readers.containers.zip_salvage import salvaged_members

_ZIP_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError, OverflowError)
_TAR_BLOCK = 512
_TAR_NUMBERS = ((100, 8), (108, 8), (116, 8), (124, 12), (136, 12), (148, 8))
"""Place and length of mode, owner, group, size, time and checksum."""
_TAR_NUMBER = re.compile(rb" *[0-7]+ *\x00[ \x00]*|\x80\x00.+", re.DOTALL)
"""Octal with its end, or base 256."""
_MOST_NUMBERS, _SOME_NUMBERS = 5, 3
_ZIP_BLOCK = 1 << 16
_SHOWN_LINKS = 5
_END = struct.Struct("<4s4H2IH")
_SPANNED = b"PK\x07\x08"
"""In front of an archive that was to be split."""
_END_MAGIC = b"PK\x05\x06"
_LONGEST_COMMENT = 2**16 - 1


def is_tar(head: bytes) -> bool:
    """Whether a tar header starts here: its checksum is right (old tars have no magic), or it is damaged and looks like one.

    A damaged one has nearly all of its octal numbers, or with the magic most of them: text has no NUL behind its numbers.
    """
    if len(head) < _TAR_BLOCK or not head.strip(b"\x00"):
        return False
    try:
        tarfile.TarInfo.frombuf(head[:_TAR_BLOCK], "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError):
        numbers = sum(_TAR_NUMBER.fullmatch(head, start, start + size) is not None for start, size in _TAR_NUMBERS)
        return numbers >= (_SOME_NUMBERS if head.startswith(b"ustar", 257) else _MOST_NUMBERS)
    return True


def ends_as_zip(stream: BinaryIO) -> bool:
    """Whether a seekable stream that does not start as a zip ends as one that opens."""
    if not zip_end(stream):
        return False
    try:
        zipfile.ZipFile(stream).close()
    except _ZIP_DAMAGE:
        return False
    return True


def zip_end(stream: BinaryIO) -> int:
    """Where the zip in a seekable stream ends, its comment included (APPNOTE.TXT 4.3.16); 0 where no directory that holds
    anything is followed by its end.
    """
    size = stream.seek(0, io.SEEK_END)
    start = max(0, size - _END.size - _LONGEST_COMMENT)
    stream.seek(start)
    tail = stream.read()
    at = tail.rfind(_END_MAGIC)
    if at < 0 or len(tail) < at + _END.size:
        return 0
    directory_size, _, comment = _END.unpack_from(tail, at)[-3:]
    zip64 = tail[max(0, at - 20) : at].startswith(b"PK\x06\x07")
    if not zip64:
        stream.seek(max(0, start + at - directory_size))
        if stream.read(4) != b"PK\x01\x02":
            return 0
    return int(min(size, start + at + _END.size + comment))


def zip_members(archive: Member, budget: Budget, password: str = "") -> Iterator[Member | InputError | Remark]:
    """The files in a zip. They can be opened while the archive's generator is alive, without being spooled.

    What is in front of the first, between them and behind the directory comes as a member too: a program that unpacks itself,
    another zip, a member that the directory does not name. Encrypted members need `password`.
    """
    stream, opener = archive.open(), archive.open
    spool: Spool | None = None
    if not stream.seekable():
        # The directory of a zip is at its end.
        spool = Spool(stream, budget.limits.member_bytes)
        stream.close()
        opener = spool.open
        stream = spool.open()
    try:
        try:
            opened = zipfile.ZipFile(stream)
        except _ZIP_DAMAGE as error:
            yield from salvaged_members(stream, archive.path, budget)
            # Last, as for a tar that is cut: what was not found is missing from the archive, not from a member.
            message = f"{archive.path}: the zip archive is damaged ({error}); only members that are still told apart are read."
            yield InputError(message, file=archive.path, remedy=REMEDY_DAMAGED)
            return
        with opened, closing(ZipContent(opened, opener, password)) as content:
            before, behind = _around(opened, stream)
            if before:
                yield Member(archive.path + SEPARATOR + "[before the archive]", before, part(opener, 0, before))
            for info in opened.infolist():
                if not info.is_dir():
                    yield _zip_member(content, info, archive.path, budget)
            for start, size in gaps(opened, stream):
                yield Member(f"{archive.path}{SEPARATOR}[between members, at {start:,}]", size, part(opener, start, size))
            if behind:
                size = stream.seek(0, io.SEEK_END)
                yield Member(archive.path + SEPARATOR + "[behind the archive]", behind, part(opener, size - behind, behind))
        if spool is not None and spool.error is not None:
            yield spool.error
    finally:
        stream.close()
        if spool is not None:
            spool.close()


def _around(opened: zipfile.ZipFile, stream: BinaryIO) -> tuple[int, int]:
    """Bytes before the first member and behind the end of the directory."""
    infos = opened.infolist()
    before = min((info.header_offset for info in infos), default=0)
    if before == len(_SPANNED):
        stream.seek(0)
        before = 0 if stream.read(before) == _SPANNED else before
    end = zip_end(stream) if infos else 0
    if not end:
        return before, 0
    # No longer than a comment may be, or the directory would not have been found.
    stream.seek(end)
    behind = stream.read()
    return before, len(behind) if behind.strip(PADDING) else 0


def _zip_member(content: ZipContent, info: zipfile.ZipInfo, container: str, budget: Budget) -> Member | InputError:
    path = container + SEPARATOR + info.filename
    if refusal := content.refusal(info):
        return InputError(f"{path}: {refusal.message}", file=path, remedy=refusal.remedy)
    account = Account(budget)
    # zipfile reads at most the size that the directory states, so checking the statement is enough.
    if breach := budget.limits.breached(info.file_size, info.compress_size):
        return InputError(f"{path}: not read, {breach}.", file=path, remedy=REMEDY_LIMIT)

    def opener() -> BinaryIO:
        try:
            return cast("BinaryIO", _ZipStream(content.open(info), path, account, info.compress_size))
        except _ZIP_DAMAGE as error:
            if info.flag_bits & ENCRYPTED and isinstance(error, RuntimeError):
                raise InputError(f"{path}: encrypted with another password.", file=path, remedy=REMEDY_ENCRYPTED) from error
            raise InputError(f"{path}: damaged ({error}).", file=path, remedy=REMEDY_DAMAGED) from error

    return Member(path, info.file_size, opener)


class _ZipStream(io.RawIOBase):
    """A zip member whose damage is reported as InputError behind what could be read."""

    def __init__(self, source: Any, path: str, account: Account, packed: int) -> None:
        super().__init__()
        self._source = source
        self._path = path
        self._account = account
        self._packed = packed
        self._count = 0
        self._ready = b""

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        if not self.closed:
            self._source.close()
        super().close()

    def readinto(self, buffer: Any) -> int:
        if not self._ready:
            self._ready = self._block()
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _block(self) -> bytes:
        """The next piece, of a size that no reader chooses: damage takes the piece it is in, and every pass has to end alike."""
        try:
            # read1: one block at a time, so that damage further on does not take this block with it.
            data = bytes(self._source.read1(_ZIP_BLOCK))
        except _ZIP_DAMAGE as error:
            message = f"{self._path}: damaged zip data after {self._count:,} bytes ({error})."
            raise InputError(message, file=self._path, position=self._count, remedy=REMEDY_DAMAGED) from error
        self._count += len(data)
        if breach := self._account.breached(self._count, self._packed):
            raise InputError(f"{self._path}: stopped reading, {breach}.", file=self._path, remedy=REMEDY_LIMIT)
        return data


def tar_members(archive: Member, limits: Limits) -> Iterator[Member | InputError | Remark]:
    """The files in a tar, decompressed once: each is spooled while it is being read and freed before the next.

    Read to the end of the data and not of the archive: archives one after another are read, what is no archive is said.
    """
    watch = _Watch()
    with archive.open() as stream:
        try:
            # ignore_zeros: goes on behind an end mark, and behind a header that is none, where tarfile alone would end.
            with tarfile.open(fileobj=stream, mode="r|", errorlevel=0, ignore_zeros=True, tarinfo=watch.headers()) as opened:
                for info in opened:
                    watch.member(info)
                    yield from _tar_member(opened, info, archive.path, limits)
        except InputError as error:
            yield error
        except (tarfile.TarError, OSError, EOFError, ValueError, OverflowError, RecursionError) as error:
            yield InputError(f"{archive.path}: damaged tar archive ({error}).", file=archive.path, remedy=REMEDY_DAMAGED)
        else:
            if trouble := watch.trouble():
                yield InputError(f"{archive.path}: {trouble}.", file=archive.path, remedy=REMEDY_DAMAGED)
    if watch.links:
        shown = ", ".join(watch.names)
        yield Remark(archive.path, f"{watch.links:,} members have no content, being links or devices ({shown})")


class _Watch:
    """What tarfile passes over in silence: blocks that are no header, an end without its mark, members without content."""

    def __init__(self) -> None:
        self._strange = 0
        self._ended = False
        self.links = 0
        self.names: list[str] = []

    def headers(self) -> type[tarfile.TarInfo]:
        """The class to read headers with."""
        watch = self

        class Watched(tarfile.TarInfo):
            @classmethod
            def frombuf(cls, buf: Any, encoding: str, errors: str) -> Watched:
                try:
                    info = super().frombuf(buf, encoding, errors)
                except tarfile.HeaderError:
                    watch._no_header(bytes(buf))
                    raise
                watch._ended = False
                return info

        return Watched

    def member(self, info: tarfile.TarInfo) -> None:
        """Count a member that is neither file nor folder, and keep the first names."""
        if not (info.isreg() or info.isdir()):
            self.links += 1
            if len(self.names) < _SHOWN_LINKS:
                self.names.append(info.name)
            elif len(self.names) == _SHOWN_LINKS:
                self.names.append("…")

    def trouble(self) -> str:
        """What is wrong with an archive whose data was read to the end."""
        if self._strange:
            return f"{self._strange:,} blocks of {_TAR_BLOCK} bytes are no tar data; members may be missing"
        return "" if self._ended else "it ends without its end mark and may have been cut"

    def _no_header(self, block: bytes) -> None:
        """A block where a header is due: empty at the end of the data, zeros as the mark of the end."""
        if block.strip(PADDING):
            self._strange += 1
        elif len(block) == _TAR_BLOCK:
            self._ended = True


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
