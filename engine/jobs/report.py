"""What an ingest did, source by source: the figures that the front ends show and tests compare."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


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
    error: str = ""
    """Why reading stopped early, or why the file could not be read at all; what came before is kept."""
    known: bool = False
    """The same content is in the case already; nothing was read."""

    @property
    def unreadable(self) -> bool:
        """Whether anything in this source could not be used."""
        return bool(self.error) or bool(self.rejected)


@dataclass(slots=True)
class IngestReport:
    """All sources of one run."""

    case: str
    sources: list[SourceReport] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    """Files that are no process log in any format we know (licence texts, pictures): named, not counted as damage."""
    hosts_linked: int = 0

    @property
    def kept(self) -> int:
        """Process records added by this run."""
        return sum(source.kept for source in self.sources)

    @property
    def unreadable(self) -> bool:
        """Whether the run ended with unreadable input (exit code 3)."""
        return any(source.unreadable for source in self.sources)
