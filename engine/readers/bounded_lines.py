"""Lines of a byte stream in bounded memory, numbered from 1.

`for line in stream` would read a line of any length into memory, and a log without a newline is one such line.
"""

from __future__ import annotations

import lzma
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from engine.errors import InputError

CHUNK_BYTES = 256 * 1024
MAX_LINE_BYTES = 4 * 1024 * 1024
"""Longer lines are cut here; Linux allows 2 MiB of arguments by default, and hex doubles them."""

BROKEN_STREAM = (OSError, EOFError, zlib.error, lzma.LZMAError)
"""What the standard library raises for a stream that ends or breaks in the middle."""


def numbered_lines(stream: BinaryIO, path: str = "", limit: int = MAX_LINE_BYTES) -> Iterator[tuple[int, bytes]]:
    """Yield (number, line without its newline). A line over `limit` bytes arrives cut to `limit`, the rest is skipped.

    Raises InputError when the stream breaks; the lines before the break have been yielded by then.
    """
    number = 0
    tail = b""
    overlong = False
    while chunk := read_chunk(stream, path, number):
        lines = (tail + chunk).split(b"\n") if tail else chunk.split(b"\n")
        tail = lines.pop()
        for line in lines:
            if overlong:
                # The cut beginning has been yielded; this is its last piece.
                overlong = False
                continue
            number += 1
            yield number, line[:-1] if line.endswith(b"\r") else line
        if overlong:
            tail = b""
        elif len(tail) > limit:
            number += 1
            yield number, tail[:limit]
            tail, overlong = b"", True
    if tail and not overlong:
        yield number + 1, tail.rstrip(b"\r")


def read_chunk(stream: BinaryIO, path: str = "", position: int = 0, size: int = CHUNK_BYTES) -> bytes:
    """The next bytes, empty at the end. Raises InputError naming `path` and `position` when the stream breaks."""
    try:
        return stream.read(size)
    except BROKEN_STREAM as error:
        raise InputError(
            f"The data breaks off after line {position}: {error}",
            file=path,
            position=position,
            remedy="What came before was kept; get a fresh copy of the file for the rest.",
        ) from error
