"""Triage: findings on top, below them the incident as a tree beside why, a verdict by one key on the scope that is said."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from store.base.views import IncidentView
from store.queue.pages import EVERYTHING
from tui.dialogs.ask import Ask, AskedLine
from tui.dialogs.take_away import TakeAway
from tui.judging.notes import NotePane
from tui.judging.tags import TagPane
from tui.judging.undo import UndoPane
from tui.runtime.jobs_runner import JobRunner
from tui.runtime.messages import IngestFinished, LearningBegan, QueueLearnt, ScoresChanged, SummaryLoaded, VerdictChanged
from tui.runtime.services import Services
from tui.runtime.verdict_desk import VerdictDesk
from tui.screens.base import ModeScreen
from tui.screens.triage.chain_view import ChainView
from tui.screens.triage.exception_pane import ExceptionPane
from tui.screens.triage.exports import TriageExports
from tui.screens.triage.filter_bar import FilterBar
from tui.screens.triage.incident.tree import IncidentTree
from tui.screens.triage.layout import CSS, HELP, Page
from tui.screens.triage.mark_pane import MarkPane
from tui.screens.triage.pages import Pages, TriagePlace
from tui.screens.triage.presence_line import PresenceLine
from tui.screens.triage.queue_pane import RANKING, QueuePane, rank
from tui.screens.triage.queue_table import QueueTable
from tui.screens.triage.state import TriageState
from tui.screens.triage.story_pane import StoryPane
from tui.screens.triage.time_pane import TimePane
from tui.screens.triage.verdict_pane import VerdictPane
from tui.screens.triage.why.evidence_view import EvidenceView
from tui.screens.triage.why.why_view import WhyView


class TriageScreen(ModeScreen):
    """Mode 4. The panes share a TriageState; the list drives the story below it, verdicts drive the list."""

    MODE = "triage"
    HELP = HELP
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - an instance variable in Textual
        (0, "-thin"), (60, "-narrow"), (100, "-wide"), (160, "-huge"),
    ]  # fmt: skip
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (16, "-low"), (22, "-mid"), (30, "-high")]  # noqa: RUF012
    DEFAULT_CSS = CSS
    BINDINGS: ClassVar[list[BindingType]] = [
        *VerdictPane.KEYS,
        *NotePane.KEYS,
        *ExceptionPane.KEYS,
        *UndoPane.KEYS,
        *MarkPane.KEYS,
        *FilterBar.KEYS,
        *QueuePane.KEYS,
        *StoryPane.KEYS,
        *Ask.KEYS,
        *TakeAway.KEYS,
        *TimePane.KEYS,
        *TagPane.KEYS,
        Binding("escape", "back", "Back", show=False, id="back",
                tooltip="One layer: the question, the whole page, the pane, the marks, the filter"),
    ]  # fmt: skip

    def __init__(self, services: Services, runner: JobRunner) -> None:
        super().__init__(services, runner)
        self.desk = VerdictDesk(services.workspace)
        self.state = TriageState()
        self.exports = TriageExports(services, self.state)
        self.pages = Pages(self)
        self.story = StoryPane(services, self.state, self.desk.pending)
        self.queue = QueuePane(services, self.state, self.desk.pending, self.story)
        more = (*NotePane.KEYS, UndoPane.KEYS[0], QueuePane.KEYS[0])
        self.verdicts = VerdictPane(services, self.state, self.desk, self.queue, self.story, more)
        self.filter = FilterBar(services, self.state, self.queue.change)
        beside = (NotePane(self, services, self.verdicts), UndoPane(self, services, self.verdicts))
        self.marks = MarkPane(self.state, self.queue, self.verdicts)
        self.ask = Ask(self, services, self.story.selected, lambda: self.state.view.wanted.where, self._asked)
        self.take_away = TakeAway(self, services, self.story.selected)
        self.strip = TimePane(services, self._asked)
        self.presence = PresenceLine(services)
        tags = TagPane(self, services, self.verdicts, self.story.selected)
        kept = ExceptionPane(self, services, self.state, self.verdicts, self.queue)
        panes = (self.verdicts, *beside, tags, kept, self.marks, self.filter, self.queue, self.story)
        self.adopt(*panes, self.ask, self.take_away, self.strip)

    def compose_body(self) -> ComposeResult:
        """Filter line, findings, the story below them, scope and keys."""
        yield from (self.filter, self.strip, self.presence)
        with Container(id="panes"):
            yield self.queue
            yield self.story
        yield from (self.verdicts, self.marks)

    @property
    def table(self) -> QueueTable:
        """The queue."""
        return self.queue.table

    def on_mount(self) -> None:
        """First rows."""
        self.table.focus()
        self.refresh_case()

    def on_unmount(self) -> None:
        """Nothing that was decided is lost."""
        self.desk.close()

    def on_key(self, event: events.Key) -> None:
        """Before any binding: what the last key did is said no longer, and enter answers a question."""
        self.verdicts.next_key()
        if self.verdicts.asking and event.key == "enter":
            event.stop()
            self.verdicts.answer_carefully()

    # What happened --------------------------------------------------------------------------------------------------

    def refresh_case(self) -> None:
        """Another case: its queue from the top."""
        self.state.begin()
        self.verdicts.begin()
        self.queue.show()
        self.strip.count()

    @on(ScoresChanged)
    def _scores_changed(self) -> None:
        self.state.known = None
        self.queue.reload()
        self.strip.count()

    @on(SummaryLoaded)
    def _counted(self) -> None:
        self.queue.dated()

    @on(IngestFinished)
    def _ingest_finished(self) -> None:
        self.queue.reload()
        self.strip.count()

    @on(VerdictChanged)
    def _verdict_changed(self, message: VerdictChanged) -> None:
        self.queue.judged(message)
        self.story.judged()
        self.state.known = None
        self.verdicts.preview(rested=True)

    @on(LearningBegan)
    def _learning_began(self, message: LearningBegan) -> None:
        if message.case == self.services.case:
            self.queue.learning()

    @on(QueueLearnt)
    def _queue_learnt(self, message: QueueLearnt) -> None:
        if message.case == self.services.case:
            self.queue.learnt(message)

    @on(QueuePane.RankWanted)
    def _rank_wanted(self) -> None:
        self.start(RANKING, partial(rank, self.services.workspace, self.services.case or "", self.app.post_message))

    @on(QueueTable.RowHighlighted)
    def _row_highlighted(self) -> None:
        self.verdicts.question_follows()

    @on(StoryPane.Drawn)
    def _drawn(self) -> None:
        self.verdicts.preview()

    @on(StoryPane.Rested)
    def _rested(self) -> None:
        self.verdicts.preview(rested=True)

    @on(StoryPane.Aimed)
    def _aimed(self) -> None:
        shown = self.story.incident.shown if self.story.shows_incident else None
        self.strip.mark(None if shown is None else shown.story.incident)
        self.presence.follow(0 if shown is None else shown.whole.number)
        self.verdicts.question_follows()
        self.verdicts.preview(rested=True)

    @on(QueuePane.Shown)
    def _list_shown(self) -> None:
        self.filter.follow()

    @on(FilterBar.Closed)
    @on(TimePane.Closed)
    def _filter_closed(self) -> None:
        self.table.focus()

    # The page ---------------------------------------------------------------------------------------------------------

    def on_resize(self, _event: events.Resize) -> None:
        """Other sizes are shared out otherwise."""
        self.call_after_refresh(self.pages.share_height)

    @on(StoryPane.Fitted)
    def _fitted(self) -> None:
        self.pages.share_height()

    @on(QueueTable.RowSelected)
    def _row_selected(self) -> None:
        self.pages.show(Page.STORY)
        self.story.focus_view()

    @on(IncidentTree.Chosen)
    @on(ChainView.Chosen)
    def _story_chosen(self) -> None:
        self.pages.deeper()

    @on(WhyView.Chosen)
    @on(EvidenceView.Chosen)
    def _why_chosen(self) -> None:
        self.pages.show(Page.WHY)

    def action_back(self) -> None:
        """One layer: the question, the whole page, the pane, the marks, the filter."""
        if self.verdicts.decline() or self.pages.back():
            return
        if self.focused is not self.table:
            self.table.focus()
        elif not self.marks.unmark() and self.state.view.wanted != EVERYTHING:
            self.queue.change(self.state.view.everything(), self.queue.current_key)

    def show_chain(self, key: str, incident: IncidentView | None = None, process_id: int = 0) -> None:
        """From the tree: the finding that covers the process, with the process selected in its incident; of a process that no
        incident covers its chain.
        """
        if incident is not None:
            self.story.aim(incident.finding, incident.place, process_id)
        self.queue.show_chain(key, None if incident is None else incident.finding)
        if self.pages.page is Page.ALL:
            self.table.focus()

    # Places -----------------------------------------------------------------------------------------------------------

    def place(self) -> TriagePlace:
        """For `[` and `]`."""
        return self.pages.here()

    def go_to_place(self, at: TriagePlace) -> None:
        """Back to what `place` told."""
        self.pages.go_to(at)

    @on(StoryPane.Wanted)
    def _wanted(self, message: StoryPane.Wanted) -> None:
        self.places.leave()
        one = message.incident
        self.show_chain("", one, one.lead)

    @on(StoryPane.Leaving)
    @on(FilterBar.Leaving)
    def _leaving(self) -> None:
        self.places.leave()

    def _asked(self, asked: AskedLine) -> None:
        """A pivot, or a value that was counted: the filter is another one, and `[` goes back."""
        self.places.leave()
        self.pages.show(Page.ALL)
        self.filter.ask(asked.line, within=asked.within)
        self.table.focus()
