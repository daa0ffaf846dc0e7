"""Triage's lower half: the incident of a finding as a tree, or a chain step by step, and beside it why.

At once what the row tells, the rest when the cursor rests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

from textual import events, on
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
from tui.screens.triage.incident.rows import IncidentRows
from tui.screens.triage.incident.tree import IncidentTree, Shown, number_of
from tui.screens.triage.state import TriageState
from tui.screens.triage.why.why_pane import WhyPane
from tui.widgets.title_rule import TitledPane

DRAW_S = 0.03
"""The cursor's own line is painted first, the story below it in the next frame; a held key skips those in between."""
REST_S = 0.12
"""The cursor rests this long more before what is behind it is read: nobody sees that of a line that flies past, and drawing
panes again is what the next key would wait for (with 0.06, twice the p99 of every other screen while a job ran)."""


class StoryPane(Container):
    """Draws a row of the queue, reads what is behind it, and steps through both."""

    KEYS: ClassVar[list[Binding]] = [
        Binding("full_stop", "occurrence(1)", "Next occurrence", key_display=".", show=False, id="occurrence.next",
                tooltip="Of the finding the next incident, of a chain the next process"),
        Binding("comma", "occurrence(-1)", "Previous occurrence", key_display=",", show=False, id="occurrence.previous",
                tooltip="Of the finding the incident before, of a chain the process before"),
        Binding("H", "hosts", "Hosts", id="ask.hosts",
                tooltip="When it began, on which hosts, as whom, and what is tied to it"),
        Binding("t", "tree", "Tree", id="goto.other", tooltip="Show the same process on the other screen, Tree or Triage"),
    ]  # fmt: skip

    @dataclass
    class Wanted(Message):
        """Another incident is to be shown, wherever it stands in the list."""

        incident: IncidentView

    class Drawn(Message):
        """The cursor stayed long enough for its line to be drawn."""

    class Aimed(Message):
        """A verdict would be for something else of the same line now."""

    class Rested(Message):
        """It stayed long enough for what is behind the line to be read."""

    class Leaving(Message):
        """A jump to another screen begins."""

    class Fitted(Message):
        """Another incident is shown, with so many rows."""

    def __init__(self, services: Services, state: TriageState, pending: Mapping[str, str | None]) -> None:
        """`pending`: verdicts that are being written and count already, by chain."""
        super().__init__(id="story")
        self._services, self._state, self._pending = services, state, pending
        self.incident = IncidentTree(services.when, id="incident")
        self.chain = ChainView(services.when, id="chain")
        self.why = WhyPane(services)
        self._left = TitledPane("Incident", self.incident, self.chain, id="told")
        self._timer: Timer | None = None
        self._moved: Timer | None = None
        self._current: Callable[[], QueueRow | None] = lambda: None
        """The row under the cursor."""
        self._aim: tuple[int, int, int | None] | None = None
        """Finding, place and process to show once they are there."""

    def compose(self) -> ComposeResult:
        """The incident or the chain, and why."""
        yield self._left
        yield self.why

    def on_resize(self, _event: events.Resize) -> None:
        """The title is laid out again."""
        self.call_after_refresh(self.draw_title)

    @property
    def shows_incident(self) -> bool:
        """Whether the incident stands where the chain would."""
        return bool(self.incident.display)

    @property
    def rows(self) -> IncidentRows | None:
        """The incident that is shown of the line under the cursor, once it is read."""
        look = self.incident.look
        return look.rows if look is not None and self.shows_incident else None

    def rows_of(self, row: QueueRow | None) -> IncidentRows | None:
        """The same, where it is an incident of this line: the list may be ahead of what is drawn."""
        here = self.incident.row
        same = row is not None and here is not None and number_of(row) == number_of(here) is not None
        return self.rows if same else None

    @property
    def place(self) -> int:
        """Of the incident that is shown, or is on its way."""
        row, shown = self.incident.row, self.incident.shown
        if self._aim is not None and row is not None and row.whole is not None and self._aim[0] == row.whole.number:
            return self._aim[1]
        if shown is not None:
            return shown.story.incident.place
        return 1 if row is None or row.whole is None else row.whole.occurrence

    def aim(self, finding: int, place: int, process_id: int) -> None:
        """Show this incident, and select the process, when the cursor is on its finding."""
        self._aim = finding, place, process_id
        row = self.incident.row
        if row is not None and row.whole is not None and row.whole.number == finding:
            self._ask_incident(place)

    def focus_view(self) -> None:
        """Give the keys to what stands there."""
        (self.incident if self.shows_incident else self.chain).focus()

    # The row ------------------------------------------------------------------------------------------------------------

    def follow(self, current: Callable[[], QueueRow | None]) -> None:
        """The cursor came to a row: its story in a moment, unless the cursor has gone on by then."""
        if self._timer is not None:
            self._timer.stop()
        self._current = current
        self._timer = self.set_timer(DRAW_S, lambda: self._draw(current()))

    def _draw(self, row: QueueRow | None) -> None:
        self.show(row)
        self.post_message(self.Drawn())

    def show(self, row: QueueRow | None, *, anew: bool = False) -> None:
        """Draw what the row tells; read the rest when the cursor rests, or `anew` when it is shown already."""
        if self._timer is not None:
            self._timer.stop()
        threshold = self._state.source.threshold if self._state.source is not None else 0.0
        verdict = self._pending.get(row.key, row.verdict) if row is not None else None
        other = row != self.incident.row
        self._choose(row)
        self.chain.show_row(row, verdict, threshold)
        self.incident.show_row(row if row is not None and row.whole is not None else None)
        if row is None or row.whole is None or other:
            self.why.show_row(row)
        self.draw_title()
        if self.shows_incident and (anew or other or self.incident.shown is None):
            self._timer = self.set_timer(REST_S, partial(self._rest, self._ask_incident))
        elif row is not None and not self.shows_incident and (anew or self._stale(row)):
            self._timer = self.set_timer(REST_S, partial(self._rest, partial(self._ask, row)))

    def _stale(self, row: QueueRow) -> bool:
        story = self.chain.story
        return story is None or story.moved_by != stories.moved_by(row)

    def _rest(self, ask: Callable[[], None]) -> None:
        ask()
        self.post_message(self.Rested())

    def _choose(self, row: QueueRow | None) -> None:
        """The incident of a finding; the chain of a chain, and of a finding of scores that know no incidents."""
        wanted = row is not None and row.whole is not None and row.whole.incidents > 0
        focused = self.incident.has_focus or self.chain.has_focus
        self.incident.display, self.chain.display = wanted, not wanted
        if focused:
            (self.incident if wanted else self.chain).focus()

    def draw_title(self) -> None:
        """Over the left half: what it shows, and what is out of sight above."""
        if self.shows_incident:
            self._left.rule.say(*self.incident.heading(self._left.size.width))
        else:
            row = self.chain.row
            self._left.rule.say("Chain" if row is None else f"Chain {row.key[:10]}")

    def judged(self) -> None:
        """Verdicts changed: what the incident shows of them is read again."""
        if self.shows_incident and self.incident.shown is not None:
            self._ask_incident()

    # The incident ---------------------------------------------------------------------------------------------------------

    def _ask_incident(self, place: int | None = None) -> None:
        """Read one occurrence of the finding that is shown: the one that is, unless another is named."""
        case, row = self._services.case, self.incident.row
        if case is None or row is None or row.whole is None:
            return
        source = self._state.source
        read = partial(
            incident_of, self._services.workspace, case, row.whole.number, place or self.place,
            source.model_id if source is not None else None,
        )  # fmt: skip
        # Where the case is scored anew meanwhile, the list is about to be read again.
        beside(self, "story", read, self._show_incident, gone=OddkinError)

    def _show_incident(self, shown: Shown) -> None:
        before = self.incident.shown
        if not self.incident.show_incident(shown):
            return
        other = before is None or before.story.incident != shown.story.incident
        if self._aim is not None and self._aim[:2] == (shown.whole.number, shown.story.incident.place):
            if self._aim[2] is not None:
                self.incident.select(self._aim[2])
            self._aim = None
        self.draw_title()
        self._why_of_cursor()
        self.post_message(self.Aimed())
        if other:
            self.post_message(self.Fitted())

    @on(IncidentTree.Highlighted)
    def _highlighted(self, message: IncidentTree.Highlighted) -> None:
        # Handed on: what a child posts while this pane shows it something goes no further than here.
        message.stop()
        self.draw_title()
        if self._moved is not None:
            self._moved.stop()
        if self.rows is not None:
            self.post_message(self.Aimed())
            self._moved = self.set_timer(REST_S, self._why_of_cursor)

    def _why_of_cursor(self) -> None:
        """The right half follows the process under the cursor."""
        rows, process, source = self.rows, self.incident.process, self._state.source
        shown = self.incident.shown
        if rows is not None and process is not None and shown is not None and self.is_mounted:
            model = source.model_id if source is not None else None
            self.why.show_process(shown, rows.process(process), process in rows.covered, model)

    # The chain ------------------------------------------------------------------------------------------------------------

    def _ask(self, row: QueueRow) -> None:
        case, source = self._services.case, self._state.source
        if case is not None and source is not None:
            load = partial(stories.load, self._services.workspace, case, row, source.model_id)
            beside(self, "chain", load, self._show_story)

    def _show_story(self, story: stories.Story) -> None:
        self.chain.show_story(story)
        self.why.show_story(story)

    def action_occurrence(self, by: int) -> None:
        """Another occurrence of the finding; of a chain another process: its command lines, and those of its ancestors."""
        if self.shows_incident:
            if not self.go_on(by):
                self._tell_the_end(by)
            return
        story, row = self.chain.story, self.chain.row
        if story is None or row is None or not story.processes:
            return
        sample = max(0, min(story.sample + by, len(story.processes) - 1))
        if sample == story.sample:
            self.notify("There is no other process of this chain that way.")
        else:
            read = partial(stories.line_of, self._services.workspace, row.steps, story.processes[sample])
            shown = partial(replace, story, sample=sample)
            beside(self, "story", read, lambda line: self._show_story(shown(line=line)), gone=OddkinError)

    def _tell_the_end(self, by: int) -> None:
        """Why there is none to go to: a key that does nothing looks like one that is broken."""
        whole = self.incident.row.whole if self.incident.row is not None else None
        if whole is not None and self.incident.shown is not None:
            alone = whole.incidents == 1
            said = "Its only incident" if alone else f"The {'last' if by > 0 else 'first'} of {whole.incidents:,} incidents"
            self.notify(f"{said}. {'H tells what is tied to it.' if alone else 'H lists them.'}")

    def go_on(self, by: int = 1) -> bool:
        """To another incident of the finding; False where there is none in that direction."""
        whole = self.incident.row.whole if self.incident.row is not None else None
        if whole is None or self.incident.shown is None or not 1 <= (place := self.place + by) <= whole.incidents:
            return False
        # From the one that is on its way: what reads this pane anew meanwhile must not bring the former one back.
        self._aim = whole.number, place, None
        self._ask_incident(place)
        return True

    def selected(self) -> int | None:
        """The process under the cursor; of an incident whose row is shared its oddest; None where none is recorded, or known."""
        if self.shows_incident and self.incident.shown is not None:
            return self.incident.process or self.incident.shown.story.incident.lead
        whole = self.incident.row.whole if self.shows_incident and self.incident.row is not None else None
        if whole is not None:  # not read yet: it opens on this one
            return whole.lead if whole.occurrence == 1 else None
        story, process = self.chain.story, self.chain.process()
        if process is None and story is not None and story.processes:
            process = story.processes[story.sample]
        return None if process is None else process.id

    def action_hosts(self) -> None:
        """The finding by hosts and times."""
        from tui.screens.triage.hosts_dialog import HostsDialog

        process, case = self.selected(), self._services.case
        if case is None or process is None:
            self.notify("No process is selected.", severity="warning")
            return
        dialog = HostsDialog(self._services.workspace, case, process, self._services.when)
        dialog.ask(self, lambda incident: self.post_message(self.Wanted(incident)))

    def action_tree(self) -> None:
        """The process under the cursor in the tree."""
        process = self.selected()
        if process is None:
            self.notify("No process is recorded for this step.", severity="warning")
            return
        self.post_message(self.Leaving())
        self.app.post_message(ProcessWanted(process))


def incident_of(workspace: Workspace, case: str, number: int, place: int, model: str | None) -> Shown:
    """One occurrence of a finding, in a worker; `model`: whose errors mark its steps, None: nobody's.

    Raises NotFound where the case was scored anew.
    """
    from store.queue.incidents import MOST
    from tui.actions.incident_story import of_one
    from tui.actions.triage.incident_marks import marks_of

    whole, story = of_one(workspace, case, workspace.findings.incident(case, number, place), MOST)
    return Shown(whole, story, marks_of(workspace, story, model))
