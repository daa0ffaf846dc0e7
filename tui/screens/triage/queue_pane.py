"""Triage's list: which one it is, in which order, read in a worker, and where the cursor goes in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

from textual import on, work
from textual.binding import Binding
from textual.message import Message
from textual.worker import get_current_worker

from engine.errors import NotFound, OddkinError
from engine.progress import Run
from engine.untrusted import visible
from store.base.views import QueueRow
from store.exceptions.hidden import NOTHING_HIDDEN
from store.learnt.packed import LearntIndex
from store.queue.order import DIVERSE, LEARNT, MODES, ORDERS, RANK, UNCERTAIN, Order
from store.queue.pages import EVERYTHING
from store.queue.positions import QueueSource
from store.workspace import Workspace
from tui.actions.ingest import first_queue
from tui.actions.triage.finding_lines import lines
from tui.runtime.beside import beside
from tui.runtime.messages import QueueLearnt, ScoresChanged, VerdictChanged
from tui.runtime.services import Services
from tui.screens.triage.queue_table import QueueTable
from tui.screens.triage.state import QueueView, TriageState
from tui.screens.triage.story_pane import StoryPane
from tui.screens.triage.target import place_of
from tui.widgets.title_rule import TitledPane
from tui.words.learnt_words import change_words
from tui.words.triage.exception_words import missing_words
from tui.words.triage.finding_line import FindingLine
from tui.words.words import many

RANKING = "rank"
"""The job that makes a queue."""
ORDER_WORDS = {
    LEARNT: "likeliest first, by the detector and your verdicts",
    DIVERSE: "one of each kind of look-alikes first: a verdict on each teaches most",
    UNCERTAIN: "what your verdicts say least of first",
    RANK: "as the detector ranks, whatever the verdicts say",
}
BACK = 256
"""Lines that are read at once on the way back."""
FEW = "Before the uncertain can be asked about, 20 malicious and 20 other verdicts are needed."


@dataclass
class QueueGrew(Message, bubble=False):
    """More positions of a source are known; `problem` when reading it failed."""

    source: QueueSource
    problem: str = ""

    def can_replace(self, message: Message) -> bool:
        """Only the newest count matters."""
        return isinstance(message, QueueGrew) and message.source is self.source and not message.problem


class QueuePane(TitledPane):
    """Reads lists of the queue into its table; the row under the cursor is drawn by the pane beside it."""

    KEYS: ClassVar[list[Binding]] = [
        Binding("n", "next_undecided(1)", "Next", id="goto.next", tooltip="Skip to the next line without a verdict"),
        Binding("N", "next_undecided(-1)", "Previous", show=False, id="goto.previous",
                tooltip="Skip back to the line before that has no verdict"),
        Binding("v", "findings", "View", show=False, id="pane.view", tooltip="List chains, not findings; again: findings"),
        Binding("z", "flagged", "Odd only", show=False, id="pane.odd", tooltip="Only what is above the threshold; again: all"),
        Binding("s", "sort(1)", "Sort", show=False, id="pane.sort",
                tooltip="Next order: learnt, diverse, uncertain, rank, rarity, hosts, first seen, …"),
        Binding("S", "sort(0)", "Reverse", show=False, id="pane.reverse", tooltip="The same order the other way round"),
        Binding("r", "reload", "Rank", show=False, id="screen.job", tooltip="Apply filter and order to what holds now"),
        Binding("L", "effects", "Effects", show=False, id="labels.effects",
                tooltip="All that your verdicts moved, and how well"),
        Binding("J", "row(1)", "Next line", show=False, id="list.next", tooltip="Next line of the list, from any pane"),
        Binding("K", "row(-1)", "Previous line", show=False, id="list.previous", tooltip="Line before, from any pane"),
    ]  # fmt: skip

    class RankWanted(Message):
        """The case has no queue, and is to get one."""

    class Shown(Message):
        """Another list is being read, or the same one anew."""

    def __init__(self, services: Services, state: TriageState, pending: Mapping[str, str | None], story: StoryPane) -> None:
        """`pending`: verdicts that are being written and count already; `story` draws the row under the cursor."""
        marks = state.marks
        self.table = QueueTable(
            pending, lambda row: place_of(row) in marks, services.when, lines=self._lines, settings=services.settings, id="queue"
        )
        super().__init__("Findings", self.table, id="list")
        self._services, self._state, self._pending, self._story = services, state, pending, story

    def _lines(self, rows: Sequence[QueueRow]) -> Sequence[FindingLine]:
        """What the table tells of rows, by the model whose list they are of."""
        source = self._state.source
        return lines(self._services.workspace, self._services.case or "", rows, model=source.model_id if source else None)

    @property
    def current_key(self) -> str | None:
        """The chain under the cursor, or that stands for the finding there."""
        row = self.table.current
        return row.key if row is not None else None

    # Reading ----------------------------------------------------------------------------------------------------------

    def show(self, keep: str | int | None = None, *, follow: bool = False) -> None:
        """Read the list by the present view; `keep` and `follow` as in TriageState.expect."""
        state, case = self._state, self._services.case
        self.workers.cancel_group(self, "queue")
        self.post_message(self.Shown())
        state.expect(keep, follow=follow)
        try:
            if case is None:
                raise NotFound("There is no case yet.", remedy="press 1 and ingest some logs")
            source = state.view.source(self._services.workspace, case, self._services.now_us())
        except NotFound as problem:
            remedy = "press r: what comes with oddkin ranks it, without a training" if case is not None else problem.remedy
            self.table.empty = [(problem.message + " ", ""), (f"To begin, {remedy}.", "accent")]
            self._present(None)
            return
        self.table.empty = [("Nothing matches. ", ""), ("esc takes the filter away.", "accent")]
        if source.complete:
            self._present(source)
            return
        state.coming = source
        if not state.following:
            self.draw_title(" reading …")
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
    def _grew(self, message: QueueGrew) -> None:
        source, state = message.source, self._state
        if message.problem:
            self.notify(visible(message.problem), severity="error", markup=False)
        elif source is state.coming:
            if state.ready(source):
                self._present(source)
            elif source.share and not state.following:
                self.draw_title(f" reading … {source.share:.0%}")
        elif source is state.source:
            self.table.grow()
            self.draw_title()

    def _present(self, source: QueueSource | None) -> None:
        sought, self._state.sought = self._state.sought, None
        position = self._state.arrive(source, self.table.cursor)
        if sought is not None and self._state.position(sought) is None:
            self.notify(missing_words(sought, source.hidden if source is not None else NOTHING_HIDDEN), severity="warning")
        if source is not None:
            index = self._learnt()
            chances = index is not None and index.probability is not None
            self.table.make_room(source.total, findings=self._state.shows_findings, chances=chances)
            self.dated()
        self.table.show_source(source, position)
        if source is None or not source.count():
            self._story.show(None)
        self.draw_title()

    def dated(self) -> None:
        """Lines tell the day unless the case is known to have one only: it is counted after its list is there."""
        case, when = self._services.summary, self._services.when
        days = case is None or when(case.first_us)[:10] != when(case.last_us)[:10]
        if days != self.table.told.days:
            self.table.told.days = days
            self.table.refresh()

    def draw_title(self, reading: str = "") -> None:
        """Title and order of the table; `reading`: how far what is coming was read."""
        index = self._learnt() if self._state.source is not None else None
        title = self._state.title(index.metrics if index is not None else None)
        self.rule.say(visible(title) + reading, self._state.subtitle())

    def _learnt(self) -> LearntIndex | None:
        """The learnt queue that the rows tell of. Cheap once a row was read: the store keeps it."""
        try:
            return self._services.workspace.learnt.index(self._services.case or "")
        except NotFound:
            return None

    @on(QueueTable.RowHighlighted)
    def _highlighted(self) -> None:
        self._story.follow(lambda: self.table.current)

    # What changed ------------------------------------------------------------------------------------------------------

    def judged(self, message: VerdictChanged) -> None:
        """Verdicts changed: the marks of those rows, and the chain that is shown."""
        keys = frozenset(message.keys)
        self.table.forget(None if message.beyond else lambda row: row.key in keys)
        row = self.table.current
        if row is not None and row.key in message.keys:
            self._story.show(row, anew=True)

    def learning(self) -> None:
        """The queue is being re-ordered."""
        self._state.learning = True
        self.draw_title()

    def learnt(self, message: QueueLearnt) -> None:
        """The queue follows its verdicts: the rest in its new order; the cursor's line and what is above it stay."""
        state = self._state
        state.learning = False
        if message.problem:
            state.last_change = ""
            self.notify(visible(message.problem), title="The queue was not re-ordered", severity="error", markup=False)
        elif message.fresh:
            state.last_change = change_words(message.change)
            if state.source is None:
                self.show()
            elif state.view.order.learnt:
                self.show(follow=True)
            else:
                self.table.forget()  # another order stays, with new marks
                row = self.table.current
                self._story.show(row, anew=row is not None)
        self.draw_title()

    # Which list --------------------------------------------------------------------------------------------------------

    def change(self, view: QueueView, keep: str | int | None = None) -> None:
        """Another view."""
        self._state.view = view
        self.show(keep)

    def action_findings(self) -> None:
        """Findings instead of chains, or chains instead of findings; the cursor stays with the chain."""
        state, key = self._state, self.current_key
        state.findings_or_chains()
        self._unmark()
        self.show(key)
        if state.view.by_finding and state.source is not None and not state.will_show_findings:
            self.notify("These scores have no findings yet. On screen 5, let the model score the case again.", severity="warning")

    def _unmark(self) -> None:
        # A mark on a finding is none on its best chain: what is not seen must not get a verdict.
        if self._state.marks:
            self._state.marks.clear()
            self.notify("The marks were taken away.")

    def action_flagged(self) -> None:
        """Above the threshold only, or all again."""
        self.change(self._state.view.flagged(), self.current_key)

    # In which order ----------------------------------------------------------------------------------------------------

    def _orders(self) -> tuple[Order, ...]:
        """Those that there are: what labels teach, the detector's own, the columns."""
        index = self._learnt()
        asks = () if index is None else index.asks
        return (*(mode for mode in MODES if mode in {LEARNT, RANK} or mode.name in asks), *ORDERS[1:])

    def action_effects(self) -> None:
        """What all labels did."""
        from tui.screens.triage.effects_dialog import LabelEffectsDialog

        services = self._services
        if services.case is None:
            self.notify("There is no case yet.", severity="warning")
        else:
            self.app.push_screen(LabelEffectsDialog(services.workspace, services.case, services.when))

    def action_sort(self, forward: int) -> None:
        """The next order, or the same one reversed."""
        there = self._orders()
        view = self._state.view.sorted(there, forward=bool(forward))
        if forward and view.order in ORDER_WORDS:
            more = f" {FEW}" if view.order is DIVERSE and UNCERTAIN not in there else ""
            self.notify(f"{view.order.name}: {ORDER_WORDS[view.order]}.{more}", title="Order of the queue")
        self.change(view)

    def action_reload(self) -> None:
        """What holds now; of a case without a queue, that one is made."""
        if self._state.source is None and self._services.case is not None:
            self.post_message(self.RankWanted())
        else:
            self.reload()

    def reload(self) -> None:
        """What holds now, with the cursor on the same chain."""
        self.show(self.current_key)

    # Where the cursor goes ----------------------------------------------------------------------------------------------

    def action_row(self, by: int) -> None:
        """Another chain without leaving the pane."""
        self.table.action_move(by)

    def action_next_undecided(self, by: int = 1) -> None:
        """To the next undecided line below the cursor, or with -1 above it; round the other end where there is none."""
        source, start = self._state.source, self.table.cursor + 1
        if source is None:
            return
        decided = {key for key, verdict in self._pending.items() if verdict is not None}
        if by < 0:
            back = partial(_search_back, source, self.table.cursor, frozenset(decided))
            beside(self, "undecided", back, partial(self._undecided_found, source))
            return
        found, seen = source.undecided_from(start, decided)
        if found is not None:
            self.table.cursor = found
        else:
            # Thousands of decided lines in a row: not on the UI's time.
            search = partial(_search, source, seen, start, frozenset(decided))
            beside(self, "undecided", search, partial(self._undecided_found, source))

    def _undecided_found(self, source: QueueSource, position: int | None) -> None:
        if source is not self._state.source:
            return
        if position is None:
            self.notify("Everything in this list has a verdict. e exports, esc takes a filter away.", title="Done")
            self.table.forget()
            self.table.action_move(1)
        else:
            self.table.cursor = position

    def go_to(self, key: str | int) -> bool:
        """To a chain or a finding, to see what became of it; False, and nothing moves, where the list does not hold it."""
        position = self._state.position(key)
        if position is not None:
            self.table.cursor = position
        return position is not None

    def show_chain(self, key: str, finding: int | None = None) -> None:
        """Go to the finding with this number, or to a chain in the list of chains; in the present list if it is there, else in
        the whole one. A list that is still being read is waited for, and where nothing is there in the end that is said.

        A chain is looked for among chains: the finding that it would stand for is about other processes that end in it.
        """
        state, wanted = self._state, key if finding is None else finding
        state.sought = wanted
        view = replace(state.view, by_finding=finding is not None)
        if state.source is not None and state.coming is None and state.shows_findings == (finding is not None):
            if self.go_to(wanted):
                state.sought = None
                return
        elif state.coming is not None and state.will_show_findings == (finding is not None) and view.wanted == EVERYTHING:
            state.keep, state.opening = wanted, False
            return
        self.change(replace(view, wanted=EVERYTHING, order=LEARNT, reverse=False), wanted)


