"""What an ingest did, source by source: the figures that the front ends show and tests compare."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from engine.domain.records import Note, Unknown
from engine.errors import OddkinError

SOME_BYTES = 1024
MOST_KEYS = 400


@dataclass(slots=True)
class SourceReport:
    """One source of this run. `read` counts every record, `other` those that are no process creation."""

    path: str
    format: str = ""
    read: int = 0
    kept: int = 0
    other: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    """By the slug of the reason."""
    notes: list[Note] = field(default_factory=list)
    """About the source as a whole."""
    untrusted: int = 0
    """Kept records that may not say what was logged: they come from a part whose checksum is wrong."""
    error: str = ""
    """Why reading stopped early, or why the file could not be read at all; what came before is kept."""
    remedy: str = ""
    """What may help against `error`."""
    resumed: int = 0
    """Records that an earlier run has stored; not counted in the figures above."""
    known: bool = False
    """The same content is in the case already; nothing was read."""

    unknown: int = 0
    """Of the others those that nobody understands."""
    near: int = 0
    """Of these those that could be processes: a value of theirs is a program."""
    keys: Counter[str] = field(default_factory=Counter)
    """Their fields by how many have them, at most MOST_KEYS."""
    mapping: dict[str, str] = field(default_factory=dict)
    """Field of a process creation -> the key of theirs that could hold it, of the first that could be a process."""

    def add_unknown(self, records: list[Unknown]) -> None:
        """Count records that nobody understands."""
        for record in records:
            self.near += bool(record.near)
            if record.near and not self.mapping:
                self.mapping = dict(record.near)
            if len(self.keys) < MOST_KEYS:
                self.keys.update(record.keys)
        self.unknown += len(records)

    def fail(self, error: OddkinError) -> None:
        """Take over an error, behind one that is there; the path that begins many messages is told already."""
        message = error.message.removeprefix(f"{self.path}: ")
        self.error = f"{self.error} {message}" if self.error else message
        self.remedy = error.remedy

    def disown(self, error: OddkinError) -> None:
        """Nothing of what was read was stored."""
        self.read = self.kept = self.other = self.untrusted = 0
        self.unknown = self.near = 0
        self.rejected.clear()
        self.fail(error)

    @property
    def without_processes(self) -> bool:
        """Read, and nothing in it: worth a word however small it is, since the wrong log may have been exported."""
        return not (self.kept or self.resumed or self.known or self.error or self.rejected or self.unrecognised)

    @property
    def unrecognised(self) -> bool:
        """Nothing was kept of it, and most of what was read could be processes that nobody understands."""
        return not self.kept and self.near > self.other - self.unknown

    @property
    def unreadable(self) -> bool:
        """Whether anything in this source could not be used."""
        return bool(self.error) or bool(self.rejected) or self.unrecognised


@dataclass(slots=True)
class IngestReport:
    """All sources of one run."""

    case: str
    sources: list[SourceReport] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    """Files that are no process log in any format we know (licence texts, pictures): named, not counted as damage."""
    empty: list[str] = field(default_factory=list)
    """Files of no byte, or of nothing but blanks: a log without a record may be what somebody did to it."""
    others: list[tuple[str, str]] = field(default_factory=list)
    """(path, what it is) of files that are known to be about something else than processes."""
    remarks: list[tuple[str, str]] = field(default_factory=list)
    """(path, words) on archives, about what is no loss."""
    large_skipped: int = 0
    """How many of them have at least SOME_BYTES: perhaps logs all the same."""
    mapping_unused: bool = False
    """A mapping was given and no source has its columns."""
    hosts_linked: int = 0

    @property
    def kept(self) -> int:
        """Process records added by this run."""
        return sum(source.kept for source in self.sources)

    @property
    def barren(self) -> bool:
        """Whether the case has nothing of what was named: no process of this run, of an earlier one, of the same content."""
        return not any(source.kept or source.resumed or source.known for source in self.sources)

    @property
    def unreadable(self) -> bool:
        """Whether the run ended with unreadable input (exit code 3)."""
        return any(source.unreadable for source in self.sources)
