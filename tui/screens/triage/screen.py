"""Triage: the ranked queue, the chain under the cursor step by step, the evidence behind it, a verdict by one key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from store.base.views import IncidentView, QueueRow
from store.queue.filter import QueueFilter
from store.queue.pages import EVERYTHING
from tui.runtime.jobs_runner import JobRunner
from tui.runtime.messages import IngestFinished, LearningBegan, QueueLearnt, ScoresChanged, VerdictChanged
from tui.runtime.services import Services
from tui.runtime.verdict_desk import VerdictDesk
from tui.screens.base import ModeScreen
from tui.screens.triage.chain_pane import ChainPane
from tui.screens.triage.filter_bar import FilterBar
from tui.screens.triage.note_pane import NotePane
from tui.screens.triage.queue_pane import QueuePane
from tui.screens.triage.queue_table import QueueTable
from tui.screens.triage.state import TriageState
from tui.screens.triage.verdict_pane import VerdictPane

if TYPE_CHECKING:
    from store.export.rows import ExportRow


class TriageScreen(ModeScreen):
    """Mode 4. The panes share a TriageState; the list drives the chain beside it, verdicts drive the list."""

    MODE = "triage"
    HELP = (
        "Work from the top: a line is a finding, incidents that are alike; the first of them is on the right as a tree. Decide"
        " with one key: the verdict is for the processes that the finding covers, never for the grey context. **]** and **[** go"
        " to its other occurrences, **n**/**N** select a process; with the tree in focus (**tab**) a verdict is for that incident"
        " or process alone. **Z** shows the oddest chain step by step, **o** lists the finding's chains, **z** all chains. **t**"
        " shows the process in the tree of its host, **enter** gives the right side the whole screen, **esc** goes back."
    )
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - an instance variable in Textual
        (0, "-narrow"),
        (100, "-wide"),
        (170, "-huge"),
    ]
    DEFAULT_CSS = """
    TriageScreen {
        #panes, #side { height: 1fr; }
        QueueTable, IncidentTree, ChainView, EvidenceView {
            border: round $border; padding: 0 1; border-title-color: $text-muted;
            &:focus { border: round $primary; border-title-color: $text; }
        }
        QueueTable { padding: 0; }
        #list { width: 1fr; height: 1fr; }
        #side { width: 1fr; }
        IncidentTree { height: 4fr; width: 1fr; }
        ChainView { height: 3fr; width: 1fr; }
        EvidenceView { height: 2fr; width: 1fr; }
        &.-narrow {
            #panes { layout: vertical; }
            #list { height: 2fr; }
            #side { height: 3fr; layout: vertical; }
            EvidenceView { display: none; }
        }
        &.-wide {
            #panes { layout: horizontal; }
            #list { width: 13fr; }
            #side { width: 10fr; layout: vertical; }
        }
        &.-huge {
            #panes { layout: horizontal; }
            #list { width: 2fr; }
            #side { width: 3fr; layout: horizontal; }
            IncidentTree, ChainView, EvidenceView { height: 1fr; }
        }
        &.-zoom #list { display: none; }
        &.-zoom EvidenceView { display: block; }
        &.-zoom.-wide #side { layout: horizontal; }
        &.-zoom.-wide IncidentTree, &.-zoom.-wide ChainView, &.-zoom.-wide EvidenceView { height: 1fr; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *VerdictPane.KEYS,
        *NotePane.KEYS,
        *FilterBar.KEYS,
        Binding("a", "flagged_or_all", "Above threshold only", show=False, id="queue.flagged",
                tooltip="Only what is above the threshold, or all. While a verdict asks: give it only to that"),
        *QueuePane.KEYS,
        *ChainPane.KEYS,
        Binding("escape", "back", "Back", show=False, id="back",
                tooltip="Leave the whole-screen chain, drop marks, drop the filter"),
    ]  # fmt: skip

    def __init__(self, services: Services, runner: JobRunner) -> None:
        super().__init__(services, runner)
        self.desk = VerdictDesk(services.workspace)
        self.state = TriageState()
        self.chains = ChainPane(services, self.state, self.desk.pending)
        self.queue = QueuePane(services, self.state, self.desk.pending, self.chains)
        self.verdicts = VerdictPane(services, self.state, self.desk, self.queue, self.chains)
        self.filter = FilterBar(services, self.state, self.queue.change)
        self.notes = NotePane(services, self.desk, self.chains, self.verdicts)
        self.adopt(self.verdicts, self.notes, self.filter, self.queue, self.chains)
        self._chosen: tuple[tuple[QueueRow, ...], QueueFilter] = ((), EVERYTHING)

    def compose_body(self) -> ComposeResult:
        """Filter line, queue beside chain and evidence, verdict line."""
        yield self.filter
        with Container(id="panes"):
            yield self.queue
            yield self.chains
        yield self.verdicts
        yield self.notes

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

    # What happened --------------------------------------------------------------------------------------------------

    def refresh_case(self) -> None:
        """Another case: its queue from the top."""
        self.state.begin()
        self.verdicts.begin()
        self.queue.show()

    @on(ScoresChanged)
    def _scores_changed(self) -> None:
        self.state.known = None
        self.queue.action_reload()

    @on(IngestFinished)
    def _ingest_finished(self) -> None:
        self.queue.action_reload()

    @on(VerdictChanged)
    def _verdict_changed(self, message: VerdictChanged) -> None:
        self.queue.judged(message)
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

    @on(QueueTable.RowHighlighted)
    def _row_highlighted(self) -> None:
        self.verdicts.question_follows()

    @on(ChainPane.Drawn)
    def _chain_drawn(self) -> None:
        self.verdicts.preview()

    @on(ChainPane.Rested)
    def _rested(self) -> None:
        self.verdicts.preview(rested=True)

    @on(ChainPane.Aimed)
    def _aimed(self) -> None:
        self.verdicts.question_follows()
        self.verdicts.preview(rested=True)

    @on(QueuePane.Shown)
    def _list_shown(self) -> None:
        self.filter.follow()

    @on(FilterBar.Closed)
    def _filter_closed(self) -> None:
        self.table.focus()

    # Keys that more than one pane answers ---------------------------------------------------------------------------

    @on(QueueTable.RowSelected)
    def _row_selected(self) -> None:
        self.set_class(True, "-zoom")
        self.chains.focus_view()

    def action_flagged_or_all(self) -> None:
        """Answer with what is above the threshold while a verdict asks; else the filter by it."""
        if not self.verdicts.answer_above():
            self.queue.change(self.state.view.flagged())

    def action_back(self) -> None:
        """One thing at a time: the question, the large chain, the marks, the finding, the filter."""
        if self.verdicts.decline():
            return
        if self.has_class("-zoom"):
            self.set_class(False, "-zoom")
            self.table.focus()
        elif self.focused is not self.table:
            self.table.focus()
        elif not self.verdicts.unmark() and not self.queue.close_finding() and self.state.view.wanted != EVERYTHING:
            self.queue.change(self.state.view.everything(), self.queue.current_key)

    def show_chain(self, key: str, incident: IncidentView | None = None, process_id: int = 0) -> None:
        """From the tree: this chain, in the present list if it is there, else in the whole queue. In a list of findings the
        finding that covers the process, with the process selected in its incident.
        """
        finding = incident.finding if incident is not None and self.state.will_show_findings else None
        if incident is not None and finding is not None:
            self.chains.aim(incident, process_id)
        if self.queue.show_chain(key, finding) and not self.has_class("-zoom"):
            self.table.focus()

    # Export ---------------------------------------------------------------------------------------------------------

    def action_export(self) -> None:
        """What is marked or filtered now, whatever changes while the dialog is open."""
        self._chosen = (tuple(self.state.marks.values()), self.state.view.wanted)
        super().action_export()

    def export_subject(self) -> str:
        """For the dialog."""
        return self.state.export_words(*self._chosen) or super().export_subject()

    def export_rows(self) -> Iterator[ExportRow]:
        """Runs in the job's thread."""
        from store.export.rows import chosen_rows

        rows, wanted = self._chosen
        if not rows and wanted == EVERYTHING:
            return super().export_rows()
        workspace = self.services.workspace
        return chosen_rows(workspace, self.services.case or "", wanted, list(workspace.findings.chains(rows)) if rows else None)
