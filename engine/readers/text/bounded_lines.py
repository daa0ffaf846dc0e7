"""Lines of a byte stream in bounded memory, numbered from 1.

`for line in stream` would read a line of any length into memory, and a log without a newline is one such line.
"""

from __future__ import annotations

import lzma
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from engine.errors import InputError

CHUNK_BYTES = 1024 * 1024
MAX_LINE_BYTES = 4 * 1024 * 1024
"""Longer lines are cut here; Linux allows 2 MiB of arguments by default, and hex doubles them."""

BROKEN_STREAM = (OSError, EOFError, zlib.error, lzma.LZMAError)
"""What the standard library raises for a stream that ends or breaks in the middle."""


def numbered_lines(stream: BinaryIO, path: str = "", limit: int = MAX_LINE_BYTES) -> Iterator[tuple[int, bytes]]:
    """Yield (number, line without its newline). A line over `limit` bytes arrives cut to `limit`, the rest is skipped. NULs
    behind the last newline, of a file that was made larger than its log, are no line.

    Raises InputError when the stream breaks; the lines before the break have been yielded by then.
    """
    for number, lines in line_blocks(stream, path, limit):
        yield from enumerate(lines, number)


def line_blocks(stream: BinaryIO, path: str = "", limit: int = MAX_LINE_BYTES) -> Iterator[tuple[int, list[bytes]]]:
    """The same lines, as many at a time as a chunk of the stream holds: (number of the first, lines)."""
    for number, block in text_blocks(stream, path, limit):
        yield number, lines_of(block)


def lines_of(block: bytes) -> list[bytes]:
    """The lines of a block of `text_blocks`."""
    lines = block.split(b"\n")
    return [line[:-1] if line.endswith(b"\r") else line for line in lines] if b"\r" in block else lines


def text_blocks(stream: BinaryIO, path: str = "", limit: int = MAX_LINE_BYTES) -> Iterator[tuple[int, bytes]]:
    """The same lines, not cut yet: (number of the first, lines with newlines between them)."""
    number = 1
    tail = b""
    overlong = False
    while chunk := read_chunk(stream, path, number - 1):
        data = tail + chunk
        if overlong:
            # The cut beginning has been yielded; up to the next newline comes the rest of that line.
            _, newline, data = chunk.partition(b"\n")
            overlong = not newline
        block, newline, tail = data.rpartition(b"\n")
        if not overlong and len(tail) > limit:
            block, newline = block + newline + tail[:limit], b"\n"
            tail, overlong = b"", True
        if newline:
            yield number, block
            number += block.count(b"\n") + 1
    if tail.strip(b"\0") and not overlong:
        yield number, tail.rstrip(b"\r")


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
