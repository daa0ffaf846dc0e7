"""Files that a user names and that are read as a whole: labels, mappings, packages. Looked at before they are opened.

Opening a pipe waits for its other end, a device has none, and a file of twenty gigabytes fills the memory before anybody finds
out that it is none of ours. Links are followed: what counts is where they lead.
"""

from __future__ import annotations

import codecs
import gzip
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from engine.errors import InputError

LONGEST_LINE = 1 << 20
"""Characters. A line of a labels file has some hundred."""
CHUNK = 1 << 16
PACKED = b"\x1f\x8b"
"""How gzip begins."""
KINDS = ((stat.S_ISFIFO, "a pipe"), (stat.S_ISDIR, "a folder"), (stat.S_ISSOCK, "a socket"))


def checked(path: Path, limit: int) -> Path:
    """`path`, if it is a regular file of at most `limit` bytes. Raises InputError with what it is instead."""
    try:
        there = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise _refused(path, "is not there", "Name a file.") from None
    except (OSError, ValueError) as error:
        raise _refused(path, f"cannot be read: {getattr(error, 'strerror', None) or error}", "Name a file.") from error
    if not stat.S_ISREG(there.st_mode):
        what = next((name for is_kind, name in KINDS if is_kind(there.st_mode)), "a device")
        raise _refused(path, f"is no regular file but {what}", "Name a file.")
    if there.st_size > limit:
        raise _refused(path, f"is too large: {there.st_size:,} bytes, at most {limit:,} are read", "Is it the right file?")
    return path


def bounded_lines(stream: TextIO, path: Path, limit: int) -> Iterator[str]:
    """Lines of a stream that may unpack to anything, at most `limit` characters of them. Raises InputError beyond."""
    total = 0
    while line := stream.readline(LONGEST_LINE):
        total += len(line)
        if total > limit or (len(line) == LONGEST_LINE and not line.endswith("\n")):
            raise _refused(
                path, f"has a line of over {LONGEST_LINE:,} characters, or over {limit:,} of them", "Is it the right file?"
            )
        yield line


def why(error: Exception, path: Path) -> str:
    """Why a file could not be read as text, for a sentence: where it stops being that, counted in what it unpacks to.

    Python tells a position too, but that of the piece which it happened to decode, and calls it by a codec's name.
    """
    if isinstance(error, UnicodeDecodeError):
        try:
            with path.open("rb") as raw:
                packed = raw.read(2) == PACKED
            with gzip.open(path) if packed else path.open("rb") as stream:
                return _not_text(cast("BinaryIO", stream))
        except (OSError, EOFError):
            return "it is no UTF-8 text"
    told = getattr(error, "strerror", None)
    return str(told or error)


def _not_text(stream: BinaryIO) -> str:
    decoder = codecs.getincrementaldecoder("utf-8")()
    at, line = 0, 1
    while True:
        chunk, held = stream.read(CHUNK), decoder.getstate()[0]
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            line += error.object[: error.start].count(b"\n")
            place = at - len(held) + error.start + 1
            return f"line {line:,} is no UTF-8 text (byte {place:,} of the file is 0x{error.object[error.start]:02x})"
        if not chunk:
            return "it is no UTF-8 text"
        line += chunk.count(b"\n")
        at += len(chunk)


def _refused(path: Path, why: str, remedy: str) -> InputError:
    return InputError(f"{path} {why}.", file=str(path), remedy=remedy)
