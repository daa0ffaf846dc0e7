"""Triage's two lists, findings and chains: from one to the other, into one finding and out again, along its chains."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from store.queue.filter import QueueFilter
from store.queue.finding_positions import FindingSource
from store.queue.order import RANK, Order
from store.queue.positions import QueueSource
from tui.screens.base import ModeScreen
from tui.screens.triage.chain_view import ChainView

if TYPE_CHECKING:
    from store.base.views import QueueRow
    from tui.screens.triage.queue_table import QueueTable


@dataclass(frozen=True, slots=True)
class Outer:
    """The list from which a finding was opened."""

    wanted: QueueFilter
    order: Order
    reverse: bool
    by_finding: bool


class FindingsMixin(ModeScreen):
    """What the list consists of."""

    wanted: QueueFilter
    order: Order
    reverse: bool
    source: QueueSource | None
    marks: dict[str, QueueRow]
    by_finding: bool = True
    """List findings, where the scores have any."""
    _outer: Outer | None = None

    if TYPE_CHECKING:

        @property
        def table(self) -> QueueTable:
            """The screen's queue."""
            ...

        def show_queue(self, keep: str | None = None) -> None:
            """Read it anew."""

        def show_evidence(self, row: QueueRow | None, *, anew: bool = False, place: int = 0) -> None:
            """Draw a chain."""

    def make_source(self, case: str) -> QueueSource:
        """Findings or chains by the present filter and order; the chains of one finding when it was opened.

        Raises NotFound when nothing was scored.
        """
        workspace = self.services.workspace
        if self.by_finding and self.wanted.finding is None:
            source = FindingSource(workspace, workspace.learnt, case, self.wanted, self.order, reverse=self.reverse)
            if source.total:
                return source
        return QueueSource(workspace, workspace.learnt, case, self.wanted, self.order, reverse=self.reverse)

    def forget_findings(self) -> None:
        """Another case: begin with its findings."""
        self.by_finding, self._outer = True, None

    def action_findings(self) -> None:
        """Findings instead of chains, or chains instead of findings; the cursor stays with the chain."""
        row = self.table.current
        key = row.key if row is not None else None
        if self._outer is not None:
            self._restore()
        self.by_finding = not isinstance(self.source, FindingSource)
        self._unmark()
        self.show_queue(keep=key)
        if self.by_finding and self.source is not None and not isinstance(self._coming_or_shown(), FindingSource):
            self.notify("These scores have no findings yet. On screen 5, let the model score the case again.", severity="warning")

    def _coming_or_shown(self) -> QueueSource | None:
        return getattr(self, "_coming", None) or self.source

    def action_open_finding(self) -> None:
        """The chains of the finding under the cursor, in the table; again: back to the list."""
        if self.close_finding():
            return
        row = self.table.current
        if row is None:
            return
        if not row.member_of:
            self.notify("This chain is in no finding: these scores were not grouped.", severity="warning")
            return
        self._outer = Outer(self.wanted, self.order, self.reverse, self.by_finding)
        self.wanted, self.order, self.reverse = QueueFilter(finding=row.member_of), RANK, False
        self._unmark()
        self.show_queue(keep=row.key)

    def close_finding(self) -> bool:
        """Back to the list from which a finding was opened; False when none was."""
        if self._outer is None:
            return False
        row = self.table.current
        self._restore()
        self._unmark()
        self.show_queue(keep=row.key if row is not None else None)
        return True

    def _restore(self) -> None:
        if self._outer is not None:
            outer, self._outer = self._outer, None
            self.wanted, self.order, self.reverse = outer.wanted, outer.order, outer.reverse
            self.by_finding = outer.by_finding

    def _unmark(self) -> None:
        # A mark on a finding is none on its best chain: what is not seen must not get a verdict.
        if self.marks:
            self.marks.clear()
            self.notify("The marks were taken away.")

    def action_member(self, by: int) -> None:
        """The next chain of the finding under the cursor, in the chain's pane; a verdict is for the finding all the same."""
        finding, shown = self.table.current, self.query_one(ChainView).row
        if finding is None or finding.whole is None or shown is None:
            return
        findings = self.services.workspace.findings
        found = findings.members(finding.whole, after=shown.rank, limit=1, backwards=by < 0)
        if found:
            place = findings.position(finding.whole, found[0].rank)
            self.show_evidence(replace(found[0], whole=finding.whole), place=place)
