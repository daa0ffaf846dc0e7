"""One readable member of the evidence: a file, the inside of a compressed file, or a member of an archive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

SEPARATOR = "!"
"""Between a container and its member in a path: `case.zip!host1/audit.log`, nested `case.zip!b.tar.gz!c.evtx`."""


@dataclass(frozen=True, slots=True)
class Member:
    """Something that a reader can be pointed at.

    `path` is the file's path as the user gave it; single-file compressions (.gz, .xz, .zst, .bz2) add nothing to it,
    archives add "!member". `size` is the size of the content in bytes, None while it is unknown (compressed streams).
    """

    path: str
    size: int | None
    open: Callable[[], BinaryIO]
    """A fresh stream from the first byte. May be called several times (hash pass, read pass), one stream at a time;
    a member that came out of an archive can only be opened until the next member is asked for. Raises InputError."""
