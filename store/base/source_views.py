"""What leaves the store about single sources and their records; see store/base/views.py."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SourceView:
    """One ingested file and its counts: read = kept + rejected + other; merged is a part of kept."""

    id: int
    path: str
    sha256: str
    size: int
    format: str
    state: str
    read: int
    kept: int
    other: int
    rejected: int
    merged: int
    error: str | None
    started_us: int
    finished_us: int | None
    untrusted: int
    """Kept, but from a part of the log whose checksum is wrong."""
    container: str | None
    """The delivered file that it came out of, and that file's hash; `sha256` is of the content as it was read."""
    container_sha256: str | None
    unknown: int
    """Of `other`: records that nobody understood."""
    notes: tuple[NoteView, ...]


@dataclass(frozen=True, slots=True)
class NoteView:
    """Something about a source as a whole; a sentence for a person, and how many records it is about."""

    code: str
    text: str
    count: int


@dataclass(frozen=True, slots=True)
class SpanView:
    """What a source has of a host, records of one kind."""

    host: str
    source_id: int
    source: str
    kind: str
    records: int
    first_us: int | None
    last_us: int | None
    first_id: int | None
    """The log's own numbers, the lowest and the highest."""
    last_id: int | None
    read: int
    """Records read from the source, whatever they are: where the numbers span more, some are not in it."""


@dataclass(frozen=True, slots=True)
class FactView:
    """What a record says of its host: log-cleared, clock-set …"""

    host: str
    source_id: int
    source: str
    position: int
    code: str
    text: str
    time_us: int | None
    total: int
    """How many its host has of this code."""


@dataclass(frozen=True, slots=True)
class RejectView:
    """A record that could not be used."""

    id: int
    source_id: int
    source: str
    position: int
    code: str
    reason: str
    record_id: str | None
    sample: bytes
