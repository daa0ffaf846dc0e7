"""Triage's notes: to what the chosen scope covers, in a dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding
from textual.containers import Container

from engine.errors import OddkinError
from tui.runtime.services import Services
from tui.runtime.verdict_desk import VerdictDesk
from tui.screens.triage.target import VerdictTarget
from tui.words.triage.outcome_words import NOTE_FIRST, NOTE_KEPT

if TYPE_CHECKING:
    from tui.screens.triage.verdict_pane import VerdictPane


class NotePane(Container):
    """Has a key and no place on the screen."""

    DEFAULT_CSS = "NotePane { display: none; }"
    KEYS: ClassVar[list[Binding]] = [
        Binding("c", "note", "Note", show=False, id="verdict.note", tooltip="Write a note to what the scope covers"),
    ]

    def __init__(self, services: Services, desk: VerdictDesk, verdicts: VerdictPane) -> None:
        """`verdicts` says what a note is for, and keeps it."""
        super().__init__()
        self._services, self._desk, self._verdicts = services, desk, verdicts

    def action_note(self) -> None:
        """A note to what the scope covers, as a verdict would."""
        target = self._verdicts.target()
        if target is not None:
            self._ask_note(target)

    @work(group="note", exclusive=True, exit_on_error=False)
    async def _ask_note(self, target: VerdictTarget) -> None:
        from tui.dialogs.note import NoteDialog

        case = self._services.case or ""
        try:
            notes = await self._desk.notes(case, target.on)
        except OddkinError as problem:
            self._verdicts.not_kept(problem)
            return
        if not notes:
            # A note is no verdict: to call it undetermined with it decided for the responder.
            self._verdicts.line.tell(NOTE_FIRST)
            return
        # Where they differ none of them is to be kept in the others' place unseen: the first is shown, and keeping it is an act.
        text = await self.app.push_screen_wait(NoteDialog(f"Note to {target.called}", notes[-1]))
        if text is not None and (text,) != notes:
            await self._keep(case, target, text)

    async def _keep(self, case: str, target: VerdictTarget, text: str) -> None:
        try:
            await self._desk.note(case, target.on, text, self._services.author)
        except OddkinError as problem:
            self._verdicts.not_kept(problem)
        else:
            self._verdicts.line.tell(NOTE_KEPT)
        self._verdicts.changed(target)
