"""Reading on a worker: some files by the very ingest of one machine, into records packed by host instead of into a store.

What is found out about a file (its format, its hash, its damage) is what `oddkin ingest` finds out, since it is the same code.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.domain.lineage import HostEvents
from engine.domain.records import HostFact, Note, ProcessEnd, ProcessEvent, Reject
from engine.errors import InputError
from engine.fleet.names import group_of, key_of
from engine.fleet.packed import HostBlock, blob, block
from engine.jobs.fleet.files import FleetFile, at_hand
from engine.jobs.ingest.report import IngestReport, SourceReport
from engine.jobs.ingest.request import IngestRequest
from engine.jobs.ingest.run import ingest
from engine.jobs.ports.ingest import Batch, HostPlace, LinkedHost, SourceTicket, WholeSource
from engine.progress import Check, Run, unasked

FLUSH = 100_000
"""Records that are packed together: some hundred MB as objects."""
MOST_SOURCES = 1 << 24
"""Of one task: a source is numbered by its task, then by its place there."""
KEPT_REJECTS = 10_000
"""Rejects of a source that are handed on; the others are counted."""


@dataclass(slots=True)
class FleetSource:
    """What is told of one source, in the words of the table `source`."""

    number: int
    """Higher for what was named later: of equal contents the lowest counts."""
    path: str
    sha256: str
    size: int
    format: str
    items: int = 0
    kept: int = 0
    untrusted: int = 0
    unknown: int = 0
    rejected: int = 0
    rejects: list[Reject] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    error: str = ""
    container: tuple[str, str] | None = None
    copies: list[str] = field(default_factory=list)
    """Other paths of the same content."""
    merged: int = 0


@dataclass(frozen=True, slots=True)
class Unread:
    """An input of which nothing can be read."""

    path: str
    error: str
    delivered: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class ReadTask:
    """What one worker reads at a time."""

    number: int
    files: tuple[FleetFile, ...]
    request: IngestRequest
    """Without paths."""
    groups: int
    """In how many groups hosts are brought together."""


@dataclass(slots=True)
class ReadFiles:
    """What a task found, its records aside."""

    number: int
    report: IngestReport
    sources: list[FleetSource]
    unread: list[Unread]
    bytes_read: int
    bytes_packed: int = 0
    """Of records, as they travel."""


Packed = list[tuple[int, bytes]]
"""(group, engine.fleet.packed.blob) of some records."""


def read(task: ReadTask) -> tuple[ReadFiles, Packed]:
    """Read the files of a task. Damage is told in the report, as ingest tells it."""
    kept = PackedRecords(task)
    report = IngestReport(task.request.case)
    for file in task.files:
        try:
            with at_hand(file) as path:
                kept.reading(file, path)
                found = ingest(replace(task.request, paths=[path], workers=1), kept, Run())
        except InputError as error:
            found = IngestReport(task.request.case, [SourceReport(file.path)])
            found.sources[0].fail(error)
            kept.note_unread(task.request.case, file.path, found.sources[0].error)
        _add(report, found, kept.shown)
    packed = kept.finish()
    told = ReadFiles(task.number, report, kept.sources, kept.unread, sum(file.size for file in task.files))
    told.bytes_packed = sum(len(data) for _, data in packed)
    return told, packed


def _add(report: IngestReport, found: IngestReport, shown: Callable[[str], str]) -> None:
    """Take over what was found in a file, under the file's own name."""
    for source in found.sources:
        source.path, source.error = shown(source.path), shown(source.error)
    report.sources += found.sources
    report.skipped += map(shown, found.skipped)
    report.empty += map(shown, found.empty)
    report.others += [(shown(path), words) for path, words in found.others]
    report.remarks += [(shown(path), shown(words)) for path, words in found.remarks]
    report.large_skipped += found.large_skipped


Own = dict[str, tuple[list[ProcessEvent], list[ProcessEnd], list[HostFact]]]
"""Key of a host -> what a source says of it."""


