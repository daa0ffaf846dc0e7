"""What a reader is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, BinaryIO, Protocol, runtime_checkable

from engine.domain.event_table import Items
from engine.domain.records import ReaderItem
from engine.readers.crew.crew import Crew
from engine.readers.text.moments import Moments

Record = dict[str, Any]
"""One JSON object, or one row under its header (column -> cell, empty cells left out): the same record means the same in both."""

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
    zone: tzinfo | None = None
    """Zone of times that have none and are not documented as UTC (`--timezone`); None takes them as UTC and says so."""
    again: Callable[[], BinaryIO] | None = None
    """Opens the member anew from its first byte, for what only all of it tells (the order of day and month)."""
    crew: Crew | None = None
    """Processes that may read blocks of it; None where there are no others."""


@dataclass(frozen=True, slots=True)
class Format:
    """What docs/formats.md says of one format. Declared beside the code that reads it; a test holds the page to it."""

    slug: str
    title: str
    """As its users call it."""
    export: str
    """The command or the clicks that write it at its source."""
    read: str
    """Which records of it become processes, with which fields."""
    left_out: str
    """What in it is not read."""
    source: str
    """The documentation or the public sample that the reading follows."""
    sample: bool = True
    """Whether whole records of it were seen, not only lists of fields or parts of records. The README claims no other."""


class RecordKind(Protocol):
    """A module that maps one kind of record, from JSON and from tables alike. Named in registry.record_kinds."""

    @property
    def FORMATS(self) -> tuple[Format, ...]:  # noqa: N802 - a constant of the module
        """What it reads."""
        ...

    def recognises(self, record: Record) -> bool:
        """Whether the record is of this kind, process creation or not. Cheap: a look at a few keys."""
        ...

    def map_record(self, record: Record, position: int, moments: Moments) -> ReaderItem:
        """The record as an event (end, fact), a Reject, or None when it is no process creation. Decorated with `guarded`."""
        ...


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


@runtime_checkable
class TablingReader(Reader, Protocol):
    """A reader that can say the same with a table for many records: it is cheaper for whoever takes all of them."""

    def tables(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[Items]:
        """As `read`, whose items these are."""
        ...
