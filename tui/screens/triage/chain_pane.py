"""Triage's right side: the incident of a finding, or a chain step by step.

At once what the row tells, the rest when the cursor rests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.message import Message
from textual.timer import Timer

from engine.errors import OddkinError
from store.base.views import IncidentView, QueueRow
from store.workspace import Workspace
from tui.actions import chain_story as stories
from tui.runtime.beside import beside
from tui.runtime.messages import ProcessWanted
from tui.runtime.services import Services
from tui.screens.triage.chain_view import ChainView
from tui.screens.triage.evidence_view import EvidenceView
from tui.screens.triage.incident_view import IncidentTree, Shown
from tui.screens.triage.state import TriageState
from tui.screens.triage.target import VerdictTarget

DRAW_S = 0.03
"""The cursor's own line is painted first, the chain beside it in the next frame; a held key skips those in between."""
REST_S = 0.12
"""The cursor rests this long more before the evidence is read: nobody sees that of a chain that flies past, and drawing two
panes again is what the next key would wait for (with 0.06, twice the p99 of every other screen while a job ran)."""


class ChainPane(Container):
    """Draws a row of the queue, reads what is behind it, and steps through both."""

    KEYS: ClassVar[list[Binding]] = [
        Binding("n", "step(1)", "Next step", show=False, id="step.next", tooltip="Next step of the chain"),
        Binding("N", "step(-1)", "Previous step", show=False, id="step.previous", tooltip="Previous step of the chain"),
        Binding("right_square_bracket", "occurrence(1)", "Next occurrence", key_display="]", show=False, id="occurrence.next"),
        Binding(
            "left_square_bracket", "occurrence(-1)", "Previous occurrence", key_display="[", show=False, id="occurrence.previous"
        ),
        Binding("t", "tree", "To the tree", show=False, id="goto.tree", tooltip="Show the selected process in the tree"),
        Binding(
            "Z",
            "incident",
            "Incident or chain",
            show=False,
            id="incident.show",
            tooltip="Beside a finding: its incident as a tree, or its oddest chain step by step",
        ),
    ]

    class Drawn(Message):
        """The cursor stayed long enough for its chain to be drawn."""

    class Aimed(Message):
        """A verdict would be for something else of the same line now."""

    class Rested(Message):
        """It stayed long enough for what is behind the line to be read."""

    def __init__(self, services: Services, state: TriageState, pending: Mapping[str, str | None]) -> None:
        """`pending`: verdicts that are being written and count already, by chain."""
        super().__init__(id="side")
        self._services, self._state, self._pending = services, state, pending
        self._timer: Timer | None = None
        self._current: Callable[[], QueueRow | None] = lambda: None
        """The row under the cursor."""
        self._aim: tuple[int, int, int] | None = None
        """Finding, place and process to show once they are there."""
        self._by_chain = False
        """Beside a finding stands its chain, and not its incident."""

    def compose(self) -> ComposeResult:
        """The incident or the chain, and what is behind it."""
        yield IncidentTree(self._services.when, id="incident")
        yield ChainView(self._services.when, id="chain")
        yield EvidenceView(self._services.when, id="evidence")

    @property
    def chain(self) -> ChainView:
        """The view of the chain."""
        return self.query_one(ChainView)

    @property
    def incident(self) -> IncidentTree:
        """The view of the incident."""
        return self.query_one(IncidentTree)

    @property
    def shows_incident(self) -> bool:
        """Whether the incident stands where the chain would."""
        return bool(self.incident.display)

    @on(IncidentTree.Aimed)
    def _incident_aimed(self, message: IncidentTree.Aimed) -> None:
        # Handed on: what a child posts while this pane shows it something goes no further than here.
        message.stop()
        self.post_message(self.Aimed())

    def aim(self, incident: IncidentView, process_id: int) -> None:
        """Show this incident, and select the process, when the cursor is on its finding."""
        self._by_chain = False
        self._aim = incident.finding, incident.place, process_id
        row = self.incident.row
        if row is not None and row.whole is not None and row.whole.number == incident.finding:
            self._ask_incident(incident.place)

    def focus_view(self) -> None:
        """Give the keys to what stands there."""
        (self.incident if self.shows_incident else self.chain).focus()

    @property
    def reading(self) -> bool:
        """The incident is in focus, and which one of several it is is not known yet."""
        view = self.incident
        several = view.row is not None and view.row.whole is not None and view.row.whole.incidents > 1
        return self.shows_incident and view.has_focus and view.shown is None and several and not self._state.marks

    def show_member(self, row: QueueRow, place: int) -> None:
        """Another chain of the finding, step by step: the incident would say nothing of it."""
        self._by_chain = True
        self.show(row, place=place)

    def target(self) -> VerdictTarget | None:
        """What a verdict is for while the incident is in focus; None elsewhere: what the list says."""
        return self.incident.target() if self.shows_incident and self.incident.has_focus else None

    def follow(self, current: Callable[[], QueueRow | None]) -> None:
        """The cursor came to a row: its chain in a moment, unless the cursor has gone on by then."""
        if self._timer is not None:
            self._timer.stop()
        self._current = current
        self._timer = self.set_timer(DRAW_S, lambda: self._draw(current()))

    def _draw(self, row: QueueRow | None) -> None:
        self.show(row)
        self.post_message(self.Drawn())

    def show(self, row: QueueRow | None, *, anew: bool = False, place: int = 0) -> None:
        """Draw what the row tells; read the rest when the cursor rests, or `anew` when the chain is shown already.

        place: how many chains of its finding stand before this one.
        """
        if self._timer is not None:
            self._timer.stop()
        threshold = self._state.source.threshold if self._state.source is not None else 0.0
        verdict = self._pending.get(row.key, row.verdict) if row is not None else None
        chain, other = self.chain, row != self.incident.row
        self._choose(row)
        chain.show_row(row, verdict, threshold, place)
        self.incident.show_row(row if row is not None and row.whole is not None else None)
        whole = row.whole if row is not None else None
        # Labels may have put another of its chains in front.
        if whole is None or not self.shows_incident or (row is not None and row.rank == whole.top_rank):
            self.query_one(EvidenceView).show_row(row)
        if self.shows_incident and (anew or other or self.incident.shown is None):
            self._timer = self.set_timer(REST_S, partial(self._rest, self._ask_incident))
        elif row is not None and (anew or chain.story is None or chain.story.moved_by != stories.moved_by(row)):
            self._timer = self.set_timer(REST_S, partial(self._rest, partial(self._ask, row)))

    def _rest(self, ask: Callable[[], None]) -> None:
        ask()
        self.post_message(self.Rested())

    def _choose(self, row: QueueRow | None) -> None:
        """The incident beside a finding, unless its chain is wanted; the chain beside a chain."""
        wanted = row is not None and row.whole is not None and row.whole.incidents > 0 and not self._by_chain
        focused = self.incident.has_focus or self.chain.has_focus
        self.incident.display, self.chain.display = wanted, not wanted
        if focused:
            (self.incident if wanted else self.chain).focus()

    def action_incident(self) -> None:
        """The incident or the chain of the finding that is shown."""
        row = self.chain.row
        if row is None or row.whole is None:
            self.notify("Only a finding has incidents.", severity="warning")
            return
        self._by_chain = not self._by_chain
        self.show(self._current() or row)
        self.post_message(self.Drawn())

    def judged(self) -> None:
        """Verdicts changed: what the incident shows of them is read again."""
        if self.shows_incident and self.incident.shown is not None:
            self._ask_incident()

    def _ask_incident(self, place: int | None = None) -> None:
        """Read one occurrence of the finding that is shown: the one that is, unless another is named."""
        case, row, shown = self._services.case, self.incident.row, self.incident.shown
        if case is None or row is None or row.whole is None:
            return
        at = place or (shown.story.incident.place if shown is not None else 1)
        if self._aim is not None and self._aim[0] == row.whole.number:
            at = self._aim[1]
        source = self._state.source
        model = source.model_id if source is not None and self.query_one(EvidenceView).display else None
        read = partial(incident_of, self._services.workspace, case, row.whole.number, at, model)
        # Where the case is scored anew meanwhile, the list is about to be read again.
        beside(self, "story", read, self._show_incident, gone=OddkinError)

    def _show_incident(self, shown: Shown) -> None:
        self.incident.show_incident(shown)
        if self._aim is not None and self._aim[:2] == (shown.whole.number, shown.story.incident.place):
            self.incident.select(self._aim[2])
            self._aim = None
        if shown is self.incident.shown and shown.oddest is not None and self.shows_incident:
            row, story = shown.oddest
            self.query_one(EvidenceView).show_row(row)
            self.query_one(EvidenceView).show_story(story)

    def _ask(self, row: QueueRow) -> None:
        case, source = self._services.case, self._state.source
        if case is not None and source is not None:
            load = partial(stories.load, self._services.workspace, case, row, source.model_id)
            beside(self, "chain", load, self._show_story)

    def _show_story(self, story: stories.Story) -> None:
        self.chain.show_story(story)
        self.query_one(EvidenceView).show_story(story)

    def action_step(self, by: int) -> None:
        """Another step of the chain, another process of the incident."""
        (self.incident if self.shows_incident else self.chain).move_step(by)

    def action_occurrence(self, by: int) -> None:
        """Another occurrence of the finding; of a chain another process: its command lines, and those of its ancestors."""
        if self.shows_incident:
            self._another_incident(by)
            return
        story, row = self.chain.story, self.chain.row
        if story is None or row is None or not story.processes:
            return
        sample = max(0, min(story.sample + by, len(story.processes) - 1))
        if sample != story.sample:
            read = partial(stories.line_of, self._services.workspace, row.steps, story.processes[sample])
            shown = partial(replace, story, sample=sample)
            beside(self, "story", read, lambda line: self._show_story(shown(line=line)), gone=OddkinError)

    def _another_incident(self, by: int) -> None:
        row, shown = self.incident.row, self.incident.shown
        if row is None or row.whole is None or shown is None:
            return
        place = max(1, min(shown.story.incident.place + by, row.whole.incidents))
        if place != shown.story.incident.place:
            self._ask_incident(place)

    def action_tree(self) -> None:
        """The selected process in the tree; of an incident without one its oddest."""
        if self.shows_incident and self.incident.shown is not None:
            self.app.post_message(ProcessWanted(self.incident.process() or self.incident.shown.story.incident.lead))
            return
        story, process = self.chain.story, self.chain.process()
        if process is None and story is not None and story.processes:
            process = story.processes[story.sample]
        if process is None:
            self.notify("No process is recorded for this step.", severity="warning")
            return
        self.app.post_message(ProcessWanted(process.id))


def incident_of(workspace: Workspace, case: str, number: int, place: int, model: str | None) -> Shown:
    """One occurrence of a finding, in a worker; `model`: whose scores tell of its oddest chain, None: without that.

    Raises NotFound where the case was scored anew.
    """
    from tui.actions.incident_story import DRAWN, of_one

    whole, story = of_one(workspace, case, workspace.findings.incident(case, number, place), DRAWN)
    oddest = workspace.findings.members(whole, after=whole.top_rank - 1, limit=1) if model is not None else ()
    return Shown(whole, story, (oddest[0], stories.load(workspace, case, oddest[0], model)) if oddest and model else None)
