"""What stands before the first record and says nothing: blanks, NULs of a preallocated file, lines of comment.

Anybody who may write to a log can write megabytes of them. Neither detection nor a reader may judge a file by them alone:
a log behind them would go unread.
"""

from __future__ import annotations

import re
from typing import BinaryIO

BLANK = b" \t\r\n\x0b\x0c\x00"
_CHUNK = 1 << 16
LONGEST = 1 << 30
"""Give up behind so many bytes: a disk image of zeros is no log, and reading through it is not free."""


RUN = re.compile(rb"[ \t\r\n\x0b\x0c\x00]{1024,}+")
"""Blanks that fill a head."""


def skip(stream: BinaryIO) -> tuple[bytes, int]:
    """Read up to the first byte that is neither blank nor comment: the bytes from there on that were read already, b""
    at the end of the stream, and the newlines before it. Bounded memory, whatever the length of a line.
    """
    lines = seen = 0
    comment = False
    while seen < LONGEST and (data := stream.read(_CHUNK)):
        seen += len(data)
        while data:
            if comment:
                end = data.find(b"\n")
                comment = end < 0
                data = b"" if comment else data[end:]
                continue
            rest = data.lstrip(BLANK)
            lines += data.count(b"\n", 0, len(data) - len(rest))
            if rest[:1] not in (b"#", b""):
                return rest, lines
            comment, data = bool(rest), rest
    return b"", lines


def without(head: bytes) -> bytes:
    """`head` behind its preamble; b"" when it is nothing else."""
    while (head := head.lstrip(BLANK)).startswith(b"#"):
        end = head.find(b"\n")
        head = head[end:] if end >= 0 else b""
    return head
