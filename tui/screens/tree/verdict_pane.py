"""The Tree's verdicts: on a process or its branch, or on what is marked, with the keys and the line that Triage has."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container

from engine.errors import OddkinError
from store.base import ids
from store.processes.forest import ForestRow
from store.verdicts.subject import OfBranch, OfProcess, Subject
from tui.actions.verdict_question import Question
from tui.judging.judge import tell_classifier
from tui.judging.keys import JUDGE_KEYS, MARK_KEYS, VERDICTS
from tui.judging.notes import NotePane
from tui.judging.undo import UndoPane
from tui.runtime.beside import beside
from tui.runtime.messages import VerdictChanged
from tui.runtime.services import Services
from tui.runtime.verdict_desk import VerdictDesk
from tui.screens.tree.forest.covering import RUNGS, TreeScope
from tui.screens.tree.process_tree import ProcessTree
from tui.widgets.keys_line import KeysLine
from tui.widgets.scope_line import ScopeLine
from tui.words.triage.outcome_words import NOT_CHANGED, NOT_JUDGED, given_words, idle_words, outcome_words
from tui.words.triage.scope_words import Coming, Reach, covers, host_words, ladder
from tui.words.verdicts import KEYS_OF
from tui.words.words import many

if TYPE_CHECKING:
    from store.base.views import LabelEventView
    from store.verdicts.extent import Extent, Given

REST_S = 0.15
"""The cursor rests this long before what is below it is counted."""


@dataclass(slots=True, eq=False)
class TreeQuestion:
    """A verdict that waits for an answer."""

    on: Subject
    called: str
    question: Question
    shown: bool = False
    """It was painted: before that, an answer is a slip."""


class TreeVerdicts(Container):
    """Counts, asks, gives, takes back. Every verdict is counted first: here nobody waits for the next line of a list."""

    DEFAULT_CSS = "TreeVerdicts { height: auto; }"
    KEYS: ClassVar[list[Binding]] = [*JUDGE_KEYS, *MARK_KEYS]

    def __init__(self, services: Services, tree: Callable[[], ProcessTree]) -> None:
        super().__init__()
        self._services, self._tree = services, tree
        self.desk = VerdictDesk(services.workspace)
        self.covering = TreeScope()
        self.asked: TreeQuestion | None = None
        self._known: tuple[Subject, Extent] | None = None
        self._marked_at = 0

    def compose(self) -> ComposeResult:
        """The scope, and the keys."""
        yield ScopeLine()
        yield KeysLine([*VERDICTS, *NotePane.KEYS, UndoPane.KEYS[0]], id="verdict-keys")

    def on_unmount(self) -> None:
        """Nothing that was decided is lost."""
        self.desk.close()

    @property
    def line(self) -> ScopeLine:
        """What the next verdict is on, and what the last one did."""
        return self.query_one(ScopeLine)

    # What it is for ------------------------------------------------------------------------------------------------------

    def subject(self) -> Subject | None:
        """What a verdict is on now."""
        return self.covering.subject(self._tree().row)

    def follow(self) -> None:
        """The cursor came to another line: a question about the one before is not asked any more."""
        if self.asked is not None and self.asked.on != self.subject():
            self.decline()
        self.preview()
        self.set_timer(REST_S, partial(self._count, self.subject()))

    def forget(self) -> None:
        """Verdicts changed: what was counted is not so any more."""
        self._known = None
        self._count(self.subject())

    def begin(self) -> None:
        """Another case."""
        self.covering.marks.clear()
        self._known, self.asked = None, None
        self.line.answered()
        self.line.tell([])

    def preview(self) -> None:
        """What a verdict would be on and cover now."""
        on, row = self.subject(), self._tree().row
        extent = self._known[1] if self._known is not None and self._known[0] == on else None
        if on is None:
            coming = Coming(0)
        elif extent is not None:
            coming = Coming(extent.processes, self._where(extent.host_ids), extent.decided, extent.below)
        else:
            coming = Coming(1 if isinstance(on, OfProcess) else None, self._where(self.covering.hosts(row)))
        sizes: dict[Reach, int | None] = dict.fromkeys(RUNGS)
        if isinstance(row, ForestRow):
            sizes = {Reach.PROCESS: int(not row.placeholder), Reach.BRANCH: None if row.children else int(not row.placeholder)}
            if extent is not None and not self.covering.marks:
                sizes[self.covering.scope] = extent.processes
        marked = self.covering.marked(coming.processes, coming.where)
        self.line.preview(ladder(sizes, self.covering.scope, marked), covers(coming), covers(coming, short=True))
        self._tree().repaint_edges()

    def _where(self, hosts: Collection[int]) -> str:
        """web01, or 3 hosts."""
        state = self._tree().state
        name = state.host_name(next(iter(hosts))) if len(hosts) == 1 and state is not None else ""
        return host_words(name) if name else many(len(hosts), "host")

    def _count(self, on: Subject | None) -> None:
        case = self._services.case
        if case is None or on is None or on != self.subject() or (self._known is not None and self._known[0] == on):
            return
        read = partial(self._services.workspace.labels.extent, case, on)
        beside(self, "extent", read, partial(self._counted, on), gone=OddkinError)

    def _counted(self, on: Subject, extent: Extent) -> None:
        if on == self.subject():
            self._known = (on, extent)
            self.preview()

    @on(ScopeLine.Moved)
    def _rung_clicked(self, message: ScopeLine.Moved) -> None:
        message.stop()
        self.action_scope(message.by)

    def action_scope(self, by: int) -> None:
        """Wider, or narrower."""
        self.drop_question()
        self.covering.widen(by)
        self.follow()

    # Marks -----------------------------------------------------------------------------------------------------------------

    def action_mark(self) -> None:
        """Mark or unmark, and go down one."""
        tree = self._tree()
        if isinstance(tree.row, ForestRow):
            self._marked_at = tree.cursor
            self.covering.mark(tree.row)
        tree.action_move(1)
        self.follow()

    def action_mark_range(self) -> None:
        """From the line that was marked last to the cursor."""
        tree = self._tree()
        first, last = sorted((self._marked_at if self.covering.marks else tree.cursor, tree.cursor))
        rows = [line.node.row for line in tree.lines[first : last + 1]]
        self.covering.marks.update({row.id: row for row in rows if isinstance(row, ForestRow)})
        self.follow()

    def action_mark_all(self) -> None:
        """Every process that is drawn, or nothing."""
        rows = [line.node.row for line in self._tree().lines]
        if refused := self.covering.mark_all(row for row in rows if isinstance(row, ForestRow)):
            self.notify(refused, severity="warning")
        self.follow()

    def unmark(self) -> bool:
        """Take all marks away; False when there were none."""
        marked = bool(self.covering.marks)
        self.covering.marks.clear()
        if marked:
            self.follow()
        return marked

    # Verdicts --------------------------------------------------------------------------------------------------------------

    def action_verdict(self, word: str) -> None:
        """On the process, its branch or the marked ones. Where that is much, or has another verdict, the line asks."""
        verdict, on = word or None, self.subject()
        if self.asked is not None and self.asked.question.verdict == verdict and self.asked.on == on:
            return  # it asks already: enter, A and esc answer
        self.drop_question()
        if on is None:
            self.line.tell(NOT_JUDGED)
        elif (case := self._services.case) is not None:
            self._offer(case, on, verdict, self._called(on))

    def _called(self, on: Subject) -> str:
        if isinstance(on, OfProcess | OfBranch):
            return f"{'branch of' if isinstance(on, OfBranch) else 'process'} {ids.called(on.process_id)}"
        return f"{len(self.covering.marks):,} marked"

    @work(group="verdicts", exit_on_error=False)
    async def _offer(self, case: str, on: Subject, verdict: str | None, called: str) -> None:
        try:
            extent = await self.desk.extent(case, on)
        except OddkinError as problem:
            self.line.not_kept(problem)
            return
        question = Question(verdict, extent, overwrite=bool(extent.processes) and not extent.undecided)
        if question.idle:
            self.line.tell(idle_words(verdict))
        elif question.asks:
            self.asked = TreeQuestion(on, called, question)
            key = KEYS_OF[verdict]
            self.line.ask(question.line(key), question.line(key, short=True))
            self.call_after_refresh(setattr, self.asked, "shown", True)
        else:
            await self._give(case, on, called, question)

    async def _give(self, case: str, on: Subject, called: str, question: Question, *, above: bool = False) -> None:
        part = question.above if above else question.everything
        covered = f"{many(part.processes, 'process', 'processes')} on {self._where(part.host_ids)}"
        self.line.tell(given_words(question.verdict, called, covered))
        self.covering.marks.clear()
        before = self.desk.classifier(case)
        try:
            given: Given = await self.desk.give(
                case, on, (), question.verdict, self._services.author, above=above, overwrite=question.overwrite
            )
            await tell_classifier(self, self.desk, case, await before)
        except OddkinError as problem:
            self.line.not_kept(problem)
        else:
            self.line.tell(outcome_words(given, question.verdict, called, covered))
        self.app.post_message(VerdictChanged((), beyond=True))

    # The question ----------------------------------------------------------------------------------------------------------

    def next_key(self) -> None:
        """What the last one did was said until now."""
        self.line.tell([])

    def answer_carefully(self) -> None:
        """Enter: to what is above the threshold where that is a part of it, else to nothing."""
        if self.asked is not None and self.asked.shown:
            if self.asked.question.careful.processes:
                self._answer(above=True)
            else:
                self.decline()

    def action_answer_all(self) -> None:
        """Everything that is asked about, what is decided included."""
        if self.asked is not None and self.asked.shown:
            self._answer()

    @work(group="verdicts", exit_on_error=False)
    async def _answer(self, *, above: bool = False) -> None:
        asked, case = self.asked, self._services.case
        self.drop_question()
        if asked is not None and case is not None:
            await self._give(case, asked.on, asked.called, asked.question, above=above)

    def drop_question(self) -> bool:
        """Nothing is asked any more; False when nothing was."""
        asked, self.asked = self.asked, None
        if asked is not None:
            self.line.answered()
        return asked is not None

    def decline(self) -> bool:
        """Answer with no; False when nothing is asked."""
        declined = self.drop_question()
        if declined:
            self.line.tell(NOT_CHANGED)
        return declined

    # Notes, tags, undo -----------------------------------------------------------------------------------------------------

    def called(self) -> str:
        """A short name of what a verdict is on now."""
        on = self.subject()
        return "" if on is None else self._called(on)

    def noted(self) -> None:
        """A note or tag is another."""
        self.app.post_message(VerdictChanged((), beyond=True))

    def acts_reversed(self, events: Sequence[LabelEventView]) -> None:
        """Undo and redo."""
        self.app.post_message(VerdictChanged(tuple(event.chain_key for event in events), beyond=True))
