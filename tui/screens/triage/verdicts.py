"""Triage's verdicts: given by one key, shown at once with what they cover, taken back, on to the next undecided chain."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on, work
from textual.worker import get_current_worker

from engine.errors import OddkinError
from engine.untrusted import visible
from tui.runtime.messages import VerdictChanged
from tui.screens.triage.chain_view import ChainView
from tui.screens.triage.messages import MarksCounted, UndecidedFound
from tui.screens.triage.question import QuestionMixin
from tui.screens.triage.verdict_bar import VerdictBar
from tui.words.chain_words import name_of
from tui.words.finding_words import called, covers, kind
from tui.words.learnt_words import retired_words
from tui.words.spans import Line
from tui.words.words import many, on_hosts, verdict_mark

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence

    from store.base.views import Coverage, LabelEventView, QueueRow
    from store.queue.positions import QueueSource
    from store.verdicts.extent import Given
    from tui.runtime.verdict_desk import VerdictDesk
    from tui.screens.triage.queue_table import QueueTable

MARK_LIMIT = 5_000
"""Chains that one key marks: one act, one undo, a second or two of writing."""


class VerdictsMixin(QuestionMixin):
    """Verdict keys, notes, marks, undo and redo of the triage screen."""

    desk: VerdictDesk
    marks: dict[str, QueueRow]
    source: QueueSource | None
    _acts: int = 0
    """Verdicts given in this session; the newest one has the bar."""

    if TYPE_CHECKING:

        @property
        def table(self) -> QueueTable:
            """The screen's queue."""
            ...

    # Verdicts -------------------------------------------------------------------------------------------------------

    def action_verdict(self, word: str) -> None:
        """On the marked chains, or the one under the cursor; `u` takes it back. Above 50 processes the bar asks first, and the
        same key answers.
        """
        verdict = word or None
        waiting = self._waiting
        if waiting is not None and waiting.verdict == verdict:
            # Before the bar has said what it is about, a second press is a slip and no answer.
            if waiting.question is not None and waiting.question.above:
                self._answer(waiting, above=True)
            return
        self.drop_question()
        row = self.table.current
        rows = list(self.marks.values()) or ([row] if row is not None else [])
        if rows:
            self._offer(rows, verdict, overwrite=False)

    def _give(self, rows: Sequence[QueueRow], verdict: str | None, *, above: bool = False, overwrite: bool = False) -> None:
        row, case = self.table.current, self.services.case
        if case is None:
            return
        if len(rows) == 1:
            self._say(verdict, rows, covers(rows[0]))
        # A chain that was named as such gets its verdict whatever it had; so does what a key asked for.
        self._save(case, rows, verdict, above=above, overwrite=overwrite or (len(rows) == 1 and rows[0].whole is None))
        marked = bool(self.marks)
        self.marks.clear()
        if verdict is None or (marked and row is not None and self.table.verdict_of(row) is None):
            self.table.refresh()
            self.preview()
        else:
            self.advance(self.table.cursor + 1)

    def _save(
        self, case: str, rows: Sequence[QueueRow], verdict: str | None, note: str | None = None, *,
        above: bool = False, overwrite: bool = False,
    ) -> None:  # fmt: skip
        # Handed in here and not by the worker: the next key must find it, and an application that ends now must write it.
        before = self.desk.classifier(case)
        written = self.desk.give(case, rows, verdict, self.services.author, note, above=above, overwrite=overwrite)
        self._acts, self._left = self._acts + 1, None
        self._follow(before, written, rows, verdict, self._acts)
        if len(rows) > 1:
            self.table.refresh()
        else:
            self.table.refresh_row(self.table.cursor)

    @work(group="verdicts", exit_on_error=False)
    async def _follow(
        self, before: asyncio.Future[str | None], written: asyncio.Future[Given], rows: Sequence[QueueRow],
        verdict: str | None, act: int,
    ) -> None:  # fmt: skip
        keys = tuple(row.key for row in rows)
        try:
            given = await written
            await self._tell_classifier(await before)
        except OddkinError as problem:
            self._not_kept(problem)
        else:
            # A later key has said something since: what it says counts more than how this one ended.
            if act == self._acts:
                self._told(given, rows, verdict)
        self.app.post_message(VerdictChanged(keys))

    def _not_kept(self, problem: OddkinError) -> None:
        self.query_one(VerdictBar).tell([("not kept: ", "error"), (visible(problem.message), "error")])
        self.notify(visible(f"{problem.message} {problem.remedy}"), title="Verdict not kept", severity="error", markup=False)

    async def _tell_classifier(self, before: str | None) -> None:
        """Whether verdicts that changed retired a classifier, or brought one back."""
        if told := retired_words(before, await self.desk.classifier(self.services.case or "")):
            self.notify(told, title="Classifier", markup=False)

    def _told(self, given: Given, rows: Sequence[QueueRow], verdict: str | None) -> None:
        """What became of it, where that is not what the key said already."""
        bar, single = self.query_one(VerdictBar), len(rows) == 1 and rows[0].whole is None
        left: Line = []
        if given.skipped:
            self._left = (rows, verdict)
            left = [(f"  {len(given.skipped):,} decided left, O includes them", "warning")]
        if given.notes:
            left.append((f"  {many(given.notes, 'note', 'notes')} went with it", "warning"))
        if not given.batch and not single:
            bar.tell([("nothing was changed", "strong"), *left], whole=True)
            self._go_to(rows[0].key)
        elif not single:
            chains = "" if given.covers.chains == 1 else f" in {given.covers.chains:,} chains"
            self._say(verdict, rows, on_hosts(given.covers.processes, given.covers.hosts) + chains, left)
        elif left:
            self._say(verdict, rows, covers(rows[0]), left)

    def _say(self, verdict: str | None, rows: Sequence[QueueRow], covered: str, left: Line | None = None) -> None:
        what = kind(len(rows), findings=rows[0].whole is not None) if len(rows) > 1 else called(rows[0])
        said: Line = [(verdict_mark(verdict) if verdict else "verdict cleared", verdict or "strong")]
        more: Line = [(f"  {what}  u undoes", "dim")]
        self.query_one(VerdictBar).tell([*said, (f": {covered}", ""), *(left or []), *more], whole=bool(left))

    # On to the next -------------------------------------------------------------------------------------------------

    def action_next_undecided(self) -> None:
        """Skip ahead."""
        self.advance(self.table.cursor + 1)

    def advance(self, start: int) -> None:
        """To the first undecided chain from a position on, from the top again when there is none below."""
        if self.source is None:
            return
        decided = {key for key, verdict in self.desk.pending.items() if verdict is not None}
        found, seen = self.source.undecided_from(start, decided)
        if found is not None:
            self.table.move_to(found)
            self.preview()
        else:
            # Thousands of decided chains in a row: not on the UI's time.
            self._search(self.source, seen, start, frozenset(decided))

    @work(thread=True, exclusive=True, group="undecided", exit_on_error=False)
    def _search(self, source: QueueSource, seen: int, start: int, decided: frozenset[str]) -> None:
        worker = get_current_worker()
        found: int | None = None
        for first, stop in ((seen, source.count()), (0, start)):
            at = first
            while found is None and at < stop and not worker.is_cancelled:
                found, at = source.undecided_from(at, decided)
        if not worker.is_cancelled:
            self.post_message(UndecidedFound(source, found))

    @on(UndecidedFound)
    def _undecided_found(self, message: UndecidedFound) -> None:
        if message.source is not self.source:
            return
        if message.position is None:
            self.notify("Everything in this list has a verdict. e exports, esc takes a filter away.", title="Done")
            self.table.forget()
            self.table.action_move(1)
        else:
            self.table.move_to(message.position)
        self.preview()

    # Undo -----------------------------------------------------------------------------------------------------------

    def action_undo(self) -> None:
        """The newest act, of this session or an earlier one."""
        case = self.services.case
        if case is not None:
            self.forget_verdicts()
            self._reverse("undo", self.desk.classifier(case), self.desk.undo(case, self.services.author))

    def action_redo(self) -> None:
        """The newest undo."""
        case = self.services.case
        if case is not None:
            self.forget_verdicts()
            self._reverse("redo", self.desk.classifier(case), self.desk.redo(case, self.services.author))

    @work(group="verdicts", exit_on_error=False)
    async def _reverse(
        self, what: str, before: asyncio.Future[str | None], done: asyncio.Future[tuple[LabelEventView, ...]]
    ) -> None:
        bar = self.query_one(VerdictBar)
        try:
            events = await done
            await self._tell_classifier(await before)
        except OddkinError as problem:
            bar.tell([(visible(problem.message), "warning")])
            self.notify(visible(f"{problem.message} {problem.remedy}"), severity="warning", markup=False)
            return
        if not events:
            bar.tell([(f"nothing to {what}", "dim")])
            return
        bar.tell(_reversed_words(what, events))
        self._go_to(events[-1].chain_key)
        beyond = any(event.scope for event in events)
        self.app.post_message(VerdictChanged(tuple(event.chain_key for event in events), beyond))

    def _go_to(self, key: str) -> None:
        """To see what was taken back; stays where the list does not hold the chain."""
        source = self.source
        rank = source.rank_of(key) if source is not None else None
        position = source.position(rank) if source is not None and rank is not None else None
        if position is not None:
            self.table.move_to(position)

    # Notes ----------------------------------------------------------------------------------------------------------

    def action_note(self) -> None:
        """A note to the chain that is shown; to that chain alone, also where the line is a finding."""
        row = self.query_one(ChainView).row
        if row is not None:
            self._ask_note(replace(row, whole=None))

    @work(group="note", exclusive=True, exit_on_error=False)
    async def _ask_note(self, row: QueueRow) -> None:
        from tui.screens.triage.note_dialog import NoteDialog

        case = self.services.case or ""
        label = await self.desk.label(case, row.key)
        verdict = label.verdict if label is not None else "undetermined"
        title = f"Note to {name_of(row.steps[-1])}" + ("" if label is not None else " (it becomes undetermined until you decide)")
        text = await self.app.push_screen_wait(NoteDialog(title, label.note if label is not None else ""))
        if text is None or (label is not None and text == label.note) or (label is None and not text):
            return
        self._save(case, [row], verdict, text, overwrite=True)
        self.query_one(VerdictBar).tell([("note kept", "strong"), ("  u undoes", "dim")])

    # Marks ----------------------------------------------------------------------------------------------------------

    def action_mark(self) -> None:
        """Mark or unmark, and go down one."""
        self.drop_question()
        row = self.table.current
        if row is None:
            return
        if self.marks.pop(row.key, None) is None:
            self.marks[row.key] = row
        self.table.refresh_row(self.table.cursor)
        self.table.action_move(1)
        self.preview()

    def action_mark_all(self) -> None:
        """Everything the list shows, or nothing."""
        self.drop_question()
        source = self.source
        if source is None:
            return
        if self.marks:
            self.marks.clear()
        elif not source.complete or source.count() > MARK_LIMIT:
            self.notify(f"{source.count():,} chains are too many to mark at once; filter first (/).", severity="warning")
        else:
            for start in range(0, source.count(), 500):
                self.marks.update({row.key: row for row in source.rows(start, start + 500)})
            chains = sum(row.whole.chains if row.whole is not None else 1 for row in self.marks.values())
            if chains > MARK_LIMIT:
                self.marks.clear()
                self.notify(f"These findings have {chains:,} chains, too many for one act; filter first (/).", severity="warning")
        self.table.refresh()
        self.preview()

    def preview(self) -> None:
        """What a verdict would cover now."""
        bar, row = self.query_one(VerdictBar), self.table.current
        if len(self.marks) > 1:
            bar.preview([(f"● {len(self.marks):,} marked", "marked")])
            self._count(frozenset(self.marks), list(self.marks.values()))
        elif self.marks or row is not None:
            one = next(iter(self.marks.values())) if self.marks else row
            assert one is not None
            lead = ("● 1 marked: ", "marked") if self.marks else ("covers ", "dim")
            bar.preview([lead, (covers(one), "dim")])
        else:
            bar.preview([])

    @work(thread=True, exclusive=True, group="marks", exit_on_error=False)
    def _count(self, keys: frozenset[str], rows: list[QueueRow]) -> None:
        try:
            coverage = self.services.workspace.findings.coverage(rows)
        except OddkinError:
            return  # scored anew meanwhile: the list is about to be read again
        if not get_current_worker().is_cancelled:
            self.post_message(MarksCounted(keys, coverage))

    @on(MarksCounted)
    def _marks_counted(self, message: MarksCounted) -> None:
        if message.keys == frozenset(self.marks):
            self.query_one(VerdictBar).preview(_marked_words(len(message.keys), message.coverage))


def _marked_words(marked: int, coverage: Coverage) -> Line:
    chains = "" if coverage.chains == marked else f" in {coverage.chains:,} chains"
    return [(f"● {marked:,} marked: ", "marked"), (on_hosts(coverage.processes, coverage.hosts) + chains, "dim")]


def _reversed_words(what: str, events: Sequence[LabelEventView]) -> Line:
    said: Line = [("undone: " if what == "undo" else "redone: ", "strong")]
    if len(events) > 1:
        return [*said, (f"{len(events):,} verdicts", ""), ("  ctrl+r redoes" if what == "undo" else "", "dim")]
    event = events[0]
    before, after = event.old_verdict, event.verdict
    said += [
        (verdict_mark(before) or "undecided", before or "dim"),
        (" → ", "dim"),
        (verdict_mark(after) or "undecided", after or "dim"),
    ]
    return [*said, ("  ctrl+r redoes" if what == "undo" else "", "dim")]
