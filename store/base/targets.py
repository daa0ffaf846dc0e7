"""Files that a user names for a result: they appear whole or not at all, and evidence is never among them.

A regular file is written beside its place and renamed over it. What a killed process left there is removed by the next one
that writes into the folder: it has a name that only we give, and nobody holds its lock any more. A device or a pipe cannot be
replaced without destroying it, so it is written to in place; a symbolic link stays, and what it points to is replaced.
"""

from __future__ import annotations

import io
import os
import re
import stat
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from engine.errors import StoreError
from store.base.staging import lock

ELSEWHERE = "Name another file."
DESCRIPTOR = re.compile(r"/dev/(stdout|stderr|fd/\d+)\Z|/proc/[^/]+/fd/\d+\Z")
"""Names of what is open already."""
PREFIX, SUFFIX = ".oddkin-", ".partial"
NEW_SECONDS = 60.0
"""An empty one this young may have been made by another process that is about to lock it."""


@contextmanager
def replacing(target: Path, forbidden: Collection[Path] = ()) -> Iterator[BinaryIO]:
    """A binary stream that becomes `target` when the block ends well, and leaves nothing when it does not.

    Raises StoreError when `target` is a folder, cannot be written, or is there and `forbidden` (`spare`).
    BrokenPipeError passes through: the reader of a pipe has what it wanted.
    """
    try:
        there = _status(target)
        if there is not None and stat.S_ISREG(there.st_mode) and DESCRIPTOR.match(str(target)):
            # `-o /dev/stdout >> file`: what the shell opened is added to, and neither replaced nor cut.
            with target.open("ab") as stream:
                yield stream
        elif there is None or stat.S_ISREG(there.st_mode):
            spare(target, forbidden)
            # Beside what a link points to, so that the link stays.
            with _beside(Path(os.path.realpath(target)), there) as stream:
                yield stream
        elif stat.S_ISDIR(there.st_mode):
            raise StoreError(f"{target} is a folder.", remedy=f"Name a file in it: {target / 'NAME'}")
        else:
            # By its own name: /dev/stdout of a pipe resolves to one that does not exist.
            with target.open("wb") as stream:
                yield cast("BinaryIO", stream)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror or error}.", remedy=ELSEWHERE) from error


@contextmanager
def opened(target: Path, forbidden: Collection[Path] = ()) -> Iterator[TextIO]:
    """A text stream (UTF-8, newlines as written) into `target`; see `replacing` for what becomes of the file."""
    with replacing(target, forbidden) as raw, as_text(raw) as stream:
        yield stream


@contextmanager
def as_text(raw: BinaryIO) -> Iterator[TextIO]:
    """A text stream (UTF-8, newlines as written) into one of bytes, which stays open."""
    stream = io.TextIOWrapper(raw, encoding="utf-8", newline="")
    try:
        yield stream
    finally:
        # Also when the block failed: the wrapper would close the file under its owner when it is collected.
        stream.detach()


def _status(target: Path) -> os.stat_result | None:
    try:
        return target.stat()
    except FileNotFoundError:
        return None


def spare(target: Path, forbidden: Collection[Path]) -> None:
    """Raises StoreError when a file that is there is one of `forbidden`, or lies in a folder among them: under any name, and
    however links lead there. What is not there may be made: that destroys nothing.
    """
    there = _status(target)
    if there is None or not forbidden:
        return
    taken = {identity for path in forbidden if (identity := _identity(path)) is not None}
    if (there.st_dev, there.st_ino) in taken:
        raise StoreError(f"{target} is evidence or part of the workspace and is not overwritten.", remedy=ELSEWHERE)
    if any(_identity(folder) in taken for folder in _folders(target)):
        raise StoreError(
            f"{target} is there already, in a folder that evidence was ingested from, and is not overwritten.",
            remedy="Name a new file, or one in another folder.",
        )


def _folders(target: Path) -> set[Path]:
    """All folders that a file is in: on the way that is written, on the way that links lead, and on those between the two."""
    # Not os.path.abspath: behind a link, ".." is the folder above what it points to.
    parts = target.absolute().parts
    found: set[Path] = set()
    for count in range(1, len(parts) + 1):
        if ".." not in parts[count:]:
            found.update(Path(os.path.realpath(Path(*parts[:count])), *parts[count:]).parents)
    return found


def _identity(path: Path) -> tuple[int, int] | None:
    """By what a disk knows a file or folder; None for one that is gone or out of reach."""
    try:
        there = path.stat()
    except (OSError, ValueError):
        return None
    return there.st_dev, there.st_ino


@contextmanager
def _beside(place: Path, there: os.stat_result | None) -> Iterator[BinaryIO]:
    _sweep(place.parent)
    handle, name = tempfile.mkstemp(prefix=f"{PREFIX}{place.name[:100]}.", suffix=SUFFIX, dir=place.parent)
    lock(handle)
    partial = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
        if there is not None:
            partial.chmod(stat.S_IMODE(there.st_mode))
        partial.replace(place)
    finally:
        partial.unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    """Remove what the dead left. What cannot be removed stays: nobody asked for it here."""
    for path in folder.glob(f"{PREFIX}*{SUFFIX}"):
        with suppress(OSError):
            there = path.lstat()
            if not stat.S_ISREG(there.st_mode) or (there.st_size == 0 and time.time() - there.st_mtime < NEW_SECONDS):
                continue
            # Windows has no such lock, and refuses to remove what somebody has open.
            handle = os.open(path, os.O_RDONLY)
            try:
                dead = os.name == "nt" or lock(handle)
            finally:
                os.close(handle)
            if dead:
                path.unlink()
