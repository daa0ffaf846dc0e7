"""From the paths that the user gave to the members inside: folders, compressed files, archives, nested.

What a file is, is told by its content. Nothing is ever extracted under a name from an archive: members are streamed,
or spooled to nameless temporary files, so a member called ../../etc/cron.d/x is only a strange label.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from engine.errors import InputError
from engine.readers.archives import is_tar, tar_members, zip_members
from engine.readers.decompress import MAGICS, Decompressed, Limits
from engine.readers.source import Member

_HEAD = 512
_FOREIGN = ((b"7z\xbc\xaf\x27\x1c", "7-Zip"), (b"Rar!\x1a\x07", "RAR"), (b"MSCF\x00\x00\x00\x00", "Cabinet"))


def expand(paths: Iterable[Path | str], limits: Limits | None = None) -> Iterator[Member | InputError]:
    """Every member behind `paths`, in a stable order: arguments as given, folders sorted, archives as they are packed.

    Trouble comes as an InputError in the member's place and the rest goes on. Members of an archive are at hand until the
    next one is asked for (see `Member.open`). Symbolic links are followed, each file once per argument. Bounded memory.
    """
    for given in paths:
        walk = _Walk(limits or Limits())
        for path in _files(Path(given)):
            if isinstance(path, InputError):
                yield path
            else:
                walk.members = 0
                yield from walk.file(path)


def _files(root: Path) -> Iterator[Path | InputError]:
    """Regular files at or under `root`, sorted by name level by level; loops through links are cut."""
    seen: set[tuple[int, int]] = set()
    pending = [root]
    while pending:
        path = pending.pop()
        try:
            info = path.stat()
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
    """One file given by the user and all that is inside it."""

    limits: Limits
    members: int = 0

    def file(self, path: Path) -> Iterator[Member | InputError]:
        def opener() -> BinaryIO:
            try:
                return path.open("rb")
            except OSError as error:
                raise InputError(
                    f"{path}: cannot be read ({error.strerror}).", file=str(path), remedy="Check the permissions."
                ) from error

        try:
            size = path.stat().st_size
        except OSError as error:
            yield InputError(f"{path}: cannot be read ({error.strerror}).", file=str(path))
            return
        yield from self.content(Member(str(path), size, opener), 0)

    def content(self, member: Member, depth: int) -> Iterator[Member | InputError]:
        """The member itself, or what it contains."""
        try:
            head = _head(member)
            kind = identify(head)
            if not kind:
                yield member
            elif kind in ("7-Zip", "RAR", "Cabinet"):
                yield InputError(
                    f"{member.path}: {kind} archives are not read.", file=member.path, remedy="Unpack it and give the folder."
                )
            elif depth >= self.limits.depth:
                yield InputError(
                    f"{member.path}: containers are nested more than {self.limits.depth} deep.",
                    file=member.path,
                    remedy="Unpack the outer ones and give the folder.",
                )
            elif kind == "zip":
                yield from self._inside(zip_members(member, self.limits), depth)
            elif kind == "tar":
                yield from self._inside(tar_members(member, self.limits), depth)
            else:
                yield from self.content(Member(member.path, None, self._unpacked(member, kind)), depth + 1)
        except InputError as error:
            yield error

    def _unpacked(self, member: Member, codec: str) -> Callable[[], BinaryIO]:
        # A BufferedReader would hold back bytes when the stream fails: Raw gives all it decoded first.
        return lambda: cast("BinaryIO", Decompressed(member.open(), codec, member.path, self.limits))

    def _inside(self, members: Iterator[Member | InputError], depth: int) -> Iterator[Member | InputError]:
        for member in members:
            if isinstance(member, InputError):
                yield member
                continue
            self.members += 1
            if self.members > self.limits.members:
                yield InputError(
                    f"{member.path}: more than {self.limits.members:,} members, the rest is left out.",
                    file=member.path,
                    remedy="Unpack it and give the folder.",
                )
                return
            yield from self.content(member, depth + 1)


def identify(head: bytes) -> str:
    """What container `head` (512 bytes) starts: zip, tar, gz, xz, zst, bz2, the name of one that is not read, or ""."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08PK\x03\x04")):
        return "zip"
    for magic, codec in MAGICS:
        if head.startswith(magic):
            return "" if codec == "bz2" and head[3:4] not in b"123456789" else codec
    for magic, name in _FOREIGN:
        if head.startswith(magic):
            return name
    return "tar" if is_tar(head) else ""


def _head(member: Member) -> bytes:
    head = b""
    with member.open() as stream:
        try:
            while len(head) < _HEAD and (part := stream.read(_HEAD - len(head))):
                head += part
        except InputError:
            # Truncated within the first bytes: what there is decides, the reader will meet the error again.
            if not head:
                raise
        except OSError as error:
            raise InputError(f"{member.path}: cannot be read ({error.strerror or error}).", file=member.path) from error
    return head
