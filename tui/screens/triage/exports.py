"""What `e` writes on Triage: what is marked, else what the filter leaves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from store.base.views import QueueRow
from store.queue.filter import QueueFilter
from store.queue.pages import EVERYTHING
from tui.runtime.services import Services
from tui.screens.exports import Exports
from tui.screens.triage.state import TriageState

if TYPE_CHECKING:
    from engine.handover.rows import ExportRow


class TriageExports(Exports):
    """Chosen when the dialog opens."""

    def __init__(self, services: Services, state: TriageState) -> None:
        super().__init__(services)
        self._state = state
        self._chosen: tuple[tuple[QueueRow, ...], QueueFilter] = ((), EVERYTHING)

    def choose(self) -> None:
        """The marks and the filter."""
        self._chosen = (tuple(self._state.marks.values()), self._state.view.wanted)

    def subject(self) -> str:
        """For the dialog."""
        return self._state.export_words(*self._chosen) or super().subject()

    def rows(self) -> Iterator[ExportRow]:
        """Runs in the job's thread."""
        from store.export.rows import chosen_rows

        rows, wanted = self._chosen
        if not rows and wanted == EVERYTHING:
            return super().rows()
        workspace = self.services.workspace
        return chosen_rows(workspace, self.services.case or "", wanted, list(workspace.findings.chains(rows)) if rows else None)
