"""Count by a column: how often each value stands in what is shown, rarest first; enter asks for one of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from engine.untrusted import visible
from store.where.counts import Counted, Counting, FrequencyTable, frequencies
from store.where.grammar import write
from store.where.terms import Term, Value, Where
from store.workspace import Workspace
from tui.runtime.beside import beside
from tui.widgets.dialog import Dialog
from tui.widgets.ledger_table import Column, LedgerTable, ListSource
from tui.words.spans import crop
from tui.words.words import many

NAMES = {
    Counting.IMAGE: ("program", "programs"), Counting.PARENT: ("parent program", "parent programs"),
    Counting.USER: ("user", "users"), Counting.HOST: ("host", "hosts"), Counting.SESSION: ("session", "sessions"),
    Counting.HASH: ("hash", "hashes"), Counting.COMMAND: ("command line", "command lines"),
}  # fmt: skip
ORDERS: dict[str, Callable[[Counted], tuple[int, ...]]] = {
    "rarest first": lambda one: (one.hosts, one.processes, -one.odd),
    "most first": lambda one: (-one.processes,),
    "oddest first": lambda one: (-one.odd, one.processes),
    "newest first": lambda one: (-(one.first_us or 0),),
}


class CountDialog(Dialog[str]):
    """A line of the filter language that asks for the chosen value."""

    DEFAULT_CSS = """
    CountDialog > Vertical { width: 100%; max-width: 140; height: 90%; padding: 0 1; }
    CountDialog LedgerTable { height: 1fr; background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "cancel", "Close", id="count.close"),
        Binding("h,left", "column(-1)", "Column before", show=False, id="count.before"),
        Binding("l,right,tab", "column(1)", "Next column", show=False, id="count.next"),
        Binding("s", "sort", "Sort", id="count.sort"),
    ]

    def __init__(self, workspace: Workspace, case: str, where: Where, when: Callable[[int | None], str]) -> None:
        """`where`: what is shown; `when` tells times as the screens do."""
        super().__init__()
        self._workspace, self._case, self._where, self._when = workspace, case, where, when
        self._place = 0
        self._order = next(iter(ORDERS))
        self._found: FrequencyTable | None = None

    @property
    def column(self) -> Counting:
        """What is counted."""
        return list(Counting)[self._place]

    @property
    def table(self) -> LedgerTable[Counted]:
        """The values."""
        return self.query_one(LedgerTable)

    def compose(self) -> ComposeResult:
        """The table."""
        with self.box("Count", "h l another column · s sort · enter shows those · esc leaves"):
            yield LedgerTable(self._columns())

    def on_mount(self) -> None:
        """Count the first column."""
        self.table.focus()
        self._count()

    def _columns(self) -> tuple[Column[Counted], ...]:
        return (
            Column("value", 0, lambda one, width: [(crop(visible(one.value), width), "") if one.value else ("not told", "dim")]),
            Column("processes", 10, lambda one, _: [(f"{one.processes:,}", "strong")], right=True),
            Column("odd", 7, lambda one, _: [(f"{one.odd:,}", "warning") if one.odd else ("", "")], right=True),
            Column("hosts", 6, lambda one, _: [(f"{one.hosts:,}", "")], right=True),
            Column("first seen", 20, lambda one, _: [(self._when(one.first_us), "dim")], from_width=70),
            Column("last seen", 20, lambda one, _: [(self._when(one.last_us), "dim")], from_width=110),
        )

    def _count(self) -> None:
        self._found = None
        self.table.empty = [("counting …", "dim")]
        self.table.show_source(ListSource(()))
        self._title()
        read = partial(frequencies, self._workspace, self._case, self._where, self.column)
        beside(self, "count", read, self._counted)

    def _counted(self, found: FrequencyTable) -> None:
        if found.column is self.column:
            self._found = found
            self.table.empty = [("Nothing is there to count.", "dim")]
            self._draw()

    def _draw(self) -> None:
        if self._found is not None:
            self.table.show_source(ListSource(sorted(self._found.values, key=ORDERS[self._order])))
            self._title()

    def _title(self) -> None:
        found, box = self._found, self.query_one("Vertical")
        if found is None:
            box.border_title = NAMES[self.column][1].capitalize()
            return
        values = many(len(found.values), *NAMES[self.column]) + ("" if found.complete else ", the rarest")
        box.border_title = f"{values} of {many(found.processes, 'process', 'processes')} · {self._order}"

    def action_column(self, by: int) -> None:
        """Count another column."""
        self._place = (self._place + by) % len(Counting)
        self._count()

    def action_sort(self) -> None:
        """In the next order."""
        orders = list(ORDERS)
        self._order = orders[(orders.index(self._order) + 1) % len(orders)]
        self._draw()

    @on(LedgerTable.RowSelected)
    def _selected(self) -> None:
        one = self.table.current
        if one is not None and one.value:
            self.dismiss(write((Term(self.column.value, (Value(one.value),)),)))
