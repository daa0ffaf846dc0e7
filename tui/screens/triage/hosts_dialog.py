"""Hosts × time: each incident of a finding and what is tied to it, a line each, the earliest first; enter goes to one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from engine.errors import OddkinError
from store.base.views import IncidentView
from store.workspace import Workspace
from tui.actions.triage.lanes import OWN, IncidentLane, Lanes, elsewhere, lanes
from tui.runtime.beside import beside
from tui.widgets.dialog import Dialog
from tui.widgets.ledger_table import Column, LedgerTable, ListSource
from tui.words.spans import Line, crop
from tui.words.triage.commands import short_host
from tui.words.triage.finding_row import short_number
from tui.words.triage.lane_words import heading, lane_cells, lasting
from tui.words.words import many

LANE = 32
"""Cells of the time that a line is drawn over, where there is room."""
BESIDE = 5
"""Lines of the dialog that are not the table's: its border, and two of what is told below."""
WIDE, ROOMY = 110, 130
"""Cells from which on there is room for the year and how long it lasted, and for the drawing."""


class HostsDialog(Dialog[IncidentView]):
    """Reads in a worker; the answer is the incident that was chosen."""

    DEFAULT_CSS = """
    HostsDialog > Vertical { width: 100%; max-width: 160; height: auto; max-height: 90%; padding: 0 1; }
    HostsDialog LedgerTable { height: auto; max-height: 1fr; background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,H", "cancel", "Close", id="hosts.close")]

    def __init__(self, workspace: Workspace, case: str, process: int, when: Callable[[int | None], str]) -> None:
        """`process`: one that the finding covers; `when` tells times as the screens do."""
        super().__init__()
        self._workspace, self._case, self._process, self._when = workspace, case, process, when
        self._found: Lanes | None = None

    @property
    def table(self) -> LedgerTable[IncidentLane]:
        """The incidents."""
        return self.query_one(LedgerTable)

    def compose(self) -> ComposeResult:
        """The table, and below it how far the process is spread beyond the finding."""
        with self.box("Hosts × time", "enter goes there · esc leaves"):
            yield LedgerTable(self._columns())
            yield Static("", classes="elsewhere", markup=False)

    def on_mount(self) -> None:
        """Read."""
        self.table.focus()
        self.table.empty = [("reading …", "dim")]
        self._fit(1)
        beside(self, "lanes", partial(lanes, self._workspace, self._case, self._process), self._show, gone=OddkinError)

    def _columns(self) -> tuple[Column[IncidentLane], ...]:
        return (
            Column("", 1, lambda lane, _: [(self._sign(lane), "accent")]),
            Column("", 9, lambda lane, _: [(lane.name, "dim" if lane.tie else "")]),
            Column("began", 14, partial(self._began, 5), to_width=WIDE),
            Column("began", 19, partial(self._began, 0), from_width=WIDE),
            Column("host", 15, lambda lane, width: [(crop(short_host(lane.incident.host), width), "strong")]),
            Column("account", 0, lambda lane, width: [(crop(lane.account, width), "")]),
            Column(
                "lasted", 12, lambda lane, _: [(lasting(lane.incident.first_us, lane.incident.last_us), "dim")], from_width=WIDE
            ),
            Column("proc.", 5, lambda lane, _: [(short_number(lane.incident.processes), "")], right=True),
            Column("tie", 10, lambda lane, width: [(crop(lane.how, width), "dim")]),
            Column("time", LANE, self._drawn, from_width=ROOMY),
        )

    def _began(self, without: int, lane: IncidentLane, _width: int) -> Line:
        """`without`: characters of the year that are left out."""
        return [(self._when(lane.incident.first_us)[without:19].replace("T", " "), "dim")]

    def _sign(self, lane: IncidentLane) -> str:
        here = self._found is not None and lane.tie == OWN and lane.incident.place == self._found.place
        return "›" if here else lane.tie

    def _drawn(self, lane: IncidentLane, width: int) -> Line:
        assert self._found is not None
        spans = [(one.incident.first_us, one.incident.last_us) for one in self._found.lanes]
        return [(lane_cells((lane.incident.first_us, lane.incident.last_us), spans, width), "warning")]

    def _show(self, found: Lanes | None) -> None:
        self._found = found
        if found is None:
            self.table.empty = [("No incident covers this process.", "dim")]
            self.table.refresh()
            return
        self.query_one("Vertical").border_title = Content(heading(found, self._when))
        here = next((at for at, lane in enumerate(found.lanes) if lane.tie == OWN and lane.incident.place == found.place), 0)
        self._fit(len(found.lanes))
        self.table.show_source(ListSource(found.lanes), here)
        self._told("counting where else …", found)
        read = partial(elsewhere, self._workspace, self._case, self._process)
        beside(self, "elsewhere", read, lambda said: self._told(said, found), gone=OddkinError)

    def _fit(self, lines: int) -> None:
        """As high as it has lines, and its header; what stands below it stays in sight."""
        room = self.app.size.height * 9 // 10 - BESIDE
        self.table.styles.height = max(min(lines + 1, room), 3)

    def _told(self, said: str, found: Lanes) -> None:
        more = f"{many(found.left, 'more incident', 'more incidents')}. " if found.left else ""
        self.query_one(".elsewhere", Static).update(Content(f"{more}Elsewhere: {said}." if said else more))

    @on(LedgerTable.RowSelected)
    def _selected(self) -> None:
        if (lane := self.table.current) is not None:
            self.dismiss(lane.incident)
