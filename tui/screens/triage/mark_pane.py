"""Triage's marks: lines of the list that get a verdict together."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding
from textual.containers import Container

from tui.judging.keys import MARK_KEYS
from tui.screens.triage.queue_pane import QueuePane
from tui.screens.triage.state import TriageState
from tui.screens.triage.verdict_pane import VerdictPane


class MarkPane(Container):
    """Has keys and no place on the screen."""

    DEFAULT_CSS = "MarkPane { display: none; }"
    KEYS: ClassVar[list[Binding]] = [*MARK_KEYS]

    def __init__(self, state: TriageState, queue: QueuePane, verdicts: VerdictPane) -> None:
        """`verdicts` says what a verdict on the marks would cover."""
        super().__init__()
        self._state, self._queue, self._verdicts = state, queue, verdicts

    def action_mark(self) -> None:
        """Mark or unmark, and go down one."""
        self._verdicts.drop_question()
        table = self._queue.table
        row = table.current
        if row is not None:
            self._state.mark(row, table.cursor)
            table.refresh_row(table.cursor)
            table.action_move(1)
            self._verdicts.preview()

    def action_mark_range(self) -> None:
        """From the line that was marked last to the cursor."""
        self._verdicts.drop_question()
        if refused := self._state.mark_range(self._queue.table.cursor):
            self.notify(refused, severity="warning")
        self._queue.table.refresh()
        self._verdicts.preview(rested=True)

    def action_mark_all(self) -> None:
        """Everything the list shows, or nothing."""
        self._verdicts.drop_question()
        if refused := self._state.mark_all():
            self.notify(refused, severity="warning")
        self._queue.table.refresh()
        self._verdicts.preview(rested=True)

    def unmark(self) -> bool:
        """Take all marks away; False when there were none."""
        marked = bool(self._state.marks)
        if marked:
            self.action_mark_all()
        return marked
