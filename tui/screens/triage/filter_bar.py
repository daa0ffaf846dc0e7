"""Triage's filter line: always there, read while it is typed; the list follows it as far as it makes sense."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.message import Message
from textual.worker import get_current_worker

from engine.errors import Cancelled, NotFound
from store.queue.finding_positions import FindingSource
from store.queue.positions import QueueSource
from store.where.matching import count
from store.where.terms import ALL, Where, WhereError
from tui.actions import filter_line
from tui.runtime.beside import beside
from tui.runtime.services import Services
from tui.screens.triage.state import QueueView, TriageState
from tui.widgets.filter_field import FilterField
from tui.words.chain_words import kind
from tui.words.first_queue import not_ranked
from tui.words.words import many


class FilterBar(Vertical):
    """Reads the line, and narrows the list down by what it says, or by a key."""

    DEFAULT_CSS = """
    FilterBar { height: 1; }
    """
    KEYS: ClassVar[list[Binding]] = [
        Binding("slash", "filter", "Filter", key_display="/", id="queue.filter", tooltip="Narrow the queue down"),
        Binding("Z", "hidden", "Hidden", show=False, id="queue.hidden", tooltip="Only what exceptions hide; again: the queue"),
    ]  # fmt: skip

    class Leaving(Message):
        """The list is about to be another one."""

    class Closed(Message):
        """Escape, or a filter that was accepted."""

    def __init__(self, services: Services, state: TriageState, change: Callable[[QueueView], None]) -> None:
        """`change` shows another view."""
        super().__init__()
        self._services, self._state, self._change = services, state, change
        self._before = ALL
        """The filter to which escape goes back."""

    def compose(self) -> ComposeResult:
        """The line."""
        yield FilterField(f"no filter   e.g. {filter_line.EXAMPLES}")

    @property
    def line(self) -> FilterField:
        """The line as a widget."""
        return self.query_one(FilterField)

    def follow(self) -> None:
        """The list was narrowed down by something else than this line, or is another one."""
        if not self.is_mounted:
            return
        where = self._state.view.wanted.where
        if not self.line.field.has_focus:
            self.line.put(filter_line.words(where))
            self._count(where)

    def ask(self, line: str, *, within: bool) -> None:
        """Show what a line asks for; `within` what is shown now. Its owner has left the place."""
        where = self._state.view.wanted.where
        whole = f"{filter_line.words(where)} {line}" if within and where else line
        self.line.put(whole)
        self._apply()

    def action_filter(self) -> None:
        """Into the line."""
        self.post_message(self.Leaving())  # while it is typed the list follows it
        self._before = self._state.view.wanted.where
        self.line.enter()

    def action_hidden(self) -> None:
        """What exceptions hide, or the queue again."""
        self._change(self._state.view.hidden())

    # Reading --------------------------------------------------------------------------------------------------------------

    def _read(self) -> Where | None:
        """The filter that the line is; says what is wrong with it, and returns None."""
        services = self._services
        if services.case is None:
            return None
        try:
            return filter_line.read(services.workspace, services.case, self.line.line, ZoneInfo(services.settings.zone))
        except (WhereError, NotFound) as problem:
            self.line.tell(problem.message, wrong=True)
            return None

    def _apply(self) -> bool:
        where = self._read()
        if where is None:
            return False
        if where != self._state.view.wanted.where:
            self._change(self._state.view.filtered(where))
        self._count(where)
        return True

    @on(FilterField.Rested)
    def _rested(self, message: FilterField.Rested) -> None:
        message.stop()
        services, begun = self._services, message.begun
        self._apply()
        zone = ZoneInfo(services.settings.zone)
        beside(
            self, "filter-offers", lambda: filter_line.complete(services.workspace, services.case, begun, zone),
            lambda found: self.line.offer(begun, found),
        )  # fmt: skip

    @on(FilterField.Entered)
    def _entered(self, message: FilterField.Entered) -> None:
        message.stop()
        if self._apply():
            self.post_message(self.Closed())

    @on(FilterField.Left)
    def _left(self, message: FilterField.Left) -> None:
        message.stop()
        self.line.put(filter_line.words(self._before))
        if self._before != self._state.view.wanted.where:
            self._change(self._state.view.filtered(self._before))
        self._count(self._before)
        self.post_message(self.Closed())

    # Counting -------------------------------------------------------------------------------------------------------------

    def _count(self, where: Where) -> None:
        """Say at the right what a filter leaves; nothing where there is none."""
        case = self._services.case
        if case is None or not where:
            self.workers.cancel_group(self, "filter-count")
            self.line.tell("")
            return
        if asking := filter_line.unscored(self._services.workspace, case, where):
            self.line.tell(not_ranked(asking))
            return
        view = self._state.view

        def counted() -> tuple[QueueSource, int, int]:
            workspace = self._services.workspace
            source = replace(view, wanted=replace(view.wanted, where=where)).source(workspace, case, self._services.now_us())
            worker = get_current_worker()
            source.load(stop=lambda: worker.is_cancelled)
            if worker.is_cancelled:
                raise Cancelled("Another filter is asked for.")
            return source, count(workspace, case, where), count(workspace, case, ALL)

        beside(self, "filter-count", counted, lambda found: self._counted(where, *found))

    def _counted(self, where: Where, source: QueueSource, left: int, there: int) -> None:
        if where == self._state.view.wanted.where:
            rows = kind(source.total, findings=isinstance(source, FindingSource))
            self.line.tell(f"{source.count():,} of {rows}, {left:,} of {many(there, 'process', 'processes')}")
