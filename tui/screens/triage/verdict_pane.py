"""Triage's verdicts: given by one key on the chosen scope, shown at once with what they cover, taken back. Where a verdict is for
many processes, or replaces another, the scope line asks first, and keys answer; no dialog.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container

from engine.errors import OddkinError
from engine.exceptions.kept import KEPT
from tui.actions.verdict_question import Question
from tui.judging.judge import tell_classifier
from tui.judging.keys import JUDGE_KEYS, VERDICTS
from tui.runtime.messages import VerdictChanged
from tui.runtime.services import Services
from tui.runtime.verdict_desk import VerdictDesk
from tui.screens.triage.incident.tree import number_of
from tui.screens.triage.preview import ComingVerdict
from tui.screens.triage.queue_pane import QueuePane
from tui.screens.triage.scope import part, written
from tui.screens.triage.state import TriageState, Waiting, question
from tui.screens.triage.story_pane import StoryPane
from tui.screens.triage.target import VerdictTarget, place_of
from tui.widgets.keys_line import KeysLine
from tui.widgets.scope_line import ScopeLine
from tui.words.spans import Line
from tui.words.triage.outcome_words import NOT_CHANGED, NOT_JUDGED, given_words, idle_words, outcome_words
from tui.words.triage.scope_words import Reach
from tui.words.verdicts import KEYS_OF
from tui.words.words import on_hosts

if TYPE_CHECKING:
    import asyncio

    from store.base.views import LabelEventView
    from store.verdicts.extent import Given
    from store.verdicts.subject import Subject


class VerdictPane(Container):
    """Gives verdicts on the chosen scope, and says on its line what became of them."""

    DEFAULT_CSS = "VerdictPane { height: auto; }"
    KEYS: ClassVar[list[Binding]] = [*JUDGE_KEYS]

    def __init__(
        self, services: Services, state: TriageState, desk: VerdictDesk, queue: QueuePane, story: StoryPane,
        more: Sequence[Binding] = (),
    ) -> None:  # fmt: skip
        """`queue` is what verdicts are given in, `story` shows what they are for; `more`: keys that stand beside those of the
        verdicts.
        """
        super().__init__()
        self._told = [*VERDICTS, *more]
        self._services, self._state, self.desk, self._queue, self._story = services, state, desk, queue, story
        self._preview = ComingVerdict(self, services, state, self.target, queue, story)

    def compose(self) -> ComposeResult:
        """The scope, and the keys."""
        yield ScopeLine()
        yield KeysLine(self._told, id="verdict-keys")

    @property
    def line(self) -> ScopeLine:
        """What the next verdict is on, and what the last one did."""
        return self.query_one(ScopeLine)

    # Verdicts ----------------------------------------------------------------------------------------------------------

    def action_verdict(self, word: str) -> None:
        """On the marked lines, or on the chosen scope of the line under the cursor; `u` takes it back. Where it is for more than
        50 processes, several hosts or mostly for what is below the threshold, and where it replaces another, the line asks.
        """
        verdict, waiting = word or None, self._state.waiting
        target = self.target()
        if waiting is not None and waiting.verdict == verdict and target is not None and target.on == waiting.target.on:
            return  # it asks already: enter, A and esc answer
        self.drop_question()
        if target is None:
            if self._queue.table.current is not None:
                self.line.tell(NOT_JUDGED)
        elif self._state.extent(target) is None and verdict is not None and not target.asks and not target.decided:
            self._give(target, verdict, unless_asked=True)
        else:
            self._offer(target, verdict)

    def target(self) -> VerdictTarget | None:
        """What a verdict is for now."""
        story, row = self._story, self._queue.table.current
        rows = story.rows_of(row)
        return self._state.target(row, rows, story.incident.covers if rows is not None else None, story.place)

    def subject(self) -> Subject | None:
        """`target`, as verdicts, notes and tags name what they are on."""
        target = self.target()
        return None if target is None else target.on

    def called(self) -> str:
        """A short name of it."""
        target = self.target()
        return "" if target is None else target.called

    def _offer(self, target: VerdictTarget, verdict: str | None) -> None:
        """Count what it is for: where that is much, or decided, the line asks."""
        extent, waiting = self._state.extent(target), self._state.ask(target, verdict)
        if extent is not None and self._state.counted(waiting, extent):
            self._ask_or_give(waiting)
        else:
            counting: Line = [("counting what that covers …", "dim")]
            self.line.ask(counting, counting)
            self._count_extent(waiting)

    def _give(
        self, target: VerdictTarget, verdict: str | None, *, above: bool = False, overwrite: bool = False,
        unless_asked: bool = False,
    ) -> None:  # fmt: skip
        """`unless_asked`: it is counted while it is shown as given already, and where it is to be asked about that is undone."""
        table, case, marks = self._queue.table, self._services.case, self._state.marks
        if case is None:
            return
        row, known = table.current, self._state.extent(target)
        if known is not None:
            asked = question(verdict, known)
            part = asked.above if above else asked.everything
            covered = on_hosts(part.processes, part.hosts)
            self.line.tell(given_words(verdict, target.called, target.covers if part == known and target.covers else covered))
        elif target.covers:
            self.line.tell(given_words(verdict, target.called, target.covers))
        expected = frozenset() if above or marks else self._covered(target, overwrite=overwrite or verdict is None)
        self.save(case, target, verdict, above=above, overwrite=overwrite, unless_asked=unless_asked)
        marked = bool(marks)
        marks.clear()
        self._story.incident.expect(expected, verdict)
        if verdict is None or (marked and row is not None and table.verdict_of(row) is None):
            table.refresh()
        elif target.whole or (target.scope is Reach.INCIDENT and not self._story.go_on()):
            self._queue.action_next_undecided()
        self.preview()

    def _covered(self, target: VerdictTarget, *, overwrite: bool) -> frozenset[int]:
        """Of the incident that is shown what a verdict is written to."""
        row = self._queue.table.current
        rows, scope, process = self._story.rows_of(row), self._state.rung(row), self._story.incident.covers
        if rows is None or row is None or [number_of(one) for one in target.rows] != [number_of(row)]:
            return frozenset()
        return part(scope, rows, process) if overwrite else written(scope, rows, process)

    def save(
        self, case: str, target: VerdictTarget, verdict: str | None, *,
        above: bool = False, overwrite: bool = False, unless_asked: bool = False,
    ) -> None:  # fmt: skip
        """Hand it in, and show it as given."""
        # Handed in here and not by the worker: the next key must find it, and an application that ends now must write it.
        before = self.desk.classifier(case)
        author, desk, act = self._services.author, self.desk, self._state.acted()
        self._state.cleared = target if verdict in KEPT else None
        if unless_asked and verdict is not None:
            asked = partial(question, verdict)
            self._follow_or_ask(
                desk.give_unless_asked(case, target.on, target.keys, verdict, author, asked), before, case, target, verdict, act
            )
        else:
            written_ = desk.give(case, target.on, target.keys, verdict, author, above=above, overwrite=overwrite)
            self._follow(written_, before, case, target, verdict, act)
        if len(target.rows) > 1:
            self._queue.table.refresh()
        else:
            self._queue.table.refresh_row(self._queue.table.cursor)

    @work(group="verdicts", exit_on_error=False)
    async def _follow(
        self, written: asyncio.Future[Given], before: asyncio.Future[str | None], case: str, target: VerdictTarget,
        verdict: str | None, act: int,
    ) -> None:  # fmt: skip
        try:
            given = await written
            await tell_classifier(self, self.desk, case, await before)
        except OddkinError as problem:
            self.line.not_kept(problem)
        else:
            # A later key has said something since: what it says counts more than how this one ended.
            if act == self._state.acts:
                self._ended(given, target, verdict)
        self.changed(target)

    @work(group="verdicts", exit_on_error=False)
    async def _follow_or_ask(
        self, written: asyncio.Future[Given | Question], before: asyncio.Future[str | None], case: str, target: VerdictTarget,
        verdict: str, act: int,
    ) -> None:  # fmt: skip
        asked: Question | None = None
        try:
            done = await written
            await tell_classifier(self, self.desk, case, await before)
        except OddkinError as problem:
            self.line.not_kept(problem)
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
        if asked.idle:
            if newest:
                self.line.tell(idle_words(asked.verdict))
            return
        if not newest or self._state.waiting is not None:
            # Keys have come since: what they are about stays.
            told = f"{target.called} has not been labelled: that covers more than can be labelled without a question."
            self.notify(told, title="Not given", severity="warning", markup=False)
            return
        if target.keys and not self._state.marks:
            self._queue.go_to(place_of(target.rows[0]))
            self._state.back_to(target)
        waiting = self._state.ask(target, asked.verdict)
        if self._state.counted(waiting, asked.extent):
            self._ask_or_give(waiting)

    def changed(self, target: VerdictTarget) -> None:
        """What a verdict says of these lines is another."""
        # Processes are shared: chains and findings beside those of these lines may be decided by it.
        beyond = any(row.whole is not None for row in target.rows) or not target.keys
        self.app.post_message(VerdictChanged(tuple(row.key for row in target.rows), beyond))

    def _ended(self, given: Given, target: VerdictTarget, verdict: str | None) -> None:
        self.line.tell(outcome_words(given, verdict, target.called, target.covers))
        if not given.batch and target.keys:
            self._queue.go_to(place_of(target.rows[0]))

    def noted(self) -> None:
        """A note or tag of what a verdict is for now is another."""
        target = self.target()
        if target is not None:
            self.changed(target)

    def acts_reversed(self, events: Sequence[LabelEventView]) -> None:
        """Undo and redo: the cursor goes there."""
        self._queue.go_to(events[-1].chain_key)
        beyond = any(event.scope for event in events)
        self.app.post_message(VerdictChanged(tuple(event.chain_key for event in events), beyond))

    # The question ------------------------------------------------------------------------------------------------------

    @work(group="question", exclusive=True, exit_on_error=False)
    async def _count_extent(self, waiting: Waiting) -> None:
        try:
            extent = await self.desk.extent(self._services.case or "", waiting.target.on)
        except OddkinError as problem:
            if self.drop_question(waiting):
                self.line.not_kept(problem)
            return
        if self._state.counted(waiting, extent):
            self._ask_or_give(waiting)

    def _ask_or_give(self, waiting: Waiting) -> None:
        asked = waiting.question
        if asked is None:
            return
        if asked.idle or not asked.asks:
            self._answer(waiting)
            return
        key = KEYS_OF[waiting.verdict]
        self.line.ask(asked.line(key), asked.line(key, short=True))
        self.call_after_refresh(setattr, waiting, "shown", True)

    def _answer(self, waiting: Waiting, *, above: bool = False) -> None:
        asked = waiting.question
        if asked is None:
            return
        self.drop_question()
        if asked.idle:
            self.line.tell(idle_words(asked.verdict))
        else:
            self._give(waiting.target, waiting.verdict, above=above, overwrite=asked.overwrite)

    @property
    def asking(self) -> bool:
        """A question stands on the line: enter, A and esc answer."""
        return self._state.waiting is not None

    def answer_carefully(self) -> None:
        """Enter: to what is above the threshold where that is a part of it, else to nothing."""
        waiting = self._state.waiting
        if waiting is None or not waiting.shown or waiting.question is None:
            return
        if waiting.question.careful.processes:
            self._answer(waiting, above=True)
        else:
            self.decline()

    def action_answer_all(self) -> None:
        """Everything that is asked about, what is decided included."""
        waiting = self._state.waiting
        if waiting is not None and waiting.shown:
            self._answer(waiting)

    def drop_question(self, waiting: Waiting | None = None) -> bool:
        """Nothing is asked any more; False when nothing (or something else than `waiting`) was asked."""
        dropped = self._state.drop(waiting)
        if dropped:
            self.line.answered()
        return dropped

    def decline(self) -> bool:
        """Answer with no; False when nothing is asked."""
        declined = self.drop_question()
        if declined:
            self.line.tell(NOT_CHANGED)
        return declined

    def question_follows(self) -> None:
        """Another line or process is looked at: what was asked about the one before is not asked any more."""
        if self._queue.table.current is not None and self._state.went_to(self.target()):
            self.line.answered()
            self.line.tell(NOT_CHANGED)

    def begin(self) -> None:
        """Another case."""
        self.line.answered()
        self.line.tell([])

    def next_key(self) -> None:
        """What the last one did was said until now."""
        self.line.tell([])

    @on(ScopeLine.Moved)
    def _rung_clicked(self, message: ScopeLine.Moved) -> None:
        message.stop()
        self.action_scope(message.by)

    def action_scope(self, by: int) -> None:
        """Wider, or narrower."""
        self.drop_question()
        self._state.widen(self._queue.table.current, by)
        self.preview(rested=True)

    def preview(self, *, rested: bool = False) -> None:
        """What a verdict would cover now; `rested`: the cursor has come to stay."""
        (self._preview.count if rested else self._preview.show)()