class PackedRecords:
    """engine.jobs.ports.ingest.IngestStore that keeps records packed by host, and links nothing."""

    def __init__(self, task: ReadTask) -> None:
        self.sources: list[FleetSource] = []
        self.unread: list[Unread] = []
        self._first = task.number * MOST_SOURCES
        self._groups = task.groups
        self._of_content: dict[str, FleetSource] = {}
        self._path = self._name = ""
        self._waiting: dict[int, Own] = {}
        self._records = 0
        self._pieces: Counter[int] = Counter()
        self._packed: Packed = []

    def reading(self, file: FleetFile, path: Path) -> None:
        """The file that is read now, and where it lies for the time."""
        self._path, self._name = str(path), file.path

    def shown(self, text: str) -> str:
        """A path, or words with one, in which the file has its own name again."""
        return text.replace(self._path, self._name) if self._path and self._path != self._name else text

    def comes_from(self, case: str, paths: Sequence[str]) -> None:
        """Nothing: who asked for the fleet keeps what was named."""

    def holds(self, case: str, sha256: str) -> bool:
        """Whether a file of this task had the content; what others had is compared behind all of them."""
        return sha256 in self._of_content

    def add_sources(self, case: str, sources: Sequence[WholeSource]) -> Sequence[int | None]:
        """Take small sources that were read to their end."""
        numbers: list[int | None] = []
        for one in sources:
            source = self._begin(one.path, one.sha256, one.size, one.format)
            self._take(source, one.batch)
            source.error = self.shown(one.error)
            source.container = one.container and (self.shown(one.container[0]), one.container[1])
            numbers.append(source.number)
        return numbers

    def begin_source(self, case: str, path: str, sha256: str, size: int, fmt: str) -> SourceTicket:
        """Begin a source, or know one of the same content."""
        if known := self._of_content.get(sha256):
            known.copies.append(self.shown(path))
            return SourceTicket(known.number, 0, complete=True)
        return SourceTicket(self._begin(path, sha256, size, fmt).number, 0, complete=False)

    def append(self, ticket: SourceTicket, batch: Batch) -> None:
        """Take a batch of a large source."""
        self._take(self._numbered(ticket.id), batch)

    def finish_source(self, ticket: SourceTicket, error: str | None = None, read: tuple[str, int] | None = None) -> None:
        """A large source was read as far as it goes."""
        source = self._numbered(ticket.id)
        source.error = self.shown(error or "")
        if read is not None:
            source.sha256, source.size = read

    def note_container(self, source_ids: Sequence[int], path: str, sha256: str) -> None:
        """In which file sources were delivered."""
        for number in source_ids:
            source = self._numbered(number)
            source.container = source.container or (self.shown(path), sha256)

    def note_unread(self, case: str, path: str, error: str, delivered: tuple[str, str] | None = None) -> None:
        """An input of which nothing can be read."""
        on_disk = None if delivered is None else (self.shown(delivered[0]), delivered[1])
        self.unread.append(Unread(self.shown(path), self.shown(error), on_disk))

    def settle_hosts(self, case: str) -> None:
        """Nothing: hosts are settled where all of a part are together."""

    def unlinked_hosts(self, case: str) -> Sequence[int]:
        """None: see `settle_hosts`."""
        return ()

    def elsewhere(self) -> HostPlace | None:
        """Nowhere: see `unlinked_hosts`."""
        return None

    def load_host(self, host_id: int, check: Check = unasked) -> HostEvents:
        """Of no host: see `unlinked_hosts`."""
        raise LookupError(host_id)

    def write_lineage(self, linked: Sequence[LinkedHost], check: Check = unasked) -> None:
        """Nothing: see `unlinked_hosts`."""

    def finish_lineage(self, case: str) -> None:
        """Nothing: see `unlinked_hosts`."""

    def leave_if_empty(self, case: str) -> None:
        """Nothing: no case was made."""

    def finish(self) -> Packed:
        """All records, packed."""
        self._flush()
        return self._packed

    def _begin(self, path: str, sha256: str, size: int, fmt: str) -> FleetSource:
        source = FleetSource(self._first + len(self.sources), self.shown(path), sha256, size, fmt)
        self.sources.append(source)
        self._of_content[sha256] = source
        return source

    def _numbered(self, number: int) -> FleetSource:
        return self.sources[number - self._first]

    def _take(self, source: FleetSource, batch: Batch) -> None:
        source.items += batch.items
        source.kept += len(batch.events)
        source.untrusted += batch.untrusted
        source.unknown += batch.unknown
        source.rejected += len(batch.rejects)
        source.rejects += batch.rejects[: max(KEPT_REJECTS - len(source.rejects), 0)]
        source.notes += [note for note in batch.notes if note not in source.notes]
        own = self._waiting.setdefault(source.number, {})
        keys: dict[str, tuple[list[ProcessEvent], list[ProcessEnd], list[HostFact]]] = {}

        def of(host: str) -> tuple[list[ProcessEvent], list[ProcessEnd], list[HostFact]]:
            if host not in keys:
                keys[host] = own.setdefault(key_of(host, source.path), ([], [], []))
            return keys[host]

        for event in batch.events:
            of(event.host)[0].append(event)
        for end in batch.ends:
            of(end.host)[1].append(end)
        for fact in batch.facts:
            of(fact.host)[2].append(fact)
        self._records += batch.items
        if self._records >= FLUSH:
            self._flush()

    def _flush(self) -> None:
        """Pack what waits, a run of bytes for each group."""
        by_group: dict[int, list[HostBlock]] = {}
        for number, own in self._waiting.items():
            for key, (events, ends, facts) in own.items():
                made = block(key, number, self._pieces[number], events, ends, facts)
                by_group.setdefault(group_of(key, self._groups), []).append(made)
            self._pieces[number] += 1
        self._packed += [(group, blob(blocks)) for group, blocks in sorted(by_group.items())]
        self._waiting, self._records = {}, 0
