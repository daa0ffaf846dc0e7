"""The keys for undo and redo, also of what was done in an earlier session."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.widget import Widget

from engine.errors import NotYours, OddkinError
from engine.untrusted import visible
from store.base.views import LabelEventView
from tui.judging.judge import Judge, tell_classifier
from tui.runtime.services import Services
from tui.words.triage.outcome_words import reversed_words

if TYPE_CHECKING:
    import asyncio


class UndoPane:
    """A pane without a widget, for `ModeScreen.adopt`."""

    KEYS: ClassVar[list[Binding]] = [
        Binding("u,ctrl+z", "take_back('undo')", "Undo", show=False, id="verdict.undo",
                tooltip="Take back the last verdict, also of an earlier session"),
        Binding("ctrl+r", "take_back('redo')", "Redo", show=False, id="verdict.redo",
                tooltip="Bring back what was taken back last"),
    ]  # fmt: skip

    def __init__(self, widget: Widget, services: Services, judge: Judge) -> None:
        self._widget, self._services, self._judge = widget, services, judge

    def action_take_back(self, what: str) -> None:
        """The newest act, of this session or an earlier one; `redo` the newest undo."""
        case, desk = self._services.case, self._judge.desk
        if case is None:
            return
        self._judge.drop_question()
        # Handed in here and not by the worker: keys are written in the order in which they came.
        before = desk.classifier(case)
        done = (desk.undo if what == "undo" else desk.redo)(case, self._services.author)
        self._widget.run_worker(self._reverse(what, case, before, done), group="verdicts", exit_on_error=False)

    async def _reverse(
        self, what: str, case: str, before: asyncio.Future[str | None], done: asyncio.Future[tuple[LabelEventView, ...]]
    ) -> None:
        line = self._judge.line
        try:
            events = await done
            await tell_classifier(self._widget, self._judge.desk, case, await before)
        except OddkinError as problem:
            line.tell([(visible(f"{problem.message} {problem.remedy}"), "warning")])
            # Another's act is told in the line alone: a held key would pile up messages over what it is about.
            if not isinstance(problem, NotYours):
                self._widget.notify(visible(f"{problem.message} {problem.remedy}"), severity="warning", markup=False)
            return
        line.tell(reversed_words(what, events) if events else [(f"nothing to {what}", "dim")])
        if events:
            self._judge.acts_reversed(events)
