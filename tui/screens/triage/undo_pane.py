"""Triage's undo and redo, also of what was done in an earlier session."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding
from textual.containers import Container

from engine.errors import NotYours, OddkinError
from engine.untrusted import visible
from store.base.views import LabelEventView
from tui.runtime.messages import VerdictChanged
from tui.runtime.services import Services
from tui.runtime.verdict_desk import VerdictDesk
from tui.screens.triage.queue_pane import QueuePane
from tui.screens.triage.verdict_pane import VerdictPane
from tui.words.triage.outcome_words import reversed_words

if TYPE_CHECKING:
    import asyncio


class UndoPane(Container):
    """Has keys and no place on the screen."""

    DEFAULT_CSS = "UndoPane { display: none; }"
    KEYS: ClassVar[list[Binding]] = [
        Binding("u,ctrl+z", "take_back('undo')", "Undo", show=False, id="verdict.undo",
                tooltip="Take back the last verdict, also of an earlier session"),
        Binding("ctrl+r", "take_back('redo')", "Redo", show=False, id="verdict.redo",
                tooltip="Bring back what was taken back last"),
    ]  # fmt: skip

    def __init__(self, services: Services, desk: VerdictDesk, queue: QueuePane, verdicts: VerdictPane) -> None:
        """`verdicts` says what became of it, in `queue` the cursor goes there."""
        super().__init__()
        self._services, self._desk, self._queue, self._verdicts = services, desk, queue, verdicts

    def action_take_back(self, what: str) -> None:
        """The newest act, of this session or an earlier one; `redo` the newest undo."""
        case = self._services.case
        if case is None:
            return
        self._verdicts.drop_question()
        before = self._desk.classifier(case)
        self._reverse(what, before, (self._desk.undo if what == "undo" else self._desk.redo)(case, self._services.author))

    @work(group="verdicts", exit_on_error=False)
    async def _reverse(
        self, what: str, before: asyncio.Future[str | None], done: asyncio.Future[tuple[LabelEventView, ...]]
    ) -> None:
        try:
            events = await done
            await self._verdicts.tell_classifier(await before)
        except NotYours as problem:  # in the line alone: a held key would pile up messages over what it is about
            self._verdicts.line.tell([(visible(f"{problem.message} {problem.remedy}"), "warning")])
            return
        except OddkinError as problem:
            self._verdicts.line.tell([(visible(problem.message), "warning")])
            self.notify(visible(f"{problem.message} {problem.remedy}"), severity="warning", markup=False)
            return
        if not events:
            self._verdicts.line.tell([(f"nothing to {what}", "dim")])
            return
        self._verdicts.line.tell(reversed_words(what, events))
        self._queue.go_to(events[-1].chain_key)
        beyond = any(event.scope for event in events)
        self.app.post_message(VerdictChanged(tuple(event.chain_key for event in events), beyond))
