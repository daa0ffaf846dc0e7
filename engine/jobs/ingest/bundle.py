"""Small sources that are stored together, and what file each source was delivered in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.errors import InputError, SourceBusy
from engine.jobs.ingest.report import SourceReport
from engine.jobs.ports.ingest import Batch, IngestStore, WholeSource
from engine.progress import Check, Run
from engine.readers.containers.member import SEPARATOR, Member
from engine.readers.containers.origin import ByteOrigin, is_file

SMALL_BYTES = 1 << 20
"""Content of a source that is stored with others. Three transactions a source are most of what a folder of small logs costs."""
BUNDLE_BYTES = 8 << 20
BUNDLE_ITEMS = 5_000
"""What is stored together: half a batch, about as long a transaction as a batch is."""

Content = tuple[str, int]
"""SHA-256 (hexadecimal) and size."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    path: str
    content: Content
    batch: Batch
    report: SourceReport
    origin: ByteOrigin | None
    """What it was delivered in; None for a file that is no container."""


class Bundle:
    """Sources that were read and wait for being stored. What a kill takes of them is read again: nothing of them is begun."""

    def __init__(self, case: str, store: IngestStore, run: Run) -> None:
        self._case = case
        self._run = run
        self._waiting: list[_Waiting] = []
        self._digests: set[str] = set()
        self._bytes = self._items = 0
        self.ingest = store
        self.open: ByteOrigin | None = None
        """The container that is being read: its hash is there when its end was reached."""
        self.delivered: list[int] = []
        """Sources out of it that are stored."""

    def may_hold(self, sha256: str, size: int) -> bool:
        """Whether this content is small and new."""
        return size <= SMALL_BYTES and sha256 not in self._digests and not self.ingest.holds(self._case, sha256)

    def add(self, member: Member, content: Content, report: SourceReport, batch: Batch) -> None:
        """Take a source that was read to its end; stores all when they have become many."""
        self._waiting.append(_Waiting(member.path, content, batch, report, member.origin if member.packed else None))
        self._digests.add(content[0])
        self._bytes += content[1]
        self._items += batch.items
        if self._bytes >= BUNDLE_BYTES or self._items >= BUNDLE_ITEMS:
            self.store()

    def store(self) -> None:
        """Store what waits, in the order in which it came."""
        waiting, self._waiting = self._waiting, []
        self._digests.clear()
        self._bytes = self._items = 0
        if not waiting:
            return
        self._run.raise_if_cancelled()
        whole = [
            WholeSource(one.path, *one.content, one.report.format, one.batch, one.report.error, self._container(one.origin))
            for one in waiting
        ]
        for one, source_id in zip(waiting, self.ingest.add_sources(self._case, whole), strict=True):
            if source_id is None:
                one.report.disown(SourceBusy("Another oddkin is ingesting the same file."))
            elif one.origin is not None and one.origin is self.open:
                self.delivered.append(source_id)

    def _container(self, origin: ByteOrigin | None) -> tuple[str, str] | None:
        if origin is None or origin is self.open:
            return None
        try:
            return str(origin.path), origin.digest(self._run.raise_if_cancelled)
        except InputError:
            return None  # gone since it was left, which was said then

    def note_delivered(self, origin: ByteOrigin) -> None:
        """Tell the stored sources what they came in."""
        if self.delivered:
            digest = origin.digest(self._run.raise_if_cancelled)
            self.ingest.note_container(self.delivered, str(origin.path), digest)
            self.delivered = []


class Delivery:
    """Follows which file on disk is being read, and closes each when the next begins."""

    def __init__(self, bundle: Bundle, refuse: Callable[[SourceReport, InputError], None]) -> None:
        self._bundle = bundle
        self._refuse = refuse
        self._unread: ByteOrigin | None = None
        """The file that the last input came in of which nothing could be read: a damaged archive may hold thousands of them."""

    def turn_to(self, member: Member) -> None:
        """The file that the next source comes from."""
        origin = member.origin if member.packed else None
        if origin is not self._bundle.open:
            self.leave()
            self._bundle.open = origin

    def brought(self, source_id: int) -> None:
        """A source that is in the store came out of the file."""
        if self._bundle.open is not None:
            self._bundle.delivered.append(source_id)

    def on_disk(self, path: str, pause: Check) -> tuple[str, str] | None:
        """The file that an input of which nothing can be read is, or came in, and its hash; None where its bytes cannot be read
        either. Whoever looks at the evidence later can tell whether it still is what could not be read.
        """
        parts = path.split(SEPARATOR)
        ways = (Path(SEPARATOR.join(parts[:count])) for count in range(len(parts), 0, -1))
        file = next((way for way in ways if is_file(way)), None)
        if file is None:
            return None
        try:
            if self._unread is None or self._unread.path != file:
                self._unread = ByteOrigin(file)
            return str(file), self._unread.digest(pause)
        except InputError:
            return None

    def leave(self) -> None:
        """The container, if it was one, was read to its end: note its hash, and say when it is no longer what it was."""
        origin, self._bundle.open = self._bundle.open, None
        if origin is None:
            return
        self._unread = origin
        path = str(origin.path)
        try:
            self._bundle.note_delivered(origin)
        except InputError as error:
            self._refuse(SourceReport(path), error)
        if changed := origin.changed():
            message = f"It changed while it was read: {changed}. What was taken from it may be of two states."
            remedy = "Ingest a copy of it that nothing writes to any more."
            self._refuse(SourceReport(path), InputError(message, file=path, remedy=remedy))
