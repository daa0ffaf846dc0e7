"""Ingest: files and archives in, linked processes and chains out. Streaming, resumable, one transaction a batch.

A source is known by its hash, which is taken in a pass of its own: what is in the case is not read again, and an interrupted
ingest goes on. The pass that reads hashes too, and its hash is the one that is kept. Rejected: one pass, and to find out
behind it what was read in vain.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import BinaryIO, cast

from engine.domain.event_table import Items, flat
from engine.errors import InputError, SourceBusy
from engine.jobs.ingest.bundle import Bundle, Content, Delivery
from engine.jobs.ingest.chunks import Chunks, Part, batch_of
from engine.jobs.ingest.collector import seldom_collected
from engine.jobs.ingest.link import link_case
from engine.jobs.ingest.meter import Meter
from engine.jobs.ingest.report import SOME_BYTES, IngestReport, SourceReport
from engine.jobs.ingest.request import IngestRequest
from engine.jobs.ingest.span import label, with_doubts, within
from engine.jobs.ports.ingest import Batch, IngestStore, SourceTicket
from engine.progress import Run
from engine.readers.containers.member import Hashed, Member, Remark
from engine.readers.containers.walk import expand
from engine.readers.contract import ReadOptions, TablingReader
from engine.readers.crew.crew import Crew
from engine.readers.detect import EMPTY, Detected, NoLog, detect, read_head
from engine.threads import cores

ENOUGH = 4
"""Processes that are started unasked: the one that writes takes two to three times as long as one that reads JSON lines."""
REMEDY_CHANGED = "Ingest a copy of it that nothing writes to any more."


@seldom_collected()
def ingest(request: IngestRequest, store: IngestStore, run: Run) -> IngestReport:
    """Read everything under the paths of `request` into its case, then link what is new.

    A damaged file or record is reported and costs only itself. On Cancelled the committed batches stay; the next
    ingest of the same content goes on where this one stopped.
    """
    # Absolute, because the store outlives the folder that the user stands in; links stay as they are written.
    paths = [Path(os.path.abspath(path)) for path in request.paths]  # noqa: PTH100 - Path.absolute keeps ".."
    store.comes_from(request.case, [str(path) for path in paths])
    with closing(_crew(request, run)) as crew:
        intake = Intake(request, store, Meter(paths, run.report), run, crew)
        for found in expand(paths, password=request.password, own=request.own):
            run.raise_if_cancelled()
            if isinstance(found, InputError):
                intake.refuse(SourceReport(found.file), found)
            elif isinstance(found, Remark):
                intake.report.remarks.append((found.path, found.message))
            else:
                intake.take(found)
        intake.finish()
        intake.report.mapping_unused = bool(request.mapping) and not intake.mapped
        intake.report.hosts_linked = link_case(request.case, store, run, crew)
    store.leave_if_empty(request.case)
    return intake.report


def _crew(request: IngestRequest, run: Run) -> Crew:
    """The processes that read beside this one. Asked for by number they read from the first byte of a source on."""
    if request.workers is None:
        return Crew(min(cores(), ENOUGH) - 1, run.raise_if_cancelled)
    return Crew(max(request.workers - 1, 0), run.raise_if_cancelled, pays_bytes=0)


class Intake:
    """One run of ingest: takes member after member."""

    def __init__(self, request: IngestRequest, store: IngestStore, meter: Meter, run: Run, crew: Crew | None = None) -> None:
        self.report = IngestReport(request.case)
        self.meter = meter
        self.mapped = False
        """Whether the mapping was used."""
        self._request = request
        self._store = store
        self._run = run
        self._crew = crew
        self._bundle = Bundle(request.case, store, run)
        self._delivery = Delivery(self._bundle, self.refuse)

    def take(self, member: Member) -> None:
        """Detect, fingerprint, read and store one member; what cannot be read ends up in the report."""
        source = SourceReport(member.path)
        self._delivery.turn_to(member)
        self.meter.enter(member.path, member.size)
        try:
            detected = detect(member, self._request.format, self._request.mapping)
            if isinstance(detected, NoLog):
                self._pass_over(member, detected.words)
                return
            with member.open() as stream:
                found = Hashed(stream).drain(self._run.raise_if_cancelled)
        except InputError as error:
            self.refuse(source, error)
            return
        self.report.sources.append(source)
        self.mapped |= detected.mapped
        # Another format than the guessed one, so that what gave nothing without the mapping is read again with it.
        source.format = detected.reader.name + ("+map" if detected.mapped else "") + label(self._request.span)
        if not self._bundle.may_hold(*found) or not self._read_small(member, detected, found, source):
            self._read_large(member, detected, found, source)

    def _pass_over(self, member: Member, words: str) -> None:
        """Name a member that no reader reads."""
        if words == EMPTY:
            self.report.empty.append(member.path)
        elif words:
            self.report.others.append((member.path, words))
        else:
            self.report.skipped.append(member.path)
            self.report.large_skipped += _is_large(member)

    def finish(self) -> None:
        """Store the records that the last full batch left over."""
        self._delivery.leave()
        self._bundle.store()
        self.meter.finish()

    def refuse(self, source: SourceReport, error: InputError) -> None:
        """Report an input of which nothing can be read, and leave a trace in the store."""
        source.fail(error)
        self.report.sources.append(source)
        self._bundle.store()
        delivered = self._delivery.on_disk(source.path, self._run.raise_if_cancelled)
        self._store.note_unread(self._request.case, source.path, source.error, delivered)

    def _read_small(self, member: Member, detected: Detected, found: Content, source: SourceReport) -> bool:
        """Read a source to its end and store it with others; False, and nothing done, when it is no small one after all."""
        with member.open() as opened:
            stream = Hashed(opened)
            problems: list[InputError] = []
            chunks = Chunks(_unbroken(self._records(member, detected, stream), problems))
            chunk = chunks.take()
            if chunks.take():
                return False
            read = stream.drain(self._run.raise_if_cancelled)
        if read != found and not self._bundle.may_hold(*read):
            return False
        for problem in problems:
            source.fail(problem)
        _compare(member, found, read, source)
        batch = self._batch(chunk, source)
        self._bundle.add(member, read, source, batch)
        self.meter.add(batch.items, read[1], member.path)
        return True

    def _read_large(self, member: Member, detected: Detected, found: Content, source: SourceReport) -> None:
        """Read a source batch by batch, each stored before the next is read."""
        self._bundle.store()
        try:
            ticket = self._store.begin_source(self._request.case, member.path, *found, source.format)
            self._delivery.brought(ticket.id)
            if ticket.complete:
                source.known = True
                self.meter.add(0, found[1], member.path)
            else:
                self._read(member, detected, ticket, found, source)
        except SourceBusy as error:
            # The other process finishes it; this one goes on with the rest.
            source.fail(error)

    def _read(self, member: Member, detected: Detected, ticket: SourceTicket, found: Content, source: SourceReport) -> None:
        with member.open() as opened:
            stream = Hashed(opened)
            seen = 0
            problems: list[InputError] = []
            chunks = Chunks(_unbroken(self._records(member, detected, stream), problems))
            # Readers are deterministic, so the items of an interrupted run are skipped by number.
            source.resumed = chunks.skip(ticket.resume_from)
            while chunk := chunks.take():
                self._run.raise_if_cancelled()
                batch = self._batch(chunk, source)
                self._store.append(ticket, batch)
                self.meter.add(batch.items, max(stream.size - seen, 0), member.path)
                seen = stream.size
            read = stream.drain(self._run.raise_if_cancelled)
        for problem in problems:
            source.fail(problem)
        _compare(member, found, read, source)
        self._store.finish_source(ticket, source.error or None, None if read == found else read)

    def _records(self, member: Member, detected: Detected, stream: Hashed) -> Iterator[Items]:
        mapping = self._request.mapping if detected.mapped else None
        options = ReadOptions(mapping, self._request.host or "", member.path, self._request.zone, member.open, self._crew)
        reader, source = detected.reader, cast("BinaryIO", stream)
        items = reader.tables(source, options) if isinstance(reader, TablingReader) else reader.read(source, options)
        return with_doubts(within(flat(items), self._request.span) if self._request.span.bounded else items)

    def _batch(self, chunk: list[Part], source: SourceReport) -> Batch:
        """The items for the store, counted in the report."""
        batch, unknown = batch_of(chunk, self._request.host)
        source.notes += batch.notes
        source.read += batch.items
        source.kept += len(batch.events)
        source.other += batch.items - len(batch.events) - len(batch.rejects)
        if unknown:
            source.add_unknown(unknown)
        source.rejected.update(reject.code for reject in batch.rejects)
        source.untrusted += batch.untrusted
        return batch


def _compare(member: Member, found: Content, read: Content, source: SourceReport) -> None:
    """Say where a source was not what it had been: its records may be of two states."""
    # What came out of a container is compared as a whole, when the last of it was read.
    changed = member.origin.changed() if member.origin and not member.packed else ""
    if read != found:
        changed = changed or "read twice, it was not the same"
    if changed:
        message = f"It changed while it was read: {changed}. The hash in the case is of what was read."
        source.fail(InputError(message, file=member.path, remedy=REMEDY_CHANGED))


def _unbroken(items: Iterator[Items], problems: list[InputError]) -> Iterator[Items]:
    """The items; a stream that breaks ends the source with the reason in `problems` and keeps what came before."""
    try:
        yield from items
    except InputError as error:
        problems.append(error)


def _is_large(member: Member) -> bool:
    if member.size is not None:
        return member.size >= SOME_BYTES
    with suppress(InputError), member.open() as stream:
        return len(read_head(stream)) >= SOME_BYTES
    return False
