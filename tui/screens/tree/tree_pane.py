"""The tree with its search line: what is kept of it, findings or matches, and the steps from one of those to the next."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.message import Message

from engine.errors import Cancelled, NotFound, OddkinError
from engine.progress import CancelToken, Run
from engine.untrusted import visible
from store.processes.search import ProcessTargets, Targets
from store.where.matching import matching
from store.where.terms import Where, WhereError
from tui.actions.filter_line import EXAMPLES, complete, read, unscored
from tui.runtime.beside import beside
from tui.runtime.services import Services
from tui.screens.tree.forest.focus import Focus
from tui.screens.tree.forest.members import Source
from tui.screens.tree.process_tree import ProcessTree
from tui.widgets.filter_field import FilterField
from tui.words.first_queue import not_ranked

FINDINGS = "on the way to findings"
MATCHES = "matches of "
Then = Callable[[Focus], None]


@dataclass
class TargetsFound(Message, bubble=False):
    """A query for processes has ended."""

    asked: int
    focus: Focus | None
    error: str = ""


class TreePane(Vertical):
    """Asks for processes in a worker, and keeps of the tree what leads to them."""

    KEYS: ClassVar[list[Binding]] = [
        Binding("slash", "search", "Search", key_display="/", id="tree.search", tooltip="By image, command line, user, time"),
        Binding("n", "next_match(1)", "Next", id="goto.next", tooltip="Next match, or finding when nothing was searched for"),
        Binding("N", "next_match(-1)", "Previous", show=False, id="goto.previous", tooltip="The match or finding before"),
        Binding("z", "fold", "Odd only", show=False, id="pane.odd", tooltip="Fold what does not lead to a finding; again: all"),
    ]  # fmt: skip

    def __init__(self, services: Services) -> None:
        super().__init__(id="tree-pane")
        self._services = services
        self.border_title = "Processes"
        self._findings: Focus | None = None
        self._asked = 0
        self._token = CancelToken()
        self._then: Then | None = None
        self._when_found: list[Then] = []
        """What waits for the findings while they are being looked up."""

    def compose(self) -> ComposeResult:
        """Search line and tree."""
        yield FilterField(f"no search   e.g. {EXAMPLES}", id="tree-search")
        yield ProcessTree(self._services.when, id="tree")

    @property
    def view(self) -> ProcessTree:
        """The tree itself."""
        return self.query_one(ProcessTree)

    @property
    def focus_kept(self) -> Focus | None:
        """What is kept of the tree; None for all of it."""
        state = self.view.state
        return None if state is None else state.focus

    # What is shown -----------------------------------------------------------------------------------------------------

    def show(self, source: Source | None, *, grown: bool = False) -> None:
        """Another forest (None: none); `grown`: the same one, with more processes or other scores, open where it was."""
        self._token.cancel()
        self._asked += 1
        self._findings, self._then, self._when_found = None, None, []
        if self.is_mounted:
            self._search.put("")
            self._search.tell("")
        if grown and source is not None:
            self.view.reload(source)
        else:
            self.view.show(source)
        self.draw_title()

    def draw_title(self) -> None:
        """Under the tree: which of how many kept processes the cursor is on."""
        focus = self.focus_kept
        title = "" if focus is None else self._kept(focus).replace("[", "\\[")
        if self.border_subtitle != title:  # a new title paints the whole pane
            self.border_subtitle = title

    def _kept(self, focus: Focus) -> str:
        row = self.view.row
        rank = None if row is None else focus.rank(row.id)
        count = f"{len(focus):,}{'' if focus.complete else ' or more'}"
        return visible(f"{'' if rank is None else f'{rank:,} of '}{count} {focus.title}", 60)

    def reveal(self, process_id: int) -> None:
        """Open all ancestors of a process and put the cursor on it."""
        try:
            self.view.reveal(process_id)
        except NotFound as error:
            self.notify(visible(f"{error.message} {error.remedy}"), severity="warning", markup=False)
        self.view.focus()

    def show_all(self) -> None:
        """Keep everything."""
        if self.focus_kept is not None:
            self._search.put("")
            self._search.tell("")
            self._keep(None)

    def _keep(self, focus: Focus | None, *, goal: int | None = None) -> None:
        self.view.set_focus_on(focus, goal=goal)
        self.draw_title()

    # Findings and matches ------------------------------------------------------------------------------------------------

    def action_fold(self) -> None:
        """Keep what leads to findings, or everything."""
        focus = self.focus_kept
        if focus is not None and focus is self._findings:
            self._keep(None)
        else:
            self._with_findings(self._keep)

    def action_next_match(self, step: int) -> None:
        """Step through the matches; without a search, through the findings."""
        focus = self.focus_kept
        if focus is not None:
            self._go(focus, step)
        else:
            self._with_findings(lambda found: self._go(found, step))

    @property
    def _search(self) -> FilterField:
        return self.query_one(FilterField)

    @property
    def searched(self) -> str:
        """The line that the tree is narrowed down by; "" for none."""
        focus = self.focus_kept
        return "" if focus is None or not focus.marked else focus.title.removeprefix(MATCHES)

    def search_for(self, line: str) -> None:
        """As if it had been typed."""
        self._search.put(line)
        self._search_line(line)

    def action_search(self) -> None:
        """Into the line, with what was asked last."""
        self._search.enter()

    @on(FilterField.Left)
    def _left(self, message: FilterField.Left) -> None:
        message.stop()
        self._search.put(self.searched)
        self._search.tell("")
        self.view.focus()

    def _read(self, case: str) -> Where | None:
        """The filter that the line is; says what is wrong with it, and returns None."""
        services = self._services
        try:
            where = read(services.workspace, case, self._search.line, ZoneInfo(services.settings.zone))
        except (WhereError, NotFound) as error:
            self._search.tell(error.message, wrong=True)
            return None
        self._search.tell(self._unscored(case, where))
        return where

    def _unscored(self, case: str, where: Where) -> str:
        asking = unscored(self._services.workspace, case, where)
        return not_ranked(asking) if asking else ""

    @on(FilterField.Rested)
    def _rested(self, message: FilterField.Rested) -> None:
        message.stop()
        services, begun, search = self._services, message.begun, self._search
        if services.case is not None:
            self._read(services.case)
        zone = ZoneInfo(services.settings.zone)
        beside(
            self, "search-offers", lambda: complete(services.workspace, services.case, begun, zone),
            lambda found: search.offer(begun, found),
        )  # fmt: skip

    @on(FilterField.Entered)
    def _searched(self, message: FilterField.Entered) -> None:
        message.stop()
        self._search_line(self._search.line)

    def _search_line(self, line: str) -> None:
        case = self._services.case
        if case is None or not line:
            self._search.tell("")
            self.view.focus()
            self._keep(None)
            return
        where = self._read(case)
        if where is None:
            return
        self.view.focus()
        workspace = self._services.workspace
        said = self._unscored(case, where)
        self._ask(
            f"{MATCHES}{line}", lambda run: matching(workspace, case, where, run), lambda focus: self._matched(focus, said),
            marked=True,
        )  # fmt: skip

    def _matched(self, focus: Focus, said: str) -> None:
        if not len(focus):
            self._search.tell(said or "no process")
            self.notify(said or f"No process has {visible(focus.title.removeprefix(MATCHES), 80)}.", markup=False)
            return
        self._search.tell(said or f"{len(focus):,}{'' if focus.complete else ' or more'}")
        # The first match at or below the cursor, as in any pager.
        self._keep(focus, goal=self._following(focus, 1))

    def _with_findings(self, then: Then) -> None:
        case = self._services.case
        if self._findings is not None:
            then(self._findings)
        elif case is not None:
            self._when_found.append(then)
            if len(self._when_found) == 1:
                self._ask(FINDINGS, ProcessTargets(self._services.workspace, case).of_findings, self._remember)

    def _remember(self, focus: Focus) -> None:
        waiting, self._when_found = self._when_found, []
        if not len(focus):
            self.notify("There are no findings: train a model first (3).", severity="warning")
            return
        self._findings = focus
        for then in waiting:
            then(focus)

    def _ask(self, title: str, query: Callable[[Run], Targets], then: Then, *, marked: bool = False) -> None:
        state = self.view.state
        if state is None:
            return
        self._token.cancel()
        self._token = CancelToken()
        self._asked += 1
        self._then = then
        if then != self._remember:
            self._when_found = []
        self._query(self._asked, title, query, state.host_ids, Run(token=self._token), marked)

    @work(thread=True, exclusive=True, group="tree-targets", exit_on_error=False)
    def _query(self, asked: int, title: str, query: Callable[[Run], Targets], hosts: list[int], run: Run, marked: bool) -> None:
        try:
            self.post_message(TargetsFound(asked, Focus(title, query(run), hosts, marked=marked)))
        except Cancelled:
            pass
        except OddkinError as error:
            self.post_message(TargetsFound(asked, None, error.message))
        except Exception as error:
            # Our own mistake: said, and no reason to lose the screens.
            self.log.error(traceback.format_exc())
            self.post_message(TargetsFound(asked, None, f"The search failed: {type(error).__name__}: {error}"))

    @on(TargetsFound)
    def _found(self, message: TargetsFound) -> None:
        if message.asked != self._asked or self._then is None:
            return
        then, self._then = self._then, None
        if message.focus is None:
            self._when_found = []
            self.notify(visible(message.error), severity="error", markup=False)
        else:
            then(message.focus)

    def _following(self, focus: Focus, step: int) -> int | None:
        node = self.view.node
        return focus.next([] if node is None else node.way(), step)

    def _go(self, focus: Focus, step: int) -> None:
        goal = self._following(focus, step)
        if goal is not None:
            self.reveal(goal)
            self.draw_title()
