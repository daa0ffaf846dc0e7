"""Triage's question before a verdict on many processes: it stands in the verdict bar, and keys answer it, no dialog."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from textual import work

from engine.errors import OddkinError
from tui.actions.verdict_question import ASK_ABOVE, Question
from tui.screens.base import ModeScreen
from tui.screens.triage.verdict_bar import VerdictBar
from tui.words.verdicts import LOOKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.base.views import QueueRow
    from tui.runtime.verdict_desk import VerdictDesk
    from tui.screens.triage.queue_table import QueueTable
    from tui.words.spans import Line

ANSWERS: dict[str | None, str] = {word: look.key for word, look in LOOKS.items()} | {None: "d"}
"""The key of each verdict (tui/screens/triage/keys.py), by which its question names it."""


@dataclass(slots=True, eq=False)
class Waiting:
    """A verdict that waits for an answer in the bar."""

    rows: tuple[QueueRow, ...]
    verdict: str | None
    overwrite: bool
    question: Question | None = None
    """None while it is counted."""


class QuestionMixin(ModeScreen):
    """The question of the triage screen."""

    desk: VerdictDesk
    marks: dict[str, QueueRow]
    _waiting: Waiting | None = None
    _left: tuple[Sequence[QueueRow], str | None] | None = None
    """The last verdict, when it left decided chains as they are."""

    if TYPE_CHECKING:

        @property
        def table(self) -> QueueTable:
            """The screen's queue."""
            ...

        def action_flagged(self) -> None:
            """Only what is above the threshold, or all."""

        def _give(
            self, rows: Sequence[QueueRow], verdict: str | None, *, above: bool = False, overwrite: bool = False
        ) -> None: ...

        def _not_kept(self, problem: OddkinError) -> None: ...

    def _offer(self, rows: Sequence[QueueRow], verdict: str | None, *, overwrite: bool) -> None:
        """Give a verdict, or ask where it is for many processes."""
        if sum(row.count if row.whole is None else row.whole.processes for row in rows) <= ASK_ABOVE:
            self._give(rows, verdict, overwrite=overwrite)
            return
        self._waiting = waiting = Waiting(tuple(rows), verdict, overwrite)
        counting: Line = [("counting what that covers …", "dim")]
        self.query_one(VerdictBar).ask(counting, counting)
        self._count_extent(waiting)

    @work(group="question", exclusive=True, exit_on_error=False)
    async def _count_extent(self, waiting: Waiting) -> None:
        try:
            extent = await self.desk.extent(self.services.case or "", waiting.rows)
        except OddkinError as problem:
            if self.drop_question(waiting):
                self._not_kept(problem)
            return
        if self._waiting is not waiting:
            return
        one = len(waiting.rows) == 1 and waiting.rows[0].whole is None
        waiting.question = Question(waiting.verdict, extent, waiting.overwrite, one)
        if waiting.question.needed:
            self._show_question(waiting)
        else:  # most of it is decided
            self._answer(waiting, above=False)

    def _show_question(self, waiting: Waiting) -> None:
        if waiting.question is not None:
            key = ANSWERS[waiting.verdict]
            self.query_one(VerdictBar).ask(waiting.question.line(key), waiting.question.line(key, short=True))

    def _answer(self, waiting: Waiting, *, above: bool) -> None:
        question = waiting.question
        if question is None or not question.everything:
            return
        self.drop_question()
        part = above and len(question.above) < len(question.everything)
        self._give(waiting.rows, waiting.verdict, above=part, overwrite=question.overwrite)

    def drop_question(self, waiting: Waiting | None = None) -> bool:
        """Nothing is asked any more; False when nothing (or something else than `waiting`) was asked."""
        if self._waiting is None or (waiting is not None and waiting is not self._waiting):
            return False
        self._waiting = None
        self.query_one(VerdictBar).answered()
        return True

    def question_follows(self) -> None:
        """The cursor went elsewhere: what was asked about the line it was on is not asked any more. Marks stay what they are."""
        row, waiting = self.table.current, self._waiting
        if waiting is not None and not self.marks and (row is None or row.key != waiting.rows[0].key):
            self.drop_question()

    def forget_verdicts(self) -> None:
        """Another case."""
        self.drop_question()
        self._left = None

    def action_flagged_or_all(self) -> None:
        """Answer with all chains while a verdict asks; else the filter by the threshold."""
        if self._waiting is not None:
            self._answer(self._waiting, above=False)
        else:
            self.action_flagged()

    def action_overwrite(self) -> None:
        """The decided chains too: in the question that stands, or those that the last verdict left as they are."""
        waiting = self._waiting
        if waiting is not None:
            waiting.overwrite = not waiting.overwrite
            if waiting.question is not None:
                waiting.question = replace(waiting.question, overwrite=waiting.overwrite)
                self._show_question(waiting)
        elif self._left is not None:
            (rows, verdict), self._left = self._left, None
            self._offer(rows, verdict, overwrite=True)
        else:
            self.query_one(VerdictBar).tell([("the last verdict left no decided chain out", "dim")])
