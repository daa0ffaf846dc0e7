"""What somebody wants read. Light: every front end imports it before anything is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path

from engine.domain.spans import ALL_TIMES, Within


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
    password: str = field(default="", repr=False)
    """Of encrypted archives; never stored."""
    span: Within = ALL_TIMES
    """Process creations outside of it are left out."""
    zone: tzinfo | None = None
    """Of times that name none and are not documented as UTC; None takes them as UTC, and says so."""
    own: Callable[[Path], bool] | None = None
    """Whether a file or folder among the evidence is the workspace's, and so left out."""
    workers: int | None = None
    """Processes that read and write: one of them writes. None: as many as there are cores, at most four, where a source is large
    enough to pay for their start, else 1. The result is the same with any number.
    """
