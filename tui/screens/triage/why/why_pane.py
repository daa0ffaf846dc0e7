"""Why: what stands behind the finding of the line, and behind the process under the cursor; of a chain its signals."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from textual import events
from textual.widgets import Static

from engine.errors import OddkinError
from store.base.views import ProcessView, QueueRow
from tui.actions import chain_story as stories
from tui.actions.incident_story import FindingStory
from tui.actions.triage.why import ProcessWhy, Why, of_finding, of_process
from tui.runtime.beside import beside
from tui.runtime.services import Services
from tui.screens.triage.incident.tree import Shown
from tui.screens.triage.why.evidence_view import EvidenceView
from tui.screens.triage.why.why_view import WhyView
from tui.widgets.title_rule import TitledPane

OCCURRENCES = 12
"""Processes of its chain that are listed of a process in an incident."""
LOW = 5
"""Rows up to which the shares stand in the title."""


class WhyPane(TitledPane):
    """Reads what makes a finding odd, and what a process's chain tells, beside the screen."""

    def __init__(self, services: Services) -> None:
        self.view = WhyView(id="why-view")
        self.evidence = EvidenceView(services.when, id="evidence")
        super().__init__("Why", self.view, Static(classes="gap"), self.evidence, id="why")
        self._services = services
        self._finding: tuple[int, int, int] | None = None
        """Score set, number and place of what `view` tells of, or is about to."""
        self._process: int | None = None
        self._known = False
        """It does."""

    def on_mount(self) -> None:
        """A line of the list decides which of them is shown."""
        self.evidence.display = False

    def on_resize(self, _event: events.Resize) -> None:
        """The title says more of it where the pane is low."""
        self.call_after_refresh(self._title)

    # A chain ------------------------------------------------------------------------------------------------------------

    def show_row(self, row: QueueRow | None) -> None:
        """Another line of the list; of a finding what is known of its chains is told on the whole page only."""
        whole = row is not None and row.whole is not None and row.whole.incidents > 0
        self.view.display, self.evidence.display = whole, not whole
        self.evidence.show_row(row)
        self._finding, self._process, self._known = None, None, False
        self.view.show_why(None)
        self._title()

    def show_story(self, story: stories.Story) -> None:
        """What is behind a chain of the list."""
        self.evidence.show_story(story)

    def whole_page(self, whole: bool) -> None:
        """It has the page, with all that there is, or one place of several."""
        self.view.show_whole(whole)
        if self.view.display:
            self.set_class(whole, "-both")

    def focus_view(self) -> None:
        """Give the keys to what stands there."""
        (self.view if self.view.display else self.evidence).focus()

    # An incident --------------------------------------------------------------------------------------------------------

    def show_process(self, shown: Shown, process: ProcessView, covered: bool, model: str | None) -> None:
        """The process under the cursor of an incident, `covered` by it or context; model: whose scores."""
        self._show_evidence(process, covered, model)
        case, workspace, incident = self._services.case, self._services.workspace, shown.story.incident
        finding = (shown.whole.set_id, shown.whole.number, incident.place)
        if case is None or (finding == self._finding and process.id == self._process):
            return
        other, self._finding, self._process = finding != self._finding, finding, process.id
        when = self._services.when
        if other or not self._known:
            self._known = False
            story = FindingStory(shown.whole, shown.story, (), ())
            read = partial(of_finding, workspace, case, story, process.id, when=when)
            self._read(read, partial(self._show_why, finding, process.id))
        else:
            one = partial(of_process, workspace, case, process.id, context=not covered, when=when)
            self._read(one, partial(self._show_one, finding))

    def _read(self, read: Callable[[], object], then: Callable[..., object]) -> None:
        # Where the case is scored anew meanwhile, the list is about to be read again.
        beside(self, "why", read, then, gone=OddkinError)

    def _show_why(self, finding: tuple[int, int, int], process: int, why: Why) -> None:
        if finding != self._finding:
            return
        self._known = True
        self.view.show_why(why)
        self._title()

    def _show_one(self, finding: tuple[int, int, int], process: ProcessWhy) -> None:
        if finding == self._finding and process.process == self._process:
            self.view.show_process(process)

    def _title(self) -> None:
        low = self.view.display and self.size.height <= LOW
        shares = self.view.shares_title if low else ""
        self.rule.say(f"Why  {shares}" if shares else "Why", "enter" if low else "? explains" if self.view.display else "")

    def _show_evidence(self, process: ProcessView, covered: bool, model: str | None) -> None:
        if not self.evidence.show_process(process, covered):
            return
        case, chain, workspace = self._services.case, process.chain_id, self._services.workspace
        if case is not None and chain is not None and model is not None:

            def read() -> stories.Story:
                return stories.of_chain(workspace, case, workspace.chains.by_id(chain), OCCURRENCES)

            beside(self, "evidence", read, partial(self.evidence.show_story_of, process.id))
