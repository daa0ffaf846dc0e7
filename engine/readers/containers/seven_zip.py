"""Members of 7-Zip archives, by py7zr (the extra `7z`): decompressed once, into one nameless temporary file.

Members of a solid archive cannot be had one by one without decompressing what is before them again and again.
"""

from __future__ import annotations

import lzma
import tempfile
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from engine.errors import InputError
from engine.readers.containers.decompress import REMEDY_DAMAGED, REMEDY_LIMIT, Account, Budget
from engine.readers.containers.member import SEPARATOR, Member, part
from engine.readers.containers.spool import Spool
from engine.readers.containers.zip_methods import REMEDY_ENCRYPTED

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "7-Zip"
_DAMAGE = (lzma.LZMAError, zlib.error, EOFError, OSError, ValueError, RuntimeError, TypeError, LookupError)
"""What its parts raise at damaged data."""
_IN_MEMORY = 8 * 2**20
_REMEDY_EXTRA = "Install oddkin with its extra 7z (oddkin[7z]), or unpack it and give the folder."


def seven_zip_members(archive: Member, budget: Budget, password: str) -> Iterator[Member | InputError]:
    """The files in the archive by name, and an error when there is more behind damage. Never beyond the budget."""
    try:
        import py7zr
    except ImportError:
        yield InputError(f"{archive.path}: {NAME} data is not read.", file=archive.path, remedy=_REMEDY_EXTRA)
        return
    with archive.open() as stream:
        spool = None if stream.seekable() else Spool(stream, budget.limits.member_bytes)
        with spool.open() if spool else archive.open() as whole, _Kept(Account(budget), archive) as kept:
            trouble: InputError | None = None
            try:
                with py7zr.SevenZipFile(whole, password=password or None) as opened:
                    kept.refuse(sum(info.uncompressed for info in opened.list()))
                    opened.extractall(factory=cast("Any", _factory(kept)))
            except py7zr.PasswordRequired:
                trouble = InputError(f"{archive.path}: encrypted.", file=archive.path, remedy=REMEDY_ENCRYPTED)
            except InputError as error:
                trouble = error
            except (py7zr.exceptions.ArchiveError, py7zr.exceptions.AbsolutePathError, *_DAMAGE) as error:
                trouble = _damage(archive.path, error, password)
            yield from kept.members()
            if trouble:
                yield trouble
        if spool:
            spool.close()


def _damage(path: str, error: Exception, password: str) -> InputError:
    if password:
        return InputError(f"{path}: encrypted with another password, or damaged ({error}).", file=path, remedy=REMEDY_ENCRYPTED)
    return InputError(f"{path}: damaged {NAME} archive ({error}).", file=path, remedy=REMEDY_DAMAGED)


class _Kept:
    """What was decompressed, one member behind the other."""

    def __init__(self, account: Account, archive: Member) -> None:
        self._file: Any = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by __exit__
        self._account = account
        self._archive = archive
        self._size = 0
        self._begins: dict[str, int] = {}
        self._ends: dict[str, int] = {}

    def __enter__(self) -> _Kept:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def refuse(self, size: int) -> None:
        """Raise InputError when the archive states that it holds more than it may."""
        if breach := self._account.breached(size, self._archive.size or 0):
            raise InputError(f"{self._archive.path}: not read, {breach}.", file=self._archive.path, remedy=REMEDY_LIMIT)

    def begin(self, name: str) -> None:
        """What is written from now on is of this member."""
        self._begins[name] = self._ends[name] = self._size

    def write(self, name: str, data: bytes) -> int:
        """Take bytes of the member that was begun last. Raises InputError beyond the budget."""
        self.refuse(self._size + len(data))
        self._file.write(data)
        self._size += len(data)
        self._ends[name] = self._size
        return len(data)

    def members(self) -> Iterator[Member]:
        """All that were begun."""
        whole = _opener(self._file)
        for name, begin in sorted(self._begins.items()):
            size = self._ends[name] - begin
            yield Member(self._archive.path + SEPARATOR + name, size, part(whole, begin, size))


def _opener(file: Any) -> Callable[[], BinaryIO]:
    return lambda: cast("BinaryIO", _View(file))


class _View:
    """The kept file for one reader; closing it leaves the file open."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def seek(self, offset: int) -> int:
        if self._file.closed:
            raise InputError("This archive member is no longer at hand: read it before asking for the next one.")
        return int(self._file.seek(offset))

    def read(self, size: int) -> bytes:
        return bytes(self._file.read(size))

    def close(self) -> None:
        return


def _factory(kept: _Kept) -> object:
    """What py7zr writes through; made here, because its base classes come with the extra."""
    from py7zr.io import Py7zIO, WriterFactory

    class Writer(Py7zIO):
        def __init__(self, name: str) -> None:
            self._name = name
            self._written = 0
            kept.begin(name)

        def write(self, s: bytes | bytearray) -> int:
            self._written += len(s)
            return kept.write(self._name, bytes(s))

        def read(self, size: int | None = None) -> bytes:
            return b""

        def seek(self, offset: int, whence: int = 0) -> int:
            return 0

        def flush(self) -> None:
            return

        def size(self) -> int:
            return self._written

    class Factory(WriterFactory):
        def create(self, filename: str) -> Py7zIO:
            return Writer(filename)

    return Factory()
