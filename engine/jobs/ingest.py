"""Ingest: files and archives in, linked processes and chains out. Streaming, resumable, one transaction a batch."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import BinaryIO

import msgspec

from engine.errors import InputError, SourceBusy
from engine.jobs.collector import seldom_collected
from engine.jobs.link import link_case
from engine.jobs.meter import Meter
from engine.jobs.report import SOME_BYTES, IngestReport, SourceReport
from engine.ports import Batch, IngestStore, SourceTicket
from engine.progress import CancelToken, Listener
from engine.readers.containers import expand
from engine.readers.detect import Detected, detect, read_head
from engine.readers.registry import ReadOptions
from engine.readers.source import Member
from engine.records import ProcessEvent, ReaderItem, Reject

BATCH_ITEMS = 10_000
"""Reader items in a transaction: about 0.3 s of work, which is also how late a cancellation can be."""
BATCH_CHARS = 32_000_000
"""Command-line characters in a transaction: 3,200 for each of the 10,000 records, far above what real logs have."""
SLICE = 50
"""Items between two looks at what their command lines add up to: 400 MB if every one is as long as a line may be."""
HASH_CHUNK = 1 << 20

_COMMAND, _PARENT_COMMAND = attrgetter("command_line"), attrgetter("parent_command_line")


@dataclass(frozen=True, slots=True)
class IngestRequest:
    """What to ingest and what the user said about it."""

    paths: Sequence[Path]
    case: str
    format: str | None = None
    """Name of a reader; None detects from the content."""
    host: str | None = None
    """Host of all records, whatever they say themselves."""
    mapping: dict[str, str] = field(default_factory=dict)
    """Column mapping of the generic reader: field of ProcessEvent -> column."""


@seldom_collected()
def ingest(request: IngestRequest, store: IngestStore, listener: Listener, token: CancelToken) -> IngestReport:
    """Read everything under `request.paths` into `request.case`, then link what is new.

    A damaged file or record is reported and costs only itself. On Cancelled the committed batches stay; the next
    ingest of the same content goes on where this one stopped.
    """
    # Absolute, because the store outlives the folder that the user stands in; links stay as they are written.
    paths = [Path(os.path.abspath(path)) for path in request.paths]  # noqa: PTH100 - Path.absolute keeps ".."
    intake = Intake(request, store, Meter(paths, listener), token)
    for found in expand(paths):
        token.raise_if_cancelled()
        if isinstance(found, InputError):
            intake.refuse(SourceReport(found.file), found)
        else:
            intake.take(found)
    intake.meter.finish()
    intake.report.mapping_unused = bool(request.mapping) and not intake.mapped
    intake.report.hosts_linked = link_case(request.case, store, listener, token)
    return intake.report


class Intake:
    """One run of ingest: takes member after member."""

    def __init__(self, request: IngestRequest, store: IngestStore, meter: Meter, token: CancelToken) -> None:
        self.report = IngestReport(request.case)
        self.meter = meter
        self.mapped = False
        """Whether the mapping was used."""
        self._request = request
        self._store = store
        self._token = token

    def take(self, member: Member) -> None:
        """Detect, fingerprint, read and store one member; what cannot be read ends up in the report."""
        source = SourceReport(member.path)
        self.meter.enter(member.path, member.size)
        try:
            detected = detect(member, self._request.format, self._request.mapping)
            if detected is None:
                self.report.skipped.append(member.path)
                self.report.large_skipped += _is_large(member)
                return
            digest, size = self._fingerprint(member)
        except InputError as error:
            self.refuse(source, error)
            return
        self.report.sources.append(source)
        self.mapped |= detected.mapped
        # Another format than the guessed one, so that what gave nothing without the mapping is read again with it.
        source.format = detected.reader.name + ("+map" if detected.mapped else "")
        try:
            ticket = self._store.begin_source(self._request.case, member.path, digest, size, source.format)
            if ticket.complete:
                source.known = True
                self.meter.add(0, size, member.path)
            else:
                self._read(member, detected, ticket, source)
        except SourceBusy as error:
            # The other process finishes it; this one goes on with the rest.
            source.fail(error)

    def refuse(self, source: SourceReport, error: InputError) -> None:
        """Report an input of which nothing can be read, and leave a trace in the store."""
        source.fail(error)
        self.report.sources.append(source)
        self._store.note_unread(self._request.case, source.path, source.error)

    def _fingerprint(self, member: Member) -> tuple[str, int]:
        """Content hash and size; archives are decompressed once more for it.

        A stream that breaks is identified by what can be read of it: the reader will meet the same end and report it.
        """
        digest, size = hashlib.sha256(), 0
        with member.open() as stream, suppress(InputError):
            while chunk := stream.read(HASH_CHUNK):
                self._token.raise_if_cancelled()
                digest.update(chunk)
                size += len(chunk)
        return digest.hexdigest(), size

    def _read(self, member: Member, detected: Detected, ticket: SourceTicket, source: SourceReport) -> None:
        request = self._request
        mapping = request.mapping if detected.mapped else None
        options = ReadOptions(mapping=mapping, host=request.host or "", path=member.path)
        with member.open() as stream:
            seen = 0
            items = _unbroken(detected.reader.read(stream, options), source)
            # Readers are deterministic, so the items of an interrupted run are skipped by number.
            source.resumed = sum(1 for _ in islice(items, ticket.resume_from))
            while chunk := take(items):
                self._token.raise_if_cancelled()
                self._store.append(ticket, self._batch(chunk, source))
                position = tell(stream)
                self.meter.add(len(chunk), max(position - seen, 0), member.path)
                seen = position
        self._store.finish_source(ticket, source.error or None)

    def _batch(self, chunk: list[ReaderItem], source: SourceReport) -> Batch:
        """The items sorted by what they are, and counted."""
        events = [item for item in chunk if type(item) is ProcessEvent]
        rejects = [] if len(events) == len(chunk) else [item for item in chunk if type(item) is Reject]
        source.read += len(chunk)
        source.kept += len(events)
        source.other += len(chunk) - len(events) - len(rejects)
        source.rejected.update(reject.code for reject in rejects)
        if self._request.host:
            events = [msgspec.structs.replace(event, host=self._request.host) for event in events]
        return Batch(events, rejects, len(chunk))


def _unbroken(items: Iterator[ReaderItem], source: SourceReport) -> Iterator[ReaderItem]:
    """The items; a stream that breaks ends the source with the reason and keeps what came before."""
    try:
        yield from items
    except InputError as error:
        source.fail(error)


def _is_large(member: Member) -> bool:
    if member.size is not None:
        return member.size >= SOME_BYTES
    with suppress(InputError), member.open() as stream:
        return len(read_head(stream)) >= SOME_BYTES
    return False


def take(items: Iterator[ReaderItem]) -> list[ReaderItem]:
    """The next batch: BATCH_ITEMS items, or fewer when their command lines are huge (a hostile one may have megabytes).

    A few at a time: to ask each item for its length costs as much as to store its number.
    """
    chunk: list[ReaderItem] = []
    room = BATCH_CHARS
    while room > 0 and (part := list(islice(items, min(SLICE, BATCH_ITEMS - len(chunk))))):
        chunk += part
        events = [item for item in part if type(item) is ProcessEvent]
        for text in (_COMMAND, _PARENT_COMMAND):
            room -= sum(map(len, filter(None, map(text, events))))
    return chunk


def tell(stream: BinaryIO) -> int:
    """Position in the content; 0 once a reader has closed the stream. Only feeds the progress bar."""
    try:
        return stream.tell()
    except (OSError, ValueError):
        return 0