def _search(source: QueueSource, seen: int, start: int, decided: frozenset[str]) -> int | None:
    """The far end of a long search: from `seen` to the end, then up to `start`; None when everything is decided."""
    worker = get_current_worker()
    found: int | None = None
    for first, stop in ((seen, source.count()), (0, start)):
        at = first
        while found is None and at < stop and not worker.is_cancelled:
            found, at = source.undecided_from(at, decided)
    return found


def _search_back(source: QueueSource, stop: int, decided: frozenset[str]) -> int | None:
    """The nearest undecided line above `stop`, from the end again when there is none; None when everything is decided."""
    worker = get_current_worker()
    for first, last in ((0, stop), (stop, source.count())):
        at = last
        while at > first and not worker.is_cancelled:
            start = max(at - BACK, first)
            rows = source.rows(start, at)
            places = [start + place for place, row in enumerate(rows) if row.verdict is None and row.key not in decided]
            if places:
                return places[-1]
            at = start
    return None


def rank(workspace: Workspace, case: str, tell: Callable[[ScoresChanged], object], run: Run) -> str:
    """Make the queue of a case that has none, in a job; returns what came of it."""
    made = first_queue(workspace, case, run)
    if made is None:
        return "There is nothing to rank."
    tell(ScoresChanged(made.case, made.model_id))
    return f"{many(made.findings, 'finding')} above the threshold"
