"""Triage's filter line, filter keys and orders."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on

from engine.errors import NotFound, UsageError
from store.queue.filter import UNDECIDED, QueueFilter
from store.queue.order import LEARNT, MODES, ORDERS, Order
from tui.actions import filter_line
from tui.screens.base import ModeScreen
from tui.screens.triage.filter_bar import FilterBar

if TYPE_CHECKING:
    from tui.screens.triage.queue_table import QueueTable

HOST_NAMES = 2_000
"""Hosts that the filter line completes."""


class FilterMixin(ModeScreen):
    """What the queue shows, and in which order."""

    wanted: QueueFilter
    order: Order
    reverse: bool
    _hosts: list[str] | None

    if TYPE_CHECKING:

        @property
        def table(self) -> QueueTable:
            """The screen's queue."""
            ...

        def show_queue(self, keep: str | None = None) -> None:
            """Read it anew."""

    def action_filter(self) -> None:
        """Open the filter line."""
        self.query_one(FilterBar).open(filter_line.words(self.wanted, self._host_name))

    @on(FilterBar.Applied)
    def _filter_applied(self, message: FilterBar.Applied) -> None:
        case = self.services.case
        try:
            wanted = filter_line.parse(message.line, lambda name: self.services.workspace.cases.host_id(case or "", name))
        except (UsageError, NotFound) as problem:
            self.query_one(FilterBar).refuse(problem.message)
            return
        self.query_one(FilterBar).accept()
        self._narrow(wanted)

    @on(FilterBar.Closed)
    def _filter_closed(self) -> None:
        self.table.focus()

    def _narrow(self, wanted: QueueFilter) -> None:
        self.wanted = wanted
        self.show_queue()

    def action_undecided(self) -> None:
        """Undecided only, or all again."""
        only = self.wanted.verdicts == (UNDECIDED,)
        self._narrow(replace(self.wanted, verdicts=() if only else (UNDECIDED,)))

    def action_flagged(self) -> None:
        """Above the threshold only, or all again."""
        self._narrow(replace(self.wanted, flagged=not self.wanted.flagged))

    def action_sort(self, forward: int) -> None:
        """The next order, or the same one reversed."""
        if forward:
            # One cycle for the columns, another (l) for what labels teach: the queue itself is where both begin.
            cycle = (LEARNT, *ORDERS[1:])
            at = 0 if self.order in MODES else cycle.index(self.order)
            self.order, self.reverse = cycle[(at + 1) % len(cycle)], False
        else:
            self.reverse = not self.reverse
        self.show_queue()

    def action_reload(self) -> None:
        """What holds now, with the cursor on the same chain."""
        row = self.table.current
        self.show_queue(keep=row.key if row is not None else None)

    def _host_names(self) -> list[str]:
        if self._hosts is None:
            case = self.services.case
            hosts = self.services.workspace.cases.hosts(case) if case is not None else ()
            self._hosts = [host.name for host in hosts[:HOST_NAMES]]
        return self._hosts

    def _host_name(self, host_id: int) -> str:
        case = self.services.case
        hosts = self.services.workspace.cases.hosts(case) if case is not None else ()
        return next((host.name for host in hosts if host.id == host_id), str(host_id))
