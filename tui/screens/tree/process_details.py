"""The pane beside the tree: everything about the process under the cursor."""

from __future__ import annotations

from typing import ClassVar

from store.processes.forest import HostRow
from tui.actions.process_card import ProcessCard
from tui.screens.tree.forest.card_lines import card_lines, host_lines
from tui.screens.tree.forest.paint import TimeFormat
from tui.widgets.lines_view import LinesView
from tui.widgets.quiet_size import set_lines
from tui.words.spans import Line
from tui.words.words import when as utc


class ProcessDetails(LinesView):
    """Shows a card, a host, or nothing."""

    DEFAULT_CSS = "ProcessDetails { overflow-y: scroll; }"
    HELP: ClassVar[str | None] = (
        "The command line and all other texts are shown whole; what a terminal would interpret is escaped."
    )

    def __init__(self, when: TimeFormat = utc, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._when = when
        self.subject: ProcessCard | HostRow | None = None

    def show(self, subject: ProcessCard | HostRow | None) -> None:
        """Another subject, from its top."""
        self.subject = subject
        self.rebuild(top=True)

    def rebuild(self, *, top: bool = False) -> None:
        """Content or width changed. The screen is not laid out again for each process that the cursor passes."""
        width = self.scrollable_content_region.width
        self.lines = self.build(width) if width > 0 else []
        set_lines(self, len(self.lines))
        if top:
            self.scroll_to(y=0, animate=False, force=True, immediate=True)
        self.refresh()

    def build(self, width: int) -> list[Line]:
        """The lines for this many cells."""
        if self.subject is None:
            return []
        if isinstance(self.subject, HostRow):
            return host_lines(self.subject, width, self._when)
        return card_lines(self.subject, width, self._when)
