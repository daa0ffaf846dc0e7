"""Triage: the ranked queue, the chain under the cursor step by step, the evidence behind it, a verdict by one key."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.content import Content
from textual.timer import Timer
from textual.worker import get_current_worker

from engine.errors import NotFound, OddkinError
from engine.untrusted import visible
from store.queue.filter import QueueFilter
from store.queue.finding_positions import FindingSource
from store.queue.order import LEARNT, RANK
from store.queue.pages import EVERYTHING
from tui.actions import filter_line
from tui.runtime.messages import IngestFinished, ScoresChanged, VerdictChanged
from tui.runtime.verdict_desk import VerdictDesk
from tui.screens.triage.chain_view import ChainView
from tui.screens.triage.evidence import EvidenceMixin
from tui.screens.triage.evidence_view import EvidenceView
from tui.screens.triage.filter import FilterMixin
from tui.screens.triage.filter_bar import FilterBar
from tui.screens.triage.findings import FindingsMixin
from tui.screens.triage.keys import KEYS
from tui.screens.triage.learning import LearningMixin
from tui.screens.triage.messages import QueueGrew
from tui.screens.triage.queue_table import QueueTable
from tui.screens.triage.verdict_bar import VerdictBar
from tui.screens.triage.verdicts import VerdictsMixin
from tui.words.finding_words import kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.base.views import QueueRow
    from store.export.rows import ExportRow
    from store.queue.positions import QueueSource
    from tui.runtime.jobs_runner import JobRunner
    from tui.runtime.services import Services


class TriageScreen(FilterMixin, FindingsMixin, EvidenceMixin, VerdictsMixin, LearningMixin):
    """Mode 4."""

    MODE = "triage"
    HELP = (
        "Work from the top: a line is a finding, what happened below one service, login or desktop; its strangest chain is on the"
        " right. Decide with one key: the verdict is for all its chains. **.** and **,** step through them, **o** lists them to"
        " be decided one by one, **z** lists all chains instead of findings. **n**/**N** go through the steps, **t** shows the"
        " step's process in the tree, **enter** gives the chain the whole screen, **esc** goes back."
    )
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - an instance variable in Textual
        (0, "-narrow"),
        (100, "-wide"),
        (170, "-huge"),
    ]
    DEFAULT_CSS = """
    TriageScreen {
        #panes, #side { height: 1fr; }
        QueueTable, ChainView, EvidenceView { border: round $border; padding: 0 1; border-title-color: $text-muted; }
        QueueTable:focus, ChainView:focus, EvidenceView:focus { border: round $primary; border-title-color: $text; }
        QueueTable { width: 1fr; height: 1fr; padding: 0; }
        #side { width: 1fr; }
        ChainView { height: 3fr; width: 1fr; }
        EvidenceView { height: 2fr; width: 1fr; }
        &.-narrow {
            #panes { layout: vertical; }
            QueueTable { height: 2fr; }
            #side { height: 3fr; layout: vertical; }
            EvidenceView { display: none; }
        }
        &.-wide {
            #panes { layout: horizontal; }
            QueueTable { width: 13fr; }
            #side { width: 10fr; layout: vertical; }
        }
        &.-huge {
            #panes { layout: horizontal; }
            QueueTable { width: 2fr; }
            #side { width: 3fr; layout: horizontal; }
            ChainView, EvidenceView { height: 1fr; }
        }
        &.-zoom QueueTable { display: none; }
        &.-zoom EvidenceView { display: block; }
        &.-zoom.-wide #side { layout: horizontal; }
        &.-zoom.-wide ChainView, &.-zoom.-wide EvidenceView { height: 1fr; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = KEYS

    def __init__(self, services: Services, runner: JobRunner) -> None:
        super().__init__(services, runner)
        self.desk = VerdictDesk(services.workspace)
        self.marks: dict[str, QueueRow] = {}
        self.source: QueueSource | None = None
        """What the table shows."""
        self._coming: QueueSource | None = None
        """What it will show when its first rows are known."""
        self._keep: str | None = None
        """Chain to put the cursor on then."""
        self._opening = True
        """The case has just been opened: begin where something is left to decide."""
        self._following = False
        """What is coming is the same list, re-ordered by labels: the cursor's line and those above it stay."""
        self.wanted: QueueFilter = EVERYTHING
        self.order, self.reverse = LEARNT, False
        self._hosts: list[str] | None = None
        self._story_timer: Timer | None = None
        self._chosen: tuple[tuple[QueueRow, ...], QueueFilter] = ((), EVERYTHING)

    def compose_body(self) -> ComposeResult:
        """Filter line, queue beside chain and evidence, verdict line."""
        when = self.services.when
        yield FilterBar(self._host_names)
        with Container(id="panes"):
            yield QueueTable(self.desk.pending, lambda row: row.key in self.marks, when, id="queue")
            with Container(id="side"):
                yield ChainView(when, id="chain")
                yield EvidenceView(when, id="evidence")
        yield VerdictBar()

    @property
    def table(self) -> QueueTable:
        """The queue."""
        return self.query_one(QueueTable)

    def on_mount(self) -> None:
        """First rows."""
        self.table.focus()
        self.refresh_case()

    def on_unmount(self) -> None:
        """Nothing that was decided is lost."""
        self.desk.close()

    # Queue ----------------------------------------------------------------------------------------------------------

    def refresh_case(self) -> None:
        """Another case: its queue from the top."""
        self.marks.clear()
        self.forget_findings()
        self.forget_learning()
        self.forget_verdicts()
        self.wanted, self.order, self.reverse, self._hosts = EVERYTHING, LEARNT, False, None
        self.query_one(VerdictBar).tell([])
        self._opening = True
        self.show_queue()

    def show_queue(self, keep: str | None = None, *, follow: bool = False) -> None:
        """Read the queue with the present filter and order; the cursor goes to `keep` or to the top.

        `follow`: it is the list that is shown, re-ordered; nothing at the cursor or above it moves.
        """
        case = self.services.case
        self.workers.cancel_group(self, "queue")
        if follow and self._coming is not None:  # another list is on its way: it takes the new order by itself
            keep, follow = self._keep, False
        self._following = follow and self.source is not None and self.source.complete
        self._keep, self._coming = keep, None
        try:
            if case is None:
                raise NotFound("There is no case yet.", remedy="press 1 and ingest some logs")
            source = self.make_source(case)
        except NotFound as problem:
            remedy = "press 3 and train" if case is not None else problem.remedy
            self.table.empty = [(problem.message + " ", ""), (f"To begin, {remedy}.", "accent")]
            self._present(None)
            return
        self.table.empty = [("Nothing matches. ", ""), ("esc takes the filter away.", "accent")]
        if source.complete:
            self._present(source)
            return
        self._coming = source
        if not self._following:
            self.say_range(" reading …")
        self._load(source)

    @work(thread=True, exclusive=True, group="queue", exit_on_error=False)
    def _load(self, source: QueueSource) -> None:
        worker = get_current_worker()
        try:
            source.load(lambda: self._post_growth(source), lambda: worker.is_cancelled)
            self.post_message(QueueGrew(source))
        except OddkinError as problem:
            self.post_message(QueueGrew(source, problem.message))

    def _post_growth(self, source: QueueSource) -> None:
        self.post_message(QueueGrew(source))

    @on(QueueGrew)
    def _queue_grew(self, message: QueueGrew) -> None:
        source = message.source
        if message.problem:
            self.notify(visible(message.problem), severity="error", markup=False)
        elif source is self._coming:
            if source.complete or (self._keep is None and source.count() and not self._following):
                self._present(source)
            elif source.share and not self._following:
                self.say_range(f" reading … {source.share:.0%}")
        elif source is self.source:
            self.table.grow()
            self.say_range()

    def _present(self, source: QueueSource | None) -> None:
        shown, self.source, self._coming = self.source, source, None
        position = 0
        if self._following and source is not None and shown is not None and type(source) is type(shown):
            position = self.table.cursor
            source.keep_in_front(shown, position + 1)
        self._following = False
        if source is not None and self._keep is not None:
            rank = source.rank_of(self._keep)
            position = (source.position(rank) if rank is not None else None) or 0
        elif self._opening and source is not None and source.order.learnt:
            # What is decided stands at the top of a learnt queue; whoever opens it wants to go on.
            position = source.undecided_from(0)[0] or 0
        self._keep, self._opening = None, False
        if source is not None:
            told = self.told()
            chances = told is not None and told.probability is not None
            self.table.make_room(source.total, findings=isinstance(source, FindingSource), chances=chances)
        self.table.show_source(source, position)
        if source is None or not source.count():
            self.show_evidence(None)
        self.say_range()

    def say_range(self, state: str = "") -> None:
        """Title and order of the table."""
        source, said = self.source, []
        if source is not None:
            count = f"{source.count():,}" + ("" if source.complete else "…")
            said.append(f"{count} of {source.total:,}" if source.wanted != EVERYTHING else count)
        if self.wanted != EVERYTHING:
            said.append(filter_line.words(self.wanted, self._host_name))
        if advice := self.stop_words():
            said.append(advice)
        title = "Findings  " if isinstance(source, FindingSource) else "Queue  "
        self.table.border_title = Content(visible(title + " · ".join(said) + state))
        order = source.order.name if source is not None else RANK.name
        self.table.border_subtitle = Content(f"by {order}" + (" reversed" if self.reverse else "") + self.learnt_words())

    @on(QueueTable.RowHighlighted)
    def _row_highlighted(self) -> None:
        self.question_follows()
        self.follow()

    @on(QueueTable.RowSelected)
    def _row_selected(self) -> None:
        self.set_class(True, "-zoom")
        self.query_one(ChainView).focus()

    @on(ScoresChanged)
    def _scores_changed(self) -> None:
        self.action_reload()

    @on(IngestFinished)
    def _ingest_finished(self) -> None:
        self._hosts = None
        self.action_reload()

    @on(VerdictChanged)
    def _verdict_changed(self, message: VerdictChanged) -> None:
        keys = frozenset(message.keys)
        self.table.forget(None if message.beyond else lambda row: row.key in keys)
        row = self.table.current
        if row is not None and row.key in message.keys:
            self.show_evidence(row, anew=True)
        self.preview()

    # Moving ---------------------------------------------------------------------------------------------------------

    def show_chain(self, key: str) -> None:
        """From the tree: this chain, in the present queue if it is there, else in the whole one."""
        source = self.source
        rank = source.rank_of(key) if source is not None else None
        if source is None or rank is None:
            self.notify("This chain is not in the queue: it has no score yet.", severity="warning")
            return
        position = source.position(rank)
        if position is None:
            self.wanted, self.order, self.reverse = EVERYTHING, LEARNT, False
            self.show_queue(keep=key)
        else:
            self.table.move_to(position)
        if not self.has_class("-zoom"):
            self.table.focus()

    def action_row(self, by: int) -> None:
        """Another chain without leaving the pane."""
        self.table.action_move(by)

    def action_back(self) -> None:
        """One thing at a time: the question, the large chain, the marks, the filter."""
        if self.drop_question():
            self.query_one(VerdictBar).tell([("nothing was changed", "dim")])
        elif self.has_class("-zoom"):
            self.set_class(False, "-zoom")
            self.table.focus()
        elif self.focused is not self.table:
            self.table.focus()
        elif self.marks:
            self.marks.clear()
            self.table.refresh()
            self.preview()
        elif self.close_finding():
            pass
        elif self.wanted != EVERYTHING:
            row = self.table.current
            self.wanted = EVERYTHING
            self.show_queue(keep=row.key if row is not None else None)

    # Export ---------------------------------------------------------------------------------------------------------

    def action_export(self) -> None:
        """What is marked or filtered now, whatever changes while the dialog is open."""
        self._chosen = (tuple(self.marks.values()), self.wanted)
        super().action_export()

    def export_subject(self) -> str:
        """For the dialog."""
        rows, wanted = self._chosen
        if rows:
            return f"the processes of {kind(len(rows), findings=rows[0].whole is not None)} marked"
        if wanted != EVERYTHING:
            count = self.source.count() if self.source is not None else 0
            of = kind(count, findings=isinstance(self.source, FindingSource))
            return f"the processes of the chains that match, {of}: {filter_line.words(wanted, self._host_name)}"
        return super().export_subject()

    def export_rows(self) -> Iterator[ExportRow]:
        """Runs in the job's thread."""
        from store.export.rows import chosen_rows

        rows, wanted = self._chosen
        if not rows and wanted == EVERYTHING:
            return super().export_rows()
        workspace = self.services.workspace
        return chosen_rows(workspace, self.services.case or "", wanted, list(workspace.findings.chains(rows)) if rows else None)
