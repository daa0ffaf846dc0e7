"""The time strip of the case: when processes ran and where odd ones are; a span of it becomes a part of the filter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from functools import partial
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.message import Message

from store.base.views import IncidentView
from store.where.density import Density, density
from tui.dialogs.ask import AskedLine
from tui.runtime.beside import beside
from tui.runtime.services import Services
from tui.widgets.time_strip import TimeStrip


class TimePane(Vertical):
    """Counts beside the screen, and hands a span on as a line of the filter language."""

    DEFAULT_CSS = "TimePane { height: 2; }"
    KEYS: ClassVar[list[Binding]] = [
        Binding(
            "T", "time", "Time", show=False, id="ask.time", tooltip="Take a span of time: h l move, enter from here to there"
        ),
    ]

    class Closed(Message):
        """Escape, or a span that was taken."""

    def __init__(self, services: Services, then: Callable[[AskedLine], object]) -> None:
        super().__init__(id="time")
        self._services, self._then = services, then
        self._cells = 0
        self.strip = TimeStrip(self._zone)

    def compose(self) -> ComposeResult:
        """The strip."""
        yield self.strip

    def _zone(self) -> tzinfo:
        return ZoneInfo(self._services.settings.zone)

    def count(self) -> None:
        """The case, or its scores, are others."""
        case = self._services.case
        if case is None or not self._cells:
            self.strip.show_density(None)
        elif self.display:
            beside(self, "density", partial(density, self._services.workspace, case, self._cells), self._counted)

    def _counted(self, found: Density | None) -> None:
        self.strip.show_density(found)

    @on(TimeStrip.Wanted)
    def _wanted(self, message: TimeStrip.Wanted) -> None:
        message.stop()
        if message.cells != self._cells:
            self._cells = message.cells
            self.count()

    def mark(self, incident: IncidentView | None) -> None:
        """What is looked at."""
        self.strip.mark(*((None, None) if incident is None else (incident.first_us, incident.last_us)))

    def action_time(self) -> None:
        """Into the strip."""
        self.display = True
        if self.strip.density is None:
            self.count()
        self.strip.enter()
        self.notify("h l move, enter takes from here, enter again to there; esc leaves.", title="Time", timeout=6)

    @on(TimeStrip.Brushed)
    def _brushed(self, message: TimeStrip.Brushed) -> None:
        message.stop()
        self.post_message(self.Closed())
        when = self._services.when
        self._then(AskedLine(f"after:{when(message.since_us)} before:{when(message.until_us)}", within=True))

    @on(TimeStrip.Left)
    def _left(self, message: TimeStrip.Left) -> None:
        message.stop()
        self.post_message(self.Closed())
