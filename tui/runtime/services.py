"""What every screen works with: the workspace, the current case, the settings. No widgets, no queries of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tui.actions.author import author_name
from tui.runtime.places import Places
from tui.runtime.settings import Settings, load
from tui.words.words import EPOCH, when

if TYPE_CHECKING:
    from store.base.views import CaseSummary
    from store.workspace import Workspace


def utc_now() -> datetime:
    """The clock of a real session."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Services:
    """Made before the application starts; tests put in a fixed clock and author."""

    workspace: Workspace
    case: str | None = None
    """Name of the current case."""
    settings: Settings = field(default_factory=Settings)
    author: str = field(default_factory=author_name)
    clock: Callable[[], datetime] = utc_now
    summary: CaseSummary | None = None
    """Figures of the current case as of the last count; refreshed in the background."""
    places: Places = field(default_factory=Places)
    """Where one was, on all screens."""
    device: str = ""
    """What training runs on, once somebody asked for it: finding out imports torch."""
    home: Path = field(default_factory=Path.cwd)
    """Where pickers start and exports go."""

    def now(self) -> datetime:
        """The time, in UTC."""
        return self.clock()

    def now_us(self) -> int:
        """The same in microseconds since 1970, as the store counts time."""
        return (self.now() - EPOCH) // timedelta(microseconds=1)

    def when(self, time_us: int | None) -> str:
        """A time of the log for the screen: RFC 3339 to the second, in the zone of the settings."""
        if time_us is None or self.settings.zone == "UTC":
            return when(time_us)
        try:
            moment = (EPOCH + timedelta(microseconds=time_us)).astimezone(ZoneInfo(self.settings.zone))
        except (OverflowError, ValueError):
            return when(time_us)
        return moment.isoformat(timespec="seconds")


def open_services(workspace: Workspace) -> Services:
    """Services over an open workspace: its settings, the case that was open last or the newest one."""
    settings = load(workspace.folder)
    if workspace.read_only:
        settings.path = None
        settings.problem = settings.problem or "This workspace can only be read: verdicts and models cannot be kept in it."
    names = workspace.cases.names()
    case = settings.case if settings.case in names else (names[0] if names else None)
    return Services(workspace, case, settings)
