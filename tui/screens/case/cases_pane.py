"""The left side of Case: the cases of the workspace, to be opened or removed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.message import Message

from engine.errors import OddkinError
from engine.untrusted import visible
from tui.runtime.jobs_runner import JobRunner
from tui.runtime.messages import CaseChanged
from tui.runtime.services import Services
from tui.screens.case.case_columns import case_columns
from tui.screens.case.jobs import HASHES, LISTS_KEPT, compare_hashes
from tui.widgets.ledger_table import LedgerTable, ListSource
from tui.words.spans import Line

if TYPE_CHECKING:
    from store.base.views import CaseSummary

READING: Line = [("Reading …", "dim")]
"""Of a list that nobody has seen yet: not that there is nothing."""
WIDE = 100
"""Columns from which the list of cases stands beside the rest."""


@dataclass
class CaseRemoved(Message):
    """A case was removed, or could not be."""

    case: str
    error: OddkinError | None


class CasesPane(Container):
    """The list, and what its keys do."""

    KEYS: ClassVar[list[Binding]] = [
        Binding(
            "B", "hashes", "Compare hashes", show=False, id="case.hashes",
            tooltip="Compare this case with a list of known-bad or known-good hashes, and rank it",
        ),
        Binding("D", "remove", "Remove case", show=False, id="case.remove", tooltip="Remove the case under the cursor"),
    ]  # fmt: skip

    def __init__(self, services: Services, runner: JobRunner) -> None:
        super().__init__(id="cases-pane")
        self._services, self._runner = services, runner
        self._shown: Sequence[CaseSummary] = ()

    def compose(self) -> ComposeResult:
        """The table."""
        cases: LedgerTable[CaseSummary] = LedgerTable(case_columns(lambda: self._services.case), id="cases")
        cases.border_title = "Cases"
        cases.border_subtitle = "enter opens"
        cases.empty = READING
        yield cases

    @property
    def table(self) -> LedgerTable[CaseSummary]:
        """The list."""
        return self.query_one("#cases", LedgerTable)

    def show(self, cases: Sequence[CaseSummary], name: str | None) -> None:
        """These, with the cursor on the one of this name, unless it is in use where it is."""
        table, self._shown = self.table, cases
        table.empty = [("No case yet.", "dim")]
        current = next((at for at, case in enumerate(cases) if case.name == name), 0)
        stays = table.has_focus and 0 <= table.cursor < len(cases) and table.count
        table.show_source(ListSource(cases), table.cursor if stays else current)
        self.fit()

    def fit(self) -> None:
        """Stacked, the list of cases leaves room for the rest."""
        narrow = self.app.size.width < WIDE
        self.styles.max_height = min(max(len(self._shown), 1), 4) + 3 if narrow else None

    @on(LedgerTable.RowSelected)
    def _opened(self, event: LedgerTable.RowSelected) -> None:
        case: CaseSummary | None = event.table.row(event.position)
        if case is not None and case.name != self._services.case:
            self.app.post_message(CaseChanged(case.name))

    def action_remove(self) -> None:
        """Remove the case under the cursor, after a question."""
        case = self.table.current
        if case is None:
            return
        if self._runner.running is not None:
            self.notify(f"{self._runner.running} is running; remove a case when it has ended.", severity="warning")
            return

        from tui.dialogs.confirm import ConfirmDialog

        detail = (
            f"Its {case.kept:,} records, {case.chains:,} chains, scores and {case.labels:,} verdicts go, and cannot be had back.",
            "Models stay, and the evidence files are not touched.",
        )
        ConfirmDialog(f"Remove the case {case.name}?", *detail, yes="Remove", no="Keep").ask(
            self, lambda _yes: self._remove(case.name)
        )

    def action_hashes(self) -> None:
        """Choose a list, compare the current case with it and rank it anew."""
        case = self._services.case
        if case is None:
            self.notify("There is no case yet: I reads logs into one.", severity="warning")
            return
        if self._runner.running is not None:
            self.notify(f"{self._runner.running} is running; ctrl+x stops it.", severity="warning")
            return

        from tui.screens.case.hash_list_dialog import HashListChoice, HashListDialog

        def start(choice: HashListChoice) -> None:
            job = partial(compare_hashes, self._services.workspace, case, choice.path, bad=choice.bad)
            self._runner.start(HASHES, job, LISTS_KEPT)

        HashListDialog(self._services.home).ask(self, start)

    @work(thread=True, group="remove", exit_on_error=False)
    def _remove(self, name: str) -> None:
        problem: OddkinError | None = None
        try:
            self._services.workspace.cases.remove(name)
        except OddkinError as error:
            problem = error
        self.post_message(CaseRemoved(name, problem))

    @on(CaseRemoved)
    def _removed(self, message: CaseRemoved) -> None:
        if message.error is not None:
            self.notify(visible(message.error.message), title=message.error.title, severity="error", markup=False)
            return
        self.notify(visible(f"Removed the case {message.case}."), markup=False)
        if message.case == self._services.case:
            rest = [case.name for case in self._shown if case.name != message.case]
            self.app.post_message(CaseChanged(rest[0] if rest else None))
