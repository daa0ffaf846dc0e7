"""The list of readers and what a reader is.

The order is only a tie-break: detection asks every reader how sure it is (`sniff`) and takes the surest. To add a
format, write a module with a module-level `READER` and name it in `all_readers`; for a new shape of JSON record write
`recognises(record)` and `map_record(record, position)` and name the module in `json_shapes`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, BinaryIO, Protocol

from engine.domain.records import ReaderItem
from engine.errors import UsageError

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


class JsonShape(Protocol):
    """A module that maps one kind of JSON record (osquery, auoms, Defender rows)."""

    def recognises(self, record: dict[str, Any]) -> bool:
        """Whether the record is of this kind. Cheap: a look at one or two keys."""
        ...

    def map_record(self, record: dict[str, Any], position: int) -> ReaderItem:
        """The record as an event, a Reject, or None when it is no process creation."""
        ...


@cache
def all_readers() -> tuple[Reader, ...]:
    """Every reader, most specific first."""
    # Imported here: these modules import ReadOptions from this one.
    from engine.readers.json import reader as jsonevents
    from engine.readers.linux import auditd, strace, sysmon_linux
    from engine.readers.tables import csv_defender, csv_generic, csv_loganalytics, pair_list, sequence_list
    from engine.readers.windows import csv_eventviewer, evtx, xmlevents

    return (
        evtx.READER,
        xmlevents.READER,
        jsonevents.READER,
        sysmon_linux.READER,
        auditd.READER,
        strace.READER,
        csv_eventviewer.READER,
        csv_defender.READER,
        csv_loganalytics.READER,
        sequence_list.READER,
        pair_list.READER,
        csv_generic.READER,
    )


@cache
def json_shapes() -> tuple[JsonShape, ...]:
    """Shapes of JSON records that live in modules of their own, asked in this order."""
    from engine.readers.json import osquery
    from engine.readers.linux import auoms, sysmon_linux
    from engine.readers.tables import csv_defender

    return (osquery, auoms, sysmon_linux, csv_defender)


def reader_names() -> tuple[str, ...]:
    """The values that `--format` takes."""
    return tuple(reader.name for reader in all_readers())


def reader_named(name: str) -> Reader:
    """The reader for `--format NAME`. Raises UsageError with the names there are."""
    for reader in all_readers():
        if reader.name == name:
            return reader
    raise UsageError(f"There is no format {name!r}.", remedy="Formats: " + ", ".join(reader_names()))
