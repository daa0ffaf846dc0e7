"""The key for notes: to what the scope covers, in a dialog."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding
from textual.widget import Widget

from engine.errors import OddkinError
from store.verdicts.subject import Subject
from tui.judging.judge import Judge
from tui.runtime.services import Services
from tui.words.triage.outcome_words import NOTE_FIRST, NOTE_KEPT


class NotePane:
    """A pane without a widget, for `ModeScreen.adopt`."""

    KEYS: ClassVar[list[Binding]] = [
        Binding("c", "note", "Note", show=False, id="verdict.note", tooltip="Write a note to what the scope covers"),
    ]

    def __init__(self, widget: Widget, services: Services, judge: Judge) -> None:
        self._widget, self._services, self._judge = widget, services, judge

    def action_note(self) -> None:
        """A note to what the scope covers, as a verdict would."""
        on, case = self._judge.subject(), self._services.case
        if on is not None and case is not None:
            ask = self._ask(case, on, self._judge.called())
            self._widget.run_worker(ask, group="note", exclusive=True, exit_on_error=False)

    async def _ask(self, case: str, on: Subject, called: str) -> None:
        from tui.dialogs.note import NoteDialog

        desk, line = self._judge.desk, self._judge.line
        try:
            notes = await desk.notes(case, on)
            if not notes:
                # A note is no verdict: to call it undetermined with it decided for the responder.
                line.tell(NOTE_FIRST)
                return
            # Where they differ none is to be kept in the others' place unseen: one is shown, and keeping it is an act.
            text = await self._widget.app.push_screen_wait(NoteDialog(f"Note to {called}", notes[-1]))
            if text is not None and (text,) != notes:
                await desk.note(case, on, text, self._services.author)
                line.tell(NOTE_KEPT)
                self._judge.noted()
        except OddkinError as problem:
            line.not_kept(problem)
