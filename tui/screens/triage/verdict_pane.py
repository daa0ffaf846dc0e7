"""Triage's verdicts: given by one key, shown at once with what they cover, taken back. Where a verdict is for many processes the
bar asks first, and keys answer; no dialog.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container

from engine.errors import OddkinError
from engine.untrusted import visible
from store.base.views import LabelEventView
from tui.actions.verdict_question import Question
from tui.runtime.messages import VerdictChanged
from tui.runtime.services import Services
from tui.runtime.verdict_desk import VerdictDesk
from tui.screens.triage.chain_pane import ChainPane
from tui.screens.triage.outcome_words import given_words, left_words, outcome_words, reversed_words
from tui.screens.triage.preview import ComingVerdict
from tui.screens.triage.queue_pane import QueuePane
from tui.screens.triage.state import TriageState, Waiting, question
from tui.screens.triage.target import VerdictTarget
from tui.screens.triage.verdict_bar import VerdictBar
from tui.words.learnt_words import retired_words
from tui.words.spans import Line
from tui.words.verdicts import LOOKS
from tui.words.words import on_hosts

if TYPE_CHECKING:
    import asyncio

    from store.verdicts.extent import Given

KEYS_OF: dict[str | None, str] = {word: look.key for word, look in LOOKS.items()} | {None: "d"}
"""The key of each verdict, by which its question names it."""


class VerdictPane(Container):
    """Gives verdicts on lines of the list, and says in its bar what became of them."""

    DEFAULT_CSS = "VerdictPane { height: auto; }"
    # The footer has room for few keys, and these are what the screen is for.
    KEYS: ClassVar[list[Binding]] = [
        *(
            Binding(look.key, f"verdict('{word}')", look.footer, id=f"verdict.{word}", tooltip=look.tooltip)
            for word, look in LOOKS.items()
        ),
        Binding("d,delete", "verdict('')", "Clear verdict", show=False, id="verdict.clear", tooltip="Take the verdict away"),
        Binding("u,ctrl+z", "take_back('undo')", "undo", id="verdict.undo",
                tooltip="Take back the last verdict, also of an earlier session"),
        Binding("ctrl+r", "take_back('redo')", "Redo", show=False, id="verdict.redo",
                tooltip="Bring back what was taken back last"),
        Binding("O", "overwrite", "Decided ones too", show=False, id="verdict.overwrite",
                tooltip="Include the decided ones that a verdict leaves as they are: while it asks, or after it was given"),
        Binding("space", "mark", "Mark", show=False, id="mark.toggle",
                tooltip="Mark the line; a verdict then is for all marked ones"),
        Binding("asterisk", "mark_all", "Mark all", key_display="*", show=False, id="mark.all", tooltip="Mark every line shown"),
    ]  # fmt: skip

    def __init__(self, services: Services, state: TriageState, desk: VerdictDesk, queue: QueuePane, chains: ChainPane) -> None:
        """`queue` is what verdicts are given in, `chains` shows the chain that a note is for."""
        super().__init__()
        self._services, self._state, self._desk, self._queue, self._chains = services, state, desk, queue, chains
        self._preview = ComingVerdict(self, services, state, self._target, self._show_coming)

    def compose(self) -> ComposeResult:
        """The bar."""
        yield VerdictBar()

    @property
    def bar(self) -> VerdictBar:
        """One line: what was done, and what comes next."""
        return self.query_one(VerdictBar)

    def _show_coming(self, coming: Line) -> None:
        self.bar.preview(coming)

    # Verdicts ----------------------------------------------------------------------------------------------------------

    def action_verdict(self, word: str) -> None:
        """On the marked lines, on what is looked at beside the list, or on the line under the cursor; `u` takes it back. Where it
        is for more than 50 processes, several hosts or mostly for what is below the threshold, the bar asks first, and the same
        key answers.
        """
        verdict, waiting = word or None, self._state.waiting
        # Of the line that it was asked about, and after the bar has said what it is about: before that a press is a slip.
        if waiting is not None and self._state.repeated(verdict) and not self._state.went_to(self._target()):
            if waiting.shown:
                self._answer(waiting, above=False)
            return
        self.drop_question()
        target = self._target()
        if self._chains.reading:
            self.bar.tell([("nothing was changed: the incident is still being read", "warning")])
        elif target is not None:
            self._offer(target, verdict, overwrite=False)

    def _target(self) -> VerdictTarget | None:
        return self._state.target(self._queue.table.current, self._chains.target())

    def _offer(self, target: VerdictTarget, verdict: str | None, *, overwrite: bool) -> None:
        """Give a verdict, or count what it is for: where that is much the bar asks."""
        extent = self._state.extent(target)
        if extent is None and verdict is not None and not overwrite and not target.sure and not target.asks:
            self._give(target, verdict, unless_asked=True)
            return
        waiting = self._state.ask(target, verdict, overwrite=overwrite)
        if waiting is None:
            self._give(target, verdict, overwrite=overwrite)
        elif extent is not None and self._state.counted(waiting, extent):
            self._ask_or_give(waiting)
        else:
            counting: Line = [("counting what that covers …", "dim")]
            self.bar.ask(counting, counting)
            self._count_extent(waiting)

    def _give(
        self,
        target: VerdictTarget,
        verdict: str | None,
        *,
        above: bool = False,
        overwrite: bool = False,
        unless_asked: bool = False,
    ) -> None:
        """`unless_asked`: it is counted while it is shown as given already, and where it is to be asked about that is undone."""
        table, case, marks = self._queue.table, self._services.case, self._state.marks
        if case is None:
            return
        row, known = table.current, self._state.extent(target)
        if known is not None and not target.named:
            asked = question(target, verdict, overwrite, known)
            part = asked.above if above else asked.everything
            self.bar.tell(given_words(verdict, target, on_hosts(part.processes, part.hosts)))
        elif target.covers:
            self.bar.tell(given_words(verdict, target, target.covers))
        # A chain or process that was named as such gets its verdict whatever it had; so does what a key asked for.
        self.save(case, target, verdict, above=above, overwrite=overwrite or target.named, unless_asked=unless_asked)
        marked = bool(marks)
        marks.clear()
        if not target.keys:
            self._chains.incident.expect(target, verdict, above=above, overwrite=overwrite or target.named)
        elif verdict is None or (marked and row is not None and table.verdict_of(row) is None):
            table.refresh()
        else:
            self._queue.action_next_undecided()
        self.preview()

    def save(
        self, case: str, target: VerdictTarget, verdict: str | None, note: str | None = None, *,
        above: bool = False, overwrite: bool = False, unless_asked: bool = False,
    ) -> None:  # fmt: skip
        """Hand it in, and show it as given."""
        # Handed in here and not by the worker: the next key must find it, and an application that ends now must write it.
        before = self._desk.classifier(case)
        author, desk, act = self._services.author, self._desk, self._state.acted()
        self._state.left = None
        if unless_asked and verdict is not None:
            asked = partial(question, target, verdict, False)
            self._follow_or_ask(
                desk.give_unless_asked(case, target.on, target.keys, verdict, author, asked), before, target, verdict, act
            )
        else:
            written = desk.give(case, target.on, target.keys, verdict, author, note, above=above, overwrite=overwrite)
            self._follow(before, written, target, verdict, act)
        if len(target.rows) > 1:
            self._queue.table.refresh()
        else:
            self._queue.table.refresh_row(self._queue.table.cursor)

    @work(group="verdicts", exit_on_error=False)
    async def _follow(
        self, before: asyncio.Future[str | None], written: asyncio.Future[Given], target: VerdictTarget,
        verdict: str | None, act: int,
    ) -> None:  # fmt: skip
        try:
            given = await written
            await self._tell_classifier(await before)
        except OddkinError as problem:
            self.not_kept(problem)
        else:
            # A later key has said something since: what it says counts more than how this one ended.
            if act == self._state.acts:
                self._ended(given, target, verdict)
        self.changed(target)

    @work(group="verdicts", exit_on_error=False)
    async def _follow_or_ask(
        self, written: asyncio.Future[Given | Question], before: asyncio.Future[str | None], target: VerdictTarget,
        verdict: str, act: int,
    ) -> None:  # fmt: skip
        asked: Question | None = None
        try:
            done = await written
            await self._tell_classifier(await before)
        except OddkinError as problem:
            self.not_kept(problem)
        else:
            if isinstance(done, Question):
                asked = done
            elif act == self._state.acts:
                self._ended(done, target, verdict)
        self.changed(target)
        if asked is not None:
            self._ask_after_all(target, asked, newest=act == self._state.acts)

    def _ask_after_all(self, target: VerdictTarget, asked: Question, *, newest: bool) -> None:
        """It was shown as given, and is not."""
        if not newest or self._state.waiting is not None:
            # Keys have come since: what they are about stays.
            told = f"{target.called} has not been labelled: that covers more than can be labelled without a question."
            self.notify(told, title="Not given", severity="warning", markup=False)
            return
        if target.keys:
            self._queue.go_to(target.rows[0].key)
        waiting = self._state.ask(target, asked.verdict, overwrite=False)
        if waiting is not None and self._state.counted(waiting, asked.extent):
            self._ask_or_give(waiting)

    def changed(self, target: VerdictTarget) -> None:
        """What a verdict says of these lines is another."""
        # Processes are shared: chains and findings beside those of these lines may be decided by it.
        beyond = any(row.whole is not None for row in target.rows) or not target.keys
        self.app.post_message(VerdictChanged(tuple(row.key for row in target.rows), beyond))
        self._chains.judged()

    def _ended(self, given: Given, target: VerdictTarget, verdict: str | None) -> None:
        if given.left:
            self._state.left = (target, verdict)
        if said := outcome_words(given, target, verdict):
            self.bar.tell(said, whole=bool(left_words(given)) or not given.batch)
        if not given.batch and not target.named and target.keys:
            self._queue.go_to(target.rows[0].key)

    def not_kept(self, problem: OddkinError) -> None:
        """Say so, with the remedy."""
        self.bar.tell([("not kept: ", "error"), (visible(problem.message), "error")])
        self.notify(visible(f"{problem.message} {problem.remedy}"), title="Verdict not kept", severity="error", markup=False)

    async def _tell_classifier(self, before: str | None) -> None:
        """Whether verdicts that changed retired a classifier, or brought one back."""
        if told := retired_words(before, await self._desk.classifier(self._services.case or "")):
            self.notify(told, title="Classifier", markup=False)

    # The question ------------------------------------------------------------------------------------------------------

    @work(group="question", exclusive=True, exit_on_error=False)
    async def _count_extent(self, waiting: Waiting) -> None:
        try:
            extent = await self._desk.extent(self._services.case or "", waiting.target.on)
        except OddkinError as problem:
            if self.drop_question(waiting):
                self.not_kept(problem)
            return
        if self._state.counted(waiting, extent):
            self._ask_or_give(waiting)

    def _ask_or_give(self, waiting: Waiting) -> None:
        question = waiting.question
        if question is not None and question.needed(question.everything):
            self._show_question(waiting)
        else:
            self._answer(waiting, above=False)

    def _show_question(self, waiting: Waiting) -> None:
        if waiting.question is not None:
            key = KEYS_OF[waiting.verdict]
            self.bar.ask(waiting.question.line(key), waiting.question.line(key, short=True))
            self.call_after_refresh(setattr, waiting, "shown", True)

    def _answer(self, waiting: Waiting, *, above: bool) -> None:
        question = waiting.question
        if question is None:
            return
        self.drop_question()
        if not question.everything.processes:
            why = "all of it is decided" if waiting.verdict else "nothing of it has a verdict"
            self.bar.tell([(f"nothing was changed: {why}", "dim")])
            return
        self._give(waiting.target, waiting.verdict, above=above, overwrite=question.overwrite)

    def answer_above(self) -> bool:
        """Answer with what is above the threshold; False when nothing is asked."""
        waiting = self._state.waiting
        if waiting is not None and waiting.question is not None and waiting.question.divided:
            self._answer(waiting, above=True)
        return waiting is not None

    def drop_question(self, waiting: Waiting | None = None) -> bool:
        """Nothing is asked any more; False when nothing (or something else than `waiting`) was asked."""
        dropped = self._state.drop(waiting)
        if dropped:
            self.bar.answered()
        return dropped

    def decline(self) -> bool:
        """Answer with no; False when nothing is asked."""
        declined = self.drop_question()
        if declined:
            self.bar.tell([("nothing was changed", "dim")])
        return declined

    def question_follows(self) -> None:
        """Another line or process is looked at: what was asked about the one before is not asked any more."""
        if self._state.went_to(self._target()):
            self.bar.answered()
            self.bar.tell([("nothing was changed", "dim")])

    def begin(self) -> None:
        """Another case."""
        self.bar.answered()
        self.bar.tell([])

    def action_overwrite(self) -> None:
        """The decided ones too: in the question that stands, or those that the last verdict left as they are."""
        state = self._state
        if state.waiting is not None:
            state.overwrite()
            self._show_question(state.waiting)
        elif state.left is not None:
            (target, verdict), state.left = state.left, None
            self._offer(target, verdict, overwrite=True)
        else:
            self.bar.tell([("the last verdict left nothing decided out", "dim")])

    # Undo --------------------------------------------------------------------------------------------------------------

    def action_take_back(self, what: str) -> None:
        """The newest act, of this session or an earlier one; `redo` the newest undo."""
        case = self._services.case
        if case is None:
            return
        self.drop_question()
        self._state.left = None
        before = self._desk.classifier(case)
        self._reverse(what, before, (self._desk.undo if what == "undo" else self._desk.redo)(case, self._services.author))

    @work(group="verdicts", exit_on_error=False)
    async def _reverse(
        self, what: str, before: asyncio.Future[str | None], done: asyncio.Future[tuple[LabelEventView, ...]]
    ) -> None:
        try:
            events = await done
            await self._tell_classifier(await before)
        except OddkinError as problem:
            self.bar.tell([(visible(problem.message), "warning")])
            self.notify(visible(f"{problem.message} {problem.remedy}"), severity="warning", markup=False)
            return
        if not events:
            self.bar.tell([(f"nothing to {what}", "dim")])
            return
        self.bar.tell(reversed_words(what, events))
        self._queue.go_to(events[-1].chain_key)
        beyond = any(event.scope for event in events)
        self.app.post_message(VerdictChanged(tuple(event.chain_key for event in events), beyond))

    # Marks -------------------------------------------------------------------------------------------------------------

    def action_mark(self) -> None:
        """Mark or unmark, and go down one."""
        self.drop_question()
        table = self._queue.table
        row = table.current
        if row is not None:
            self._state.mark(row)
            table.refresh_row(table.cursor)
            table.action_move(1)
            self.preview()

    def action_mark_all(self) -> None:
        """Everything the list shows, or nothing."""
        self.drop_question()
        if refused := self._state.mark_all():
            self.notify(refused, severity="warning")
        self._queue.table.refresh()
        self.preview()

    def unmark(self) -> bool:
        """Take all marks away; False when there were none."""
        marked = bool(self._state.marks)
        if marked:
            self.action_mark_all()
        return marked

    def preview(self, *, rested: bool = False) -> None:
        """What a verdict would cover now; `rested`: the cursor has come to stay."""
        (self._preview.count if rested else self._preview.show)()
