"""Tree: hosts and what ran on them, unfolded where there is something to see."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.timer import Timer

from engine.errors import Cancelled, NotFound, OddkinError, UsageError
from engine.progress import CancelToken
from engine.untrusted import visible
from store.export.rows import ExportRow
from store.processes.forest import ForestPages, ForestRow, HostRow
from store.processes.search import ProcessTargets, Targets
from tui.actions.filter_line import EXAMPLES, processes
from tui.actions.process_card import process_card
from tui.runtime.messages import ChainWanted, IngestFinished, ScoresChanged, VerdictChanged
from tui.screens.base import ModeScreen
from tui.screens.tree.forest.focus import Focus
from tui.screens.tree.process_details import ProcessDetails
from tui.screens.tree.process_tree import ProcessTree
from tui.screens.tree.search_line import SearchLine
from tui.words.words import base

DETAILS_DELAY_S = 0.06
"""Details follow the cursor when it rests: ten seeks for each line that somebody runs past would slow the run."""
FINDINGS = "on the way to findings"
Then = Callable[[Focus], None]


@dataclass
class TargetsFound(Message):
    """A query for processes has ended."""

    asked: int
    focus: Focus | None
    error: str = ""


class TreeScreen(ModeScreen):
    """Two panes: the tree, the details of its cursor."""

    MODE: ClassVar[str] = "tree"
    AUTO_FOCUS: ClassVar[str | None] = "#tree"
    HELP: ClassVar[str | None] = (
        "**z** folds everything that is not on the way to a finding, and again shows everything.\n\n"
        f"**/** finds processes; all parts must hold: `{EXAMPLES}`. Times are in the display zone unless they name one."
        " The tree then keeps only the ways to the matches (◆); **n** and **N** step through them, **esc** shows everything."
    )
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide"), (160, "-huge")]  # noqa: RUF012 - declared by Textual
    VERTICAL_BREAKPOINTS = [(0, "-low"), (30, "-high")]  # noqa: RUF012
    DEFAULT_CSS = """
    TreeScreen #body { layout: horizontal; }
    TreeScreen #tree-pane { width: 1fr; border: round $border-blurred; border-title-color: $text-muted; }
    TreeScreen #tree-pane:focus-within { border: round $primary; border-title-color: $text-primary; }
    TreeScreen #tree { height: 1fr; }
    TreeScreen #details { width: 38%; border: round $border-blurred; border-title-color: $text-muted; padding: 0 0 0 1; }
    TreeScreen #details:focus { border: round $primary; border-title-color: $text-primary; }
    TreeScreen.-huge #details { width: 34%; }
    TreeScreen.-narrow #body { layout: vertical; }
    TreeScreen.-narrow #tree-pane { height: 1fr; width: 100%; }
    TreeScreen.-narrow #details { height: 9; width: 100%; }
    TreeScreen.-narrow.-high #details { height: 14; }
    TreeScreen.-without-details #details { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "Search", key_display="/", id="tree.search", tooltip="By image, command line, user, time"),
        Binding("n", "next_match(1)", "Next", id="tree.next", tooltip="Next match, or finding when nothing was searched for"),
        Binding("N", "next_match(-1)", "Previous", show=False, id="tree.previous", tooltip="The match or finding before"),
        Binding("right_square_bracket", "next_finding(1)", "Next finding", key_display="]", show=False, id="tree.next_finding",
                tooltip="Next process above the threshold"),
        Binding("left_square_bracket", "next_finding(-1)", "Previous finding", key_display="[", show=False,
                id="tree.previous_finding", tooltip="The process above the threshold before"),
        Binding("z", "fold", "Findings only", id="tree.fold", tooltip="Fold everything not on the way to a finding; again: all"),
        Binding("o", "triage", "Triage", id="tree.triage", tooltip="Show the chain of this process in triage"),
        Binding("w", "details", "Details", show=False, id="tree.details", tooltip="Hide or show the details"),
        Binding("escape", "back", "Show all", show=False, id="tree.back", tooltip="To the tree; then: end the search"),
    ]  # fmt: skip

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self._stale = True
        self._findings: Focus | None = None
        self._asked = 0
        self._token = CancelToken()
        self._then: Then | None = None
        self._when_found: list[Then] = []
        """What waits for the findings while they are being looked up."""
        self._waiting: Timer | None = None
        self._chosen: tuple[Focus | None, HostRow | ForestRow | None] = (None, None)

    def compose_body(self) -> ComposeResult:
        """Tree with its search line, details."""
        with Vertical(id="tree-pane") as pane:
            pane.border_title = "Processes"
            yield SearchLine(EXAMPLES, id="tree-search")
            yield ProcessTree(self.services.when, id="tree")
        details = ProcessDetails(self.services.when, id="details")
        details.border_title = "Details"
        yield details

    @property
    def tree_view(self) -> ProcessTree:
        """The tree. (`tree` is taken by Textual.)"""
        return self.query_one("#tree", ProcessTree)

    # Data

    def on_mount(self) -> None:
        """First look."""
        self.tree_view.focus()
        self._freshen()

    def on_screen_resume(self) -> None:
        """What changed while another screen was shown."""
        self._freshen()

    def refresh_case(self) -> None:
        """Another case."""
        self._stale = True
        if self.is_current:
            self._freshen()

    @on(ScoresChanged)
    @on(IngestFinished)
    def _grown(self) -> None:
        case = self.services.case
        self._forget()
        if case is not None and not self._stale:
            self.tree_view.reload(ForestPages(self.services.workspace, case))
            self._title()

    @on(VerdictChanged)
    def _judged(self) -> None:
        if not self._stale:
            self.when_shown(self.tree_view.repaint_rows)

    def _freshen(self) -> None:
        if not self._stale:
            return
        self._stale = False
        self._forget()
        case, tree = self.services.case, self.tree_view
        try:
            source = None if case is None else ForestPages(self.services.workspace, case)
        except NotFound:
            source = None
        tree.empty = "No case yet: press 1 and ingest logs." if source is None else "No processes yet: press 1 and ingest logs."
        tree.show(source)
        self._title()

    def _forget(self) -> None:
        self._token.cancel()
        self._asked += 1
        self._findings, self._then, self._when_found = None, None, []

    # Details

    @on(ProcessTree.Highlighted)
    def _highlighted(self) -> None:
        if self._waiting is not None:
            self._waiting.stop()
        self._waiting = self.set_timer(DETAILS_DELAY_S, self._show_details)
        self._title()

    def _show_details(self) -> None:
        self._waiting = None
        details, line = self.query_one("#details", ProcessDetails), self.tree_view.line
        row = None if line is None else line.node.row
        case = self.services.case
        if isinstance(row, HostRow) or row is None or case is None:
            details.show(row if isinstance(row, HostRow) else None)
            return
        try:
            details.show(process_card(self.services.workspace, case, row.id))
        except NotFound:
            details.show(None)

    def _title(self) -> None:
        pane, state = self.query_one("#tree-pane"), self.tree_view.state
        focus = None if state is None else state.focus
        title = "" if focus is None else self._kept(focus).replace("[", "\\[")
        if pane.border_subtitle != title:  # a new title paints the whole pane
            pane.border_subtitle = title

    def _kept(self, focus: Focus) -> str:
        row = self.tree_view.row
        rank = None if row is None else focus.rank(row.id)
        count = f"{len(focus):,}{'' if focus.complete else ' or more'}"
        return visible(f"{'' if rank is None else f'{rank:,} of '}{count} {focus.title}", 60)

    # Export

    def action_export(self) -> None:
        """What the search or the fold keeps, else the branch under the cursor; whatever changes while the dialog is open."""
        state, row = self.tree_view.state, self.tree_view.row
        self._chosen = (None if state is None else state.focus), row
        super().action_export()

    def export_subject(self) -> str:
        """For the dialog."""
        focus, row = self._chosen
        if focus is not None:
            many = f"the {len(focus):,} processes" if focus.complete else f"the first {len(focus):,} processes"
            return f"{many} that the tree keeps: {focus.title}"
        if isinstance(row, HostRow):
            return f"every process of {row.name}"
        if row is not None:
            return f"{base(row.path or row.image)}{'' if row.pid is None else f' (pid {row.pid})'} and every process below it"
        return super().export_subject()

    def export_rows(self) -> Iterator[ExportRow]:
        """Runs in the job's thread."""
        from store.export.processes import branch_rows, process_rows

        focus, row = self._chosen
        workspace, case = self.services.workspace, self.services.case or ""
        if focus is not None:
            return process_rows(workspace, case, focus.order)
        return super().export_rows() if row is None else branch_rows(workspace, case, row.id)

    # Jumps

    def show_process(self, process_id: int) -> None:
        """Open all ancestors of a process and put the cursor on it."""
        self._freshen()
        try:
            self.tree_view.reveal(process_id)
        except NotFound as error:
            self.notify(visible(f"{error.message} {error.remedy}"), severity="warning", markup=False)
        self.tree_view.focus()

    def action_triage(self) -> None:
        """Back to the chain."""
        row = self.tree_view.row
        if isinstance(row, ForestRow) and row.chain_key is not None and row.rank is not None:
            self.app.post_message(ChainWanted(row.chain_key))
        else:
            self.notify("No chain of the queue ends here: a process has one once the case is scored (3).", severity="warning")

    # Findings and matches

    def action_fold(self) -> None:
        """Keep what leads to findings, or everything."""
        state = self.tree_view.state
        if state is not None and state.focus is not None and state.focus is self._findings:
            self._keep(None)
        else:
            self._with_findings(self._keep)

    def action_next_finding(self, step: int) -> None:
        """Step through the findings, folded or not."""
        self._with_findings(lambda focus: self._go(focus, step))

    def action_next_match(self, step: int) -> None:
        """Step through the matches; without a search, through the findings."""
        state = self.tree_view.state
        if state is not None and state.focus is not None:
            self._go(state.focus, step)
        else:
            self.action_next_finding(step)

    def action_search(self) -> None:
        """Ask."""
        self.query_one(SearchLine).open()

    def action_back(self) -> None:
        """One step out."""
        state = self.tree_view.state
        if self.focused is not self.tree_view:
            self.tree_view.focus()
        elif state is not None and state.focus is not None:
            self._keep(None)

    def action_details(self) -> None:
        """Hide or show the details."""
        self.toggle_class("-without-details")
        self.tree_view.focus()

    @on(ProcessTree.LeafChosen)
    def _leaf(self) -> None:
        self.remove_class("-without-details")
        self.query_one("#details").focus()

    @on(SearchLine.Left)
    def _left(self) -> None:
        self.tree_view.focus()

    @on(SearchLine.Asked)
    def _searched(self, message: SearchLine.Asked) -> None:
        self.tree_view.focus()
        case = self.services.case
        if case is None or not message.text:
            self._keep(None)
            return
        try:
            wanted = processes(message.text, ZoneInfo(self.services.settings.zone))
        except UsageError as error:
            self.notify(visible(f"{error.message} {error.remedy}"), severity="warning", markup=False)
            return
        targets = ProcessTargets(self.services.workspace, case)
        self._ask(f"matches of {message.text}", lambda token: targets.matching(wanted, token), self._matched, marked=True)

    def _matched(self, focus: Focus) -> None:
        if not len(focus):
            self.notify(f"No process has {visible(focus.title.removeprefix('matches of '), 80)}.", markup=False)
            return
        # The first match at or below the cursor, as in any pager.
        self._keep(focus, goal=self._following(focus, 1))

    def _with_findings(self, then: Then) -> None:
        case = self.services.case
        if self._findings is not None:
            then(self._findings)
        elif case is not None:
            self._when_found.append(then)
            if len(self._when_found) == 1:
                self._ask(FINDINGS, ProcessTargets(self.services.workspace, case).of_findings, self._remember)

    def _remember(self, focus: Focus) -> None:
        waiting, self._when_found = self._when_found, []
        if not len(focus):
            self.notify("There are no findings: train a model first (3).", severity="warning")
            return
        self._findings = focus
        for then in waiting:
            then(focus)

    def _ask(self, title: str, query: Callable[[CancelToken], Targets], then: Then, *, marked: bool = False) -> None:
        state = self.tree_view.state
        if state is None:
            return
        self._token.cancel()
        self._token = CancelToken()
        self._asked += 1
        self._then = then
        if then != self._remember:
            self._when_found = []
        self._query(self._asked, title, query, state.host_ids, self._token, marked)

    @work(thread=True, exclusive=True, group="tree-targets", exit_on_error=False)
    def _query(
        self, asked: int, title: str, query: Callable[[CancelToken], Targets], hosts: list[int], token: CancelToken, marked: bool
    ) -> None:
        try:
            self.post_message(TargetsFound(asked, Focus(title, query(token), hosts, marked=marked)))
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

    def _keep(self, focus: Focus | None, *, goal: int | None = None) -> None:
        self.tree_view.set_focus_on(focus, goal=goal)
        self._title()

    def _following(self, focus: Focus, step: int) -> int | None:
        node = self.tree_view.node
        return focus.next([] if node is None else node.way(), step)

    def _go(self, focus: Focus, step: int) -> None:
        goal = self._following(focus, step)
        if goal is not None:
            self.show_process(goal)
            self._title()
