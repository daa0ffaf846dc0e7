"""Why: what stands behind the line of the list, and behind the process under the cursor."""

from __future__ import annotations

from functools import partial

from store.base.views import ProcessView, QueueRow
from tui.actions import chain_story as stories
from tui.runtime.beside import beside
from tui.runtime.services import Services
from tui.screens.triage.evidence_view import EvidenceView
from tui.widgets.title_rule import TitledPane

OCCURRENCES = 12
"""Processes of its chain that are listed of a process in an incident."""


class WhyPane(TitledPane):
    """Reads what a process's chain tells, beside the screen."""

    def __init__(self, services: Services) -> None:
        self.view = EvidenceView(services.when, id="evidence")
        super().__init__("Why", self.view, id="why")
        self._services = services

    def show_row(self, row: QueueRow | None) -> None:
        """Another line of the list."""
        self.view.show_row(row)

    def show_story(self, story: stories.Story) -> None:
        """What is behind a chain of the list."""
        self.view.show_story(story)

    def show_process(self, process: ProcessView, covered: bool, model: str | None) -> None:
        """The process under the cursor of an incident, `covered` by it or context; model: whose scores."""
        if not self.view.show_process(process, covered):
            return
        case, chain, workspace = self._services.case, process.chain_id, self._services.workspace
        if case is not None and chain is not None and model is not None:

            def read() -> stories.Story:
                return stories.of_chain(workspace, case, workspace.chains.by_id(chain), OCCURRENCES)

            beside(self, "why", read, partial(self.view.show_story_of, process.id))
