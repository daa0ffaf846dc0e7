"""The key that keeps a verdict for later cases: in a dialog, for what the cursor is on, or what was judged last."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual.binding import Binding
from textual.widget import Widget

from engine.errors import OddkinError, UsageError
from engine.exceptions.matching import ScopeAsked
from engine.untrusted import visible
from store.exceptions.drafts import DraftSource
from tui.actions.exceptions.keeping import keep, source_of
from tui.runtime.services import Services
from tui.screens.triage.queue_pane import QueuePane
from tui.screens.triage.state import TriageState
from tui.screens.triage.target import VerdictTarget, place_of
from tui.screens.triage.verdict_pane import VerdictPane
from tui.words.triage.outcome_words import EXCEPTION_FIRST
from tui.words.words import many

ANY_DEPTH = ScopeAsked(0)
"""Asked whether there is anything to keep: not how narrow."""


class ExceptionPane:
    """A pane without a widget, for `ModeScreen.adopt`."""

    KEYS: ClassVar[list[Binding]] = [
        Binding("i", "keep_exception", "Exception", show=False, id="verdict.exception",
                tooltip="Keep a verdict of benign or false positive for later cases: what looks like this is hidden there"),
    ]  # fmt: skip

    def __init__(self, widget: Widget, services: Services, state: TriageState, verdicts: VerdictPane, queue: QueuePane) -> None:
        self._widget, self._services, self._state, self._verdicts, self._queue = widget, services, state, verdicts, queue

    def action_keep_exception(self) -> None:
        """Of what the cursor is on where that was judged so, else of what was judged last: the cursor has gone on since."""
        case = self._services.case
        if case is not None:
            ask = self._ask(case, [one for one in (self._verdicts.target(), self._state.cleared) if one is not None])
            self._widget.run_worker(ask, group="exception", exclusive=True, exit_on_error=False)

    async def _ask(self, case: str, targets: list[VerdictTarget]) -> None:
        from tui.dialogs.exception import ExceptionDialog

        services, line, desk = self._services, self._verdicts.line, self._verdicts.desk
        try:
            found = await self._judged(case, targets)
            if found is None:
                line.tell(EXCEPTION_FIRST)
                return
            target, source, host = found
            dialog = ExceptionDialog(services.workspace, case, source, target.called, host, services.author, services.now_us)
            choice = await self._widget.app.push_screen_wait(dialog)
            if choice is None:
                return
            report = await desk.after(partial(keep, services.workspace, choice.drafts, choice.wanted, services.now_us()))
            kept = len(report.new) + len(report.changed) + report.known
            line.tell([(f"{many(kept, 'exception')} kept", "strong"), ("; oddkin exceptions list tells them", "dim")])
            self._queue.show(self._place(case))
        except OddkinError as problem:
            told = visible(f"{problem.message} {problem.remedy}")
            self._widget.notify(told, title="No exception was kept", severity="error", markup=False)

    async def _judged(self, case: str, targets: list[VerdictTarget]) -> tuple[VerdictTarget, DraftSource, str] | None:
        """The first of them that something can be kept of, once every verdict before is written; and where it ran."""
        exceptions = self._services.workspace.exceptions
        for target in targets:
            try:
                source = source_of(target.on)
                drafts = await self._verdicts.desk.after(partial(exceptions.drafts, case, source, ANY_DEPTH))
            except UsageError:
                continue
            return target, source, drafts.drafts[0].host
        return None

    def _place(self, case: str) -> str | int | None:
        """Where the cursor stays: its line, or the next that is not hidden."""
        table = self._queue.table
        hidden = self._services.workspace.exceptions.hidden(case, self._services.now_us()).findings
        for position in range(table.cursor, table.count):
            row = table.row(position)
            if row is not None and place_of(row) not in hidden:
                return place_of(row)
        return None
