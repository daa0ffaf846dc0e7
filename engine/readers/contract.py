"""What a reader is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from engine.domain.records import ReaderItem

HEAD_BYTES = 64 * 1024
"""How much of a member's beginning `sniff` gets to see, decompressed."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the user said about a source, and what its path is."""

    mapping: Mapping[str, str] | None = None
    """Generic formats: our field name -> column name."""
    host: str = ""
    """Host of the records that name none (`--host`). Readers put it in; a record's own host always wins."""
    path: str = ""
    """The member's path, for error messages."""


class Reader(Protocol):
    """One family of formats. Stateless: `read` may run for several streams at a time."""

    @property
    def name(self) -> str:
        """Slug for `--format` and for the sources table."""
        ...

    def sniff(self, head: bytes, path: str) -> float:
        """How surely `head` (the first 64 KiB, decompressed) is this format: 0 … 1. The path may only break ties."""
        ...

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """One item per record, in order, positions increasing; bounded memory. Raises InputError only when the
        stream as a whole cannot go on (truncated compression, unreadable disk); a bad record is a Reject.
        """
        ...
