"""From the paths that the user gave to the members inside: folders, compressed files, archives, nested.

What a file is, is told by its content. Nothing is ever extracted under a name from an archive: members are streamed,
or spooled to nameless temporary files, so a member called ../../etc/cron.d/x is only a strange label.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, cast

from engine.errors import InputError
from engine.readers.containers.archives import ends_as_zip, is_tar, tar_members, zip_members
from engine.readers.containers.decompress import LZ4, REMEDY_LIMIT, Account, Budget, Decompressed, Limits, codec_of
from engine.readers.containers.member import Member, Remark
from engine.readers.containers.origin import ByteOrigin
from engine.readers.containers.parquet import ENCRYPTED, MAGIC, PARQUET, parquet_members
from engine.readers.containers.seven_zip import NAME, seven_zip_members

_HEAD = 512
_FOREIGN = (
    (b"Rar!\x1a\x07", "RAR"),
    (b"MSCF\x00\x00\x00\x00", "Cabinet"),
    (b"MSWIM\x00\x00\x00", "WIM"),
    (b"\x02\x21\x4c\x18", LZ4),  # the format before frames
    (b"LZIP\x01", "lzip"),
    (b"\x89LZO\x00\x0d\x0a\x1a\x0a", "lzop"),
    (b"\xff\x06\x00\x00sNaPpY", "Snappy"),
    (b"\x1f\x9d\x90", "compress (.Z)"),
    (b"\x1f\xa0", "pack (.z)"),
)
_SEVEN_ZIP = b"7z\xbc\xaf\x27\x1c"
_UNREAD = frozenset(name for _, name in _FOREIGN)

Found = Member | InputError | Remark


def expand(
    paths: Iterable[Path | str],
    limits: Limits | None = None,
    password: str = "",
    own: Callable[[Path], bool] | None = None,
) -> Iterator[Found]:
    """Every member behind `paths`, in a stable order: arguments as given, folders sorted, archives as they are packed.

    Trouble comes as an InputError in the member's place and the rest goes on. Members of an archive are at hand until the
    next one is asked for (see `Member.open`). Symbolic links are followed, each file once per argument. Bounded memory.
    `password` is tried on every encrypted archive. What is the caller's `own`, file or folder, is left out, and a Remark at
    the end says so once.
    """
    left: list[Path] = []
    for given in paths:
        for path in files_below(Path(given), own, left):
            if isinstance(path, InputError):
                yield path
                continue
            try:
                origin = ByteOrigin(path)
            except InputError as error:
                yield error
                continue
            yield from _Walk(origin, Budget(limits or Limits(), origin.size), password).file()
    if left:
        yield Remark(str(left[0].parent), "oddkin's own workspace: its files are no evidence, and were left out")


def files_below(root: Path, own: Callable[[Path], bool] | None, left: list[Path]) -> Iterator[Path | InputError]:
    """Regular files at or under `root`, sorted by name level by level; loops through links are cut, what is `own` is put
    into `left`.
    """
    seen: set[tuple[int, int]] = set()
    pending = [root]
    while pending:
        path = pending.pop()
        try:
            info = path.stat()
            if own is not None and own(path):
                left.append(path)
                continue
            identity = (info.st_dev, info.st_ino)
            if stat.S_ISDIR(info.st_mode):
                # Hard links to one file are both read; only what links could make endless is cut.
                if identity not in seen:
                    seen.add(identity)
                    pending.extend(sorted(path.iterdir(), reverse=True))
            elif stat.S_ISREG(info.st_mode):
                yield path
            else:
                # Opening a pipe would wait forever, a device may do anything.
                yield InputError(f"{path}: not a regular file, skipped.", file=str(path))
        except FileNotFoundError:
            yield InputError(f"{path}: no such file.", file=str(path), remedy="Check the path; links may point nowhere.")
        except OSError as error:
            yield InputError(f"{path}: cannot be read ({error.strerror}).", file=str(path), remedy="Check the permissions.")


@dataclass
class _Walk:
    """One file and all that is inside it."""

    origin: ByteOrigin
    budget: Budget
    password: str = field(repr=False)
    said: bool = field(default=False)
    """That the budget is spent."""

    def file(self) -> Iterator[Found]:
        yield from self.content(Member(str(self.origin.path), self.origin.size, self.origin.open, self.origin), 0)

    def content(self, member: Member, depth: int) -> Iterator[Found]:
        """The member itself, or what it contains."""
        try:
            kind = _kind(member)
            # What is read from end to end is hashed on the way; the directory of a zip or 7z is at its end.
            whole = member if depth or kind in ("zip", NAME, PARQUET) else replace(member, open=self.origin.hashed)
            if not kind:
                yield replace(member, origin=self.origin, packed=depth > 0)
            elif kind in _UNREAD:
                yield InputError(
                    f"{member.path}: {kind} data is not read.", file=member.path, remedy="Unpack it and give the folder."
                )
            elif depth >= self.budget.limits.depth:
                yield InputError(
                    f"{member.path}: containers are nested more than {self.budget.limits.depth} deep.",
                    file=member.path,
                    remedy="Unpack the outer ones and give the folder.",
                )
            elif kind == "zip":
                yield from self._inside(member.path, zip_members(whole, self.budget, self.password), depth)
            elif kind == NAME:
                yield from self._inside(member.path, seven_zip_members(whole, self.budget, self.password), depth)
            elif kind == PARQUET:
                yield from self._inside(member.path, parquet_members(whole, self.budget), depth)
            elif kind == "tar":
                yield from self._inside(member.path, tar_members(whole, self.budget.limits), depth)
            else:
                yield from self.content(Member(member.path, None, self._unpacked(whole, kind)), depth + 1)
        except InputError as error:
            yield error

    def _unpacked(self, member: Member, codec: str) -> Callable[[], BinaryIO]:
        account = Account(self.budget)
        # A BufferedReader would hold back bytes when the stream fails: Raw gives all it decoded first.
        return lambda: cast("BinaryIO", Decompressed(member.open(), codec, member.path, account))

    def _inside(self, path: str, members: Iterator[Found], depth: int) -> Iterator[Found]:
        empty = True
        for member in members:
            empty = False
            if not isinstance(member, Member):
                yield member
                continue
            if self.budget.enter():
                yield from self._rest(member)
                return
            yield from self.content(member, depth + 1)
        if empty:
            yield Remark(path, "an empty archive: there is no file in it")

    def _rest(self, member: Member) -> Iterator[InputError]:
        """That nothing more is read: once, however many archives are open inside one another."""
        if not self.said:
            self.said = True
            message = f"{member.path}: this and the rest are left out, {self.budget.spent}."
            yield InputError(message, file=member.path, remedy=REMEDY_LIMIT)


def _kind(member: Member) -> str:
    """What kind of container a member is; a zip also by its end, since a program that unpacks itself is in front of it."""
    with member.open() as stream:
        kind = identify(_head(stream, member.path))
        if kind or not stream.seekable():
            return kind
        with suppress(InputError, OSError):  # a stream that breaks has no end to look at
            return "zip" if ends_as_zip(stream) else ""
    return ""


def identify(head: bytes) -> str:
    """What container `head` (512 bytes) starts: zip, tar, Parquet, gz, xz, lzma, zst, bz2, the name of one that is not
    read, or "".
    """
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08PK\x03\x04")):
        return "zip"
    if head.startswith(_SEVEN_ZIP):
        return NAME
    if head.startswith((MAGIC, ENCRYPTED)):
        return PARQUET
    for magic, name in _FOREIGN:
        if head.startswith(magic):
            return name
    return codec_of(head) or ("tar" if is_tar(head) else "")


def _head(stream: BinaryIO, path: str) -> bytes:
    head = b""
    try:
        while len(head) < _HEAD and (part := stream.read(_HEAD - len(head))):
            head += part
    except InputError:
        # Truncated within the first bytes: what there is decides, the reader will meet the error again.
        if not head:
            raise
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}).", file=path) from error
    return head
