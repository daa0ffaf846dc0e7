"""Triage's notes: to the chain that is shown, in a dialog."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual import work
from textual.binding import Binding
from textual.containers import Container

from engine.errors import OddkinError
from store.base.views import QueueRow
from tui.runtime.services import Services
from tui.runtime.verdict_desk import VerdictDesk
from tui.screens.triage.chain_pane import ChainPane
from tui.screens.triage.target import VerdictTarget
from tui.screens.triage.verdict_pane import VerdictPane
from tui.words.chain_words import name_of


class NotePane(Container):
    """Has a key and no place on the screen."""

    DEFAULT_CSS = "NotePane { display: none; }"
    KEYS: ClassVar[list[Binding]] = [
        Binding("c", "note", "Note", show=False, id="verdict.note", tooltip="Write a note to what decides this chain"),
    ]

    def __init__(self, services: Services, desk: VerdictDesk, chains: ChainPane, verdicts: VerdictPane) -> None:
        """`chains` shows the chain that a note is for, `verdicts` keeps it."""
        super().__init__()
        self._services, self._desk, self._chains, self._verdicts = services, desk, chains, verdicts

    def action_note(self) -> None:
        """A note to the chain that is shown; to that chain alone, also where the line is a finding."""
        row = self._chains.chain.row
        if row is not None:
            self._ask_note(replace(row, whole=None))

    @work(group="note", exclusive=True, exit_on_error=False)
    async def _ask_note(self, row: QueueRow) -> None:
        from tui.screens.triage.note_dialog import NoteDialog

        case = self._services.case or ""
        label = await self._desk.label(case, row.key)
        if label is None:
            # A note is no verdict: to make the chain undetermined with it, as before, decided for the responder.
            self._verdicts.bar.tell([("not decided as a whole: ", "strong"), ("a note goes with a verdict: m, b, f, i", "dim")])
            return
        text = await self.app.push_screen_wait(NoteDialog(f"Note to {name_of(row.steps[-1])}", label.note))
        if text is not None and text != label.note:
            await self._keep(case, row, text)

    async def _keep(self, case: str, row: QueueRow, text: str) -> None:
        try:
            await self._desk.note(case, row.key, text, self._services.author)
        except OddkinError as problem:
            self._verdicts.not_kept(problem)
        else:
            self._verdicts.bar.tell([("note kept", "strong"), ("  u undoes", "dim")])
        self._verdicts.changed(VerdictTarget((row,)))
