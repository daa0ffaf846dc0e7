"""What triage knows: which list, in which order, what is marked, where the cursor goes, what a verdict waits for. No widget.

The screen's panes share one TriageState: they change it, and draw what it says.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from store.base.views import QueueRow
from store.queue.filter import QueueFilter
from store.queue.finding_positions import FindingSource
from store.queue.order import LEARNT, RANK, Order
from store.queue.pages import EVERYTHING
from store.queue.positions import QueueSource
from store.where.meaning import read
from store.where.terms import Where
from store.workspace import Workspace
from tui.actions import filter_line
from tui.actions.exceptions.listing import left_out
from tui.actions.verdict_question import Question
from tui.screens.triage.scope import rungs_of, target_of
from tui.screens.triage.target import VerdictTarget, of_rows, place_of
from tui.words.chain_words import kind
from tui.words.learnt_words import stop_words
from tui.words.triage.exception_words import hidden_title
from tui.words.triage.scope_words import Reach, moved

if TYPE_CHECKING:
    from store.verdicts.extent import Extent
    from tui.screens.triage.incident.rows import IncidentRows

MARK_LIMIT = 5_000
"""Chains that one key marks: one act, one undo, a second or two of writing."""
MARK_PAGE = 500
"""Rows that are read at once to be marked."""


@dataclass(frozen=True, slots=True)
class QueueView:
    """A list: of what, narrowed how, in which order."""

    wanted: QueueFilter = EVERYTHING
    order: Order = LEARNT
    reverse: bool = False
    by_finding: bool = True
    """List findings, where the scores have any."""

    def filtered(self, where: Where) -> QueueView:
        """With another filter line."""
        return replace(self, wanted=replace(self.wanted, where=where))

    def _toggled(self, line: str) -> QueueView:
        """With a term more in the filter line, or without it where it is there."""
        return self.filtered(self.wanted.where.toggled(read(line).terms[0]))

    def everything(self) -> QueueView:
        """Without a filter."""
        return replace(self, wanted=EVERYTHING)

    def flagged(self) -> QueueView:
        """Above the threshold only, or all again."""
        return self._toggled("is:flagged")

    def hidden(self) -> QueueView:
        """Only what exceptions hide, or the queue again."""
        return self._toggled("is:hidden")

    def sorted(self, there: Sequence[Order], *, forward: bool) -> QueueView:
        """In the next of the orders that there are, or in the same one reversed."""
        if not forward:
            return replace(self, reverse=not self.reverse)
        at = there.index(self.order) if self.order in there else -1
        return replace(self, order=there[(at + 1) % len(there)], reverse=False)

    def source(self, workspace: Workspace, case: str, now_us: int) -> QueueSource:
        """Findings, where they are wanted and there are any, without those that exceptions hide at a time; else chains.

        Raises NotFound when nothing was scored.
        """
        if self.by_finding and self.wanted.finding is None:
            hidden = left_out(workspace, case, self.wanted.where, now_us)
            wanted = replace(self.wanted, without=hidden.findings)
            findings = FindingSource(workspace, workspace.learnt, case, wanted, self.order, reverse=self.reverse)
            findings.hidden = hidden
            if findings.total:
                return findings
        return QueueSource(workspace, workspace.learnt, case, self.wanted, self.order, reverse=self.reverse)


def filter_words(wanted: QueueFilter) -> str:
    """A filter of this screen as a line of the language: the finding that is open, and what the filter line says."""
    opened = "" if wanted.finding is None else f"finding:{wanted.finding}"
    return " ".join(part for part in (opened, filter_line.words(wanted.where)) if part)


@dataclass(slots=True, eq=False)
class Waiting:
    """A verdict that waits for an answer in the bar."""

    target: VerdictTarget
    verdict: str | None
    question: Question | None = None
    """None while it is counted."""
    shown: bool = False
    """It was painted: before that, an answer is a slip."""


def question(verdict: str | None, extent: Extent) -> Question:
    """What is to be asked about it: what is decided stays, unless all of it is: then a new verdict is meant to replace that."""
    return Question(verdict, extent, overwrite=bool(extent.processes) and not extent.undecided)


@dataclass(slots=True, eq=False)
class TriageState:
    """Everything about a case's triage that is no widget."""

    view: QueueView = field(default_factory=QueueView)
    source: QueueSource | None = None
    """What the table shows."""
    coming: QueueSource | None = None
    """What it will show when its first rows are known."""
    keep: str | int | None = None
    """Chain to put the cursor on then, or a finding by its number."""
    sought: str | int | None = None
    """What a jump from elsewhere goes to, until the list that has it is shown: that it is not there is said."""
    opening: bool = True
    """The case has just been opened: begin where something is left to decide."""
    following: bool = False
    """What is coming is the same list, re-ordered by labels: the cursor's line and those above it stay."""
    marks: dict[str | int, QueueRow] = field(default_factory=dict)
    marked_at: int = 0
    """Where the newest mark is."""
    waiting: Waiting | None = None
    known: tuple[VerdictTarget, Extent] | None = None
    """What the cursor rests on, counted: the next verdict need not be. None as soon as verdicts change."""
    acts: int = 0
    """Verdicts given in this session; the newest one has the bar, and what was counted before it is old."""
    scope: Reach = Reach.INCIDENT
    """The rung that the next verdict is on; of a line that has no such rung its lowest."""
    scope_of: str | tuple[int, int] | None = None
    """The line of the list that it was chosen on: on another one it begins anew."""
    cleared: VerdictTarget | None = None
    """What was called benign or a false positive last, in this session: the cursor has gone on since."""
    last_change: str = ""
    """What the newest verdicts did to the queue, in words."""
    learning: bool = False
    """The queue is being re-ordered."""

    def begin(self) -> None:
        """Another case: its queue from the top."""
        self.marks.clear()
        self.view, self.opening = QueueView(), True
        self.waiting = self.known = self.cleared = None
        self.scope, self.scope_of = Reach.INCIDENT, None
        self.last_change, self.learning = "", False

    # Which list -----------------------------------------------------------------------------------------------------

    @property
    def shows_findings(self) -> bool:
        """Whether the table lists findings."""
        return isinstance(self.source, FindingSource)

    @property
    def will_show_findings(self) -> bool:
        """Whether it does, or will when what is coming is there."""
        return isinstance(self.coming or self.source, FindingSource)

    def findings_or_chains(self) -> None:
        """Findings instead of chains, or chains instead of findings."""
        self.view = replace(self.view, by_finding=not self.shows_findings)

    # Where the cursor goes ------------------------------------------------------------------------------------------

    def expect(self, keep: str | int | None = None, *, follow: bool = False) -> None:
        """The list is about to be read anew; the cursor goes to `keep` or to the top.

        `follow`: it is the list that is shown, re-ordered; nothing at the cursor or above it moves.
        """
        if follow and self.coming is not None:  # another list is on its way: it takes the new order by itself
            keep, follow = self.keep, False
        self.following = follow and self.source is not None and self.source.complete
        self.keep, self.coming, self.known = keep, None, None

    def ready(self, source: QueueSource) -> bool:
        """Whether enough of what is coming is known to be shown: the cursor's line needs all of it."""
        return source.complete or (self.keep is None and source.count() > 0 and not self.following)

    def arrive(self, source: QueueSource | None, cursor: int) -> int:
        """Show it from now on; the cursor stood at `cursor`. Returns where it stands now."""
        shown, self.source, self.coming = self.source, source, None
        position = 0
        if self.following and source is not None and shown is not None and type(source) is type(shown):
            position = cursor
            source.keep_in_front(shown, position + 1)
        if source is not None and self.keep is not None:
            position = self.position(self.keep) or 0
        elif self.opening and source is not None and source.order.learnt:
            # What is decided stands at the top of a learnt queue; whoever opens it wants to go on.
            position = source.undecided_from(0)[0] or 0
        self.keep, self.opening, self.following = None, False, False
        return position

    def position(self, key: str | int) -> int | None:
        """Where a chain, or the best finding that it is in, stands in the list, or a finding by its number; None: nowhere."""
        rank = key if isinstance(key, int) else self.source.rank_of(key) if self.source is not None else None
        return self.source.position(rank) if self.source is not None and rank is not None else None

    # Marks ------------------------------------------------------------------------------------------------------------

    def mark(self, row: QueueRow, position: int = 0) -> None:
        """Mark it, or take its mark away."""
        self.marked_at = position
        if self.marks.pop(place_of(row), None) is None:
            self.marks[place_of(row)] = row

    def mark_range(self, position: int) -> str:
        """The lines from the one that was marked last to this one. Returns why that cannot be, "" where it was done."""
        first, last = sorted((self.marked_at if self.marks else position, position))
        if self.source is None:
            return ""
        if last - first >= MARK_LIMIT:
            return f"{last - first + 1:,} lines are too many to mark at once."
        for start in range(first, last + 1, MARK_PAGE):
            self.marks.update({place_of(row): row for row in self.source.rows(start, min(start + MARK_PAGE, last + 1))})
        self.marked_at = position
        return self._too_many()

    def _too_many(self) -> str:
        """Take the marks away where they are on more chains than one act is for, and say so."""
        chains = sum(row.whole.chains if row.whole is not None else 1 for row in self.marks.values())
        if chains <= MARK_LIMIT:
            return ""
        self.marks.clear()
        return f"These findings have {chains:,} chains, too many for one act; filter first (/)."

    def mark_all(self) -> str:
        """Everything the list shows, or nothing. Returns why that cannot be, "" where it was done."""
        source = self.source
        if self.marks or source is None:
            self.marks.clear()
        elif not source.complete or source.count() > MARK_LIMIT:
            return f"{source.count():,} chains are too many to mark at once; filter first (/)."
        else:
            for start in range(0, source.count(), MARK_PAGE):
                self.marks.update({place_of(row): row for row in source.rows(start, start + MARK_PAGE)})
            return self._too_many()
        return ""

    # What a verdict is for ----------------------------------------------------------------------------------------------

    def rung(self, row: QueueRow | None) -> Reach:
        """The chosen rung of a line: it begins at the incident on each, and moving within one does not change it."""
        if row is not None and _line(row) != self.scope_of:
            self.scope, self.scope_of = Reach.INCIDENT, _line(row)
        rungs = rungs_of(row)
        return self.scope if self.scope in rungs or not rungs else rungs[0]

    def widen(self, row: QueueRow | None, by: int) -> None:
        """To a wider rung, or with -1 to a narrower one."""
        self.scope = moved(self.rung(row), rungs_of(row), by)

    def back_to(self, target: VerdictTarget) -> None:
        """The cursor is on its line again: the rung is the one that it is."""
        self.scope, self.scope_of = target.scope, _line(target.rows[0])

    def target(
        self, current: QueueRow | None, rows: IncidentRows | None = None, process: int | None = None, place: int = 1
    ) -> VerdictTarget | None:
        """What a verdict is for: the marked lines, else the chosen rung of the line under the cursor. rows: the incident that is
        shown of it, process: the one under the cursor there, place: of the incident where that is still being read.
        """
        if self.marks:
            return of_rows(list(self.marks.values()))
        return None if current is None else target_of(current, self.rung(current), rows, process, place)

    # The question before a verdict -----------------------------------------------------------------------------------

    def ask(self, target: VerdictTarget, verdict: str | None) -> Waiting:
        """Count what a verdict is for before it is given."""
        self.waiting = Waiting(target, verdict)
        return self.waiting

    def counted(self, waiting: Waiting, extent: Extent) -> bool:
        """What it would label is known. False when it is not asked about any more."""
        if self.waiting is not waiting:
            return False
        waiting.question = question(waiting.verdict, extent)
        self.known = (waiting.target, extent)
        return True

    def extent(self, target: VerdictTarget) -> Extent | None:
        """What it extends to, where that was counted since the last verdict."""
        return self.known[1] if self.known is not None and self.known[0].on == target.on else None

    def acted(self) -> int:
        """Verdicts change: what was counted is not so any more. Returns the number of this act."""
        self.acts, self.known = self.acts + 1, None
        return self.acts

    def drop(self, waiting: Waiting | None = None) -> bool:
        """Nothing is asked any more; False when nothing (or something else than `waiting`) was asked."""
        if self.waiting is None or (waiting is not None and waiting is not self.waiting):
            return False
        self.waiting = None
        return True

    def went_to(self, target: VerdictTarget | None) -> bool:
        """What is looked at now: True when a question about something else is not asked any more. Marks stay what they are."""
        away = self.waiting is not None and not self.marks and (target is None or target.on != self.waiting.target.on)
        return away and self.drop()

    # Words -----------------------------------------------------------------------------------------------------------

    def title(self, metrics: Mapping[str, Any] | None) -> str:
        """Over the table: how many of how many, what the filter says, what may be left to find by a learnt queue's metrics."""
        source, said = self.source, []
        if source is not None:
            count = f"{source.count():,}" + ("" if source.complete else "…")
            said.append(f"{count} of {source.total:,}" if source.wanted != EVERYTHING else count)
        if self.view.wanted != EVERYTHING:
            said.append(filter_words(self.view.wanted))
        if source is not None and (hidden := hidden_title(source.hidden, "Z")):
            said.append(hidden)
        if source is not None and metrics is not None and (advice := stop_words(metrics)):
            said.append(advice)
        return ("Findings  " if self.shows_findings else "Queue  ") + " · ".join(said)

    def subtitle(self) -> str:
        """Under it: the order, and what the last verdict did to it."""
        order = self.source.order.name if self.source is not None else RANK.name
        learnt = f"  last change: {self.last_change}" if self.last_change else ""
        if self.learning:
            learnt = "  learning from your verdicts …"
        return f"order: {order}" + (" reversed" if self.view.reverse else "") + learnt

    def export_words(self, rows: Collection[QueueRow], wanted: QueueFilter) -> str:
        """What an export of these marked rows, else of what the filter leaves, is of; "" where there are neither."""
        if rows:
            return f"the processes of {kind(len(rows), findings=next(iter(rows)).whole is not None)} marked"
        if wanted == EVERYTHING:
            return ""
        count = self.source.count() if self.source is not None else 0
        of = kind(count, findings=self.shows_findings)
        return f"the processes of the chains that match, {of}: {filter_words(wanted)}"


def _line(row: QueueRow) -> str | tuple[int, int]:
    """A line of the list, whichever of its chains labels put in front of a finding."""
    return row.key if row.whole is None else (row.whole.set_id, row.whole.number)
