"""What ingest needs: where records, links and chains are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from engine.domain.chains import ChainSet
from engine.domain.lineage import HostEvents, Lineage
from engine.domain.records import HostFact, Note, ProcessEnd, ProcessEvent, Reject
from engine.progress import Check, unasked

SPAN_MARK = " within "
"""In a source's format, before the span of time that was read of it: it is read again when another span, or all, is wanted."""

FLEET_MARK = " by fleet"
"""Ends a source's format where only those of its records were kept that findings of an estate are of (engine.jobs.fleet)."""


@dataclass(frozen=True, slots=True)
class SourceTicket:
    """A source that is being ingested."""

    id: int
    resume_from: int
    """Reader items to skip: they are in the store already (an earlier run was interrupted)."""
    complete: bool
    """The same content is in this case already; nothing to do."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction of an ingest adds. `items` counts every record, others included, and no notes."""

    events: Sequence[ProcessEvent]
    rejects: Sequence[Reject]
    items: int
    ends: Sequence[ProcessEnd] = ()
    facts: Sequence[HostFact] = ()
    notes: Sequence[Note] = ()
    unknown: int = 0
    """Records that nobody understood."""

    @property
    def untrusted(self) -> int:
        """Records that were kept and may not say what was logged."""
        return sum(reject.untrusted for reject in self.rejects)


@dataclass(frozen=True, slots=True)
class WholeSource:
    """A source that was read to its end before anything of it was stored: a small file, one of many."""

    path: str
    sha256: str
    size: int
    format: str
    batch: Batch
    error: str
    """As `finish_source` takes it, "" for none."""
    container: tuple[str, str] | None
    """As `note_container` takes it: path and SHA-256 of the file that was delivered; None when that is noted later, or never."""


@dataclass(frozen=True, slots=True)
class LinkedHost:
    """All that linking made of a host."""

    host_id: int
    events: HostEvents
    lineage: Lineage
    chains: ChainSet


class HostPlace(NamedTuple):
    """How another process reads hosts of the same store."""

    module: str
    """It has `host_reader(place)`, which gives a HostReader."""
    place: str


class HostReader(Protocol):
    """What linking reads."""

    def load_host(self, host_id: int, check: Check = unasked) -> HostEvents:
        """All records of a host, as columns."""
        ...


class IngestStore(HostReader, Protocol):
    """Where ingest writes. Each method is one short transaction; all of it survives kill -9 between any two calls."""

    def comes_from(self, case: str, paths: Sequence[str]) -> None:
        """Remember what is ingested, absolute, with the first thing that is stored of it: no result may replace it."""

    def holds(self, case: str, sha256: str) -> bool:
        """Whether the case has a source with this content, in whatever state. May err towards True, which costs time only."""

    def add_sources(self, case: str, sources: Sequence[WholeSource]) -> Sequence[int | None]:
        """Begin, fill and finish small sources in one transaction; None for one that another process has begun meanwhile."""

    def begin_source(self, case: str, path: str, sha256: str, size: int, fmt: str) -> SourceTicket:
        """Open a source by content hash: new, to be resumed, or complete. Creates the case when it is new."""

    def append(self, ticket: SourceTicket, batch: Batch) -> None:
        """Store a batch and the source's progress together; marks the hosts in it as needing links."""

    def finish_source(self, ticket: SourceTicket, error: str | None = None, read: tuple[str, int] | None = None) -> None:
        """Close a source: done, or failed with what was kept before `error`.

        `read`: hash and size of what was read, where it is not what the source was begun with.
        """

    def note_container(self, source_ids: Sequence[int], path: str, sha256: str) -> None:
        """Tell of sources what file they were delivered in; what was told of one before stays."""

    def note_unread(self, case: str, path: str, error: str, delivered: tuple[str, str] | None = None) -> None:
        """Remember an input that could not be read at all, until content from its path is ingested.

        `delivered`: the file on disk that it is or came in, and its SHA-256, where its bytes can be read all the same.
        """

    def settle_hosts(self, case: str) -> None:
        """Decide which names are one host, by all that is in the case. Idempotent; before `unlinked_hosts` is asked."""
        ...

    def unlinked_hosts(self, case: str) -> Sequence[int]:
        """Hosts with records newer than their links."""

    def elsewhere(self) -> HostPlace | None:
        """Where another process can read hosts, once what was appended is stored; None where none can."""

    def write_lineage(self, linked: Sequence[LinkedHost], check: Check = unasked) -> None:
        """Replace links, placeholders, chains and chain counts of some hosts in one transaction; all or nothing of it."""

    def finish_lineage(self, case: str) -> None:
        """Refresh what is derived over hosts: counts per chain and per source. Idempotent."""

    def leave_if_empty(self, case: str) -> None:
        """Remove a case that this run made, unless something was kept or has to be told of it."""
