"""The pane beside the tree: everything about the process under the cursor."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.timer import Timer

from engine.errors import NotFound
from store.base.views import IncidentView
from store.processes.forest import ForestRow, HostRow
from tui.actions.process_card import ProcessCard, process_card
from tui.runtime.services import Services
from tui.screens.tree.forest.card_lines import card_lines, host_lines
from tui.widgets.lines_view import LinesView
from tui.words.spans import Line

DELAY_S = 0.06
"""Details follow the cursor when it rests: ten seeks for each line that somebody runs past would slow the run."""


class ProcessDetails(LinesView):
    """Shows a card, a host, or nothing."""

    BORDER_TITLE = "Details"
    subject: ProcessCard | HostRow | None = None
    incident: IncidentView | None = None
    """That covers the process."""
    _waiting: Timer | None = None
    DEFAULT_CSS = "ProcessDetails { overflow-y: scroll; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Whole page", id="pane.open", tooltip="Give the pane the whole page"),
    ]

    class Chosen(Message):
        """Enter."""

    HELP: ClassVar[str | None] = (
        "The command line and all other texts are shown whole; what a terminal would interpret is escaped."
    )

    def __init__(self, services: Services, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._services = services

    def action_choose(self) -> None:
        """Enter."""
        self.post_message(self.Chosen())

    def follow(self, current: Callable[[], HostRow | ForestRow | None]) -> None:
        """The cursor came to a row: its details when it rests, of the row that it is on by then."""
        if self._waiting is not None:
            self._waiting.stop()
        self._waiting = self.set_timer(DELAY_S, lambda: self._read(current()))

    def _read(self, row: HostRow | ForestRow | None) -> None:
        self._waiting = None
        case = self._services.case
        if isinstance(row, HostRow) or row is None or case is None:
            self.show(row if isinstance(row, HostRow) else None)
            return
        try:
            workspace = self._services.workspace
            card = process_card(workspace, case, row.id)
            self.show(card, None if card.score is None else workspace.findings.of_process(case, row.id))
        except NotFound:
            self.show(None)

    def show(self, subject: ProcessCard | HostRow | None, incident: IncidentView | None = None) -> None:
        """Another subject, from its top; `incident`: the one that covers it."""
        self.subject, self.incident = subject, incident
        self.rebuild(top=True)

    def build(self, width: int) -> list[Line]:
        """The lines for this many cells."""
        if self.subject is None:
            return []
        if isinstance(self.subject, HostRow):
            return host_lines(self.subject, width, self._services.when)
        return card_lines(self.subject, width, self._services.when, self.incident)
