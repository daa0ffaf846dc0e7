"""Tree: hosts and what ran on them, unfolded where there is something to see."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from engine.errors import NotFound
from engine.untrusted import visible
from store.processes.forest import ForestPages, ForestRow, HostRow
from store.where.terms import ALL
from tui.actions.filter_line import EXAMPLES
from tui.dialogs.ask import Ask, AskedLine
from tui.dialogs.take_away import TakeAway
from tui.judging.notes import NotePane
from tui.judging.tags import TagPane
from tui.judging.undo import UndoPane
from tui.runtime.jobs_runner import JobRunner
from tui.runtime.messages import ChainWanted, IngestFinished, ScoresChanged, VerdictChanged
from tui.runtime.services import Services
from tui.screens.base import ModeScreen
from tui.screens.tree.exports import TreeExports
from tui.screens.tree.forest.nodes import Kind, TreeLine
from tui.screens.tree.process_details import ProcessDetails
from tui.screens.tree.process_tree import ProcessTree
from tui.screens.tree.tree_pane import TreePane
from tui.screens.tree.verdict_pane import TreeVerdicts


class TreeScreen(ModeScreen):
    """Two panes: the tree, the details of its cursor."""

    MODE: ClassVar[str] = "tree"
    AUTO_FOCUS: ClassVar[str | None] = "#tree"
    HELP: ClassVar[str | None] = (
        "**z** folds everything that is not on the way to a finding, and again shows everything. **enter** shows the process over"
        " the whole page, **t** in Triage.\n\n"
        "A verdict is for what the line above the keys says, and for what has a `┃`: the process, or with **x** its branch, all"
        " that descends from it; with marks (**space**, **V**, **\\***) for all marked ones.\n\n"
        f"**/** finds processes; all parts must hold: `{EXAMPLES}`. Times are in the display zone unless they name one."
        " The tree then keeps only the ways to the matches (◆); **n** and **N** step through them, **esc** shows everything."
    )
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide"), (160, "-huge")]  # noqa: RUF012 - declared by Textual
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (18, "-low"), (30, "-high")]  # noqa: RUF012
    DEFAULT_CSS = """
    TreeScreen #panes { layout: horizontal; height: 1fr; }
    TreeScreen #tree-pane { width: 1fr; border: round $border-blurred; border-title-color: $text-muted; }
    TreeScreen #tree-pane:focus-within { border: round $primary; border-title-color: $text-primary; }
    TreeScreen #tree { height: 1fr; }
    TreeScreen #details { width: 38%; border: round $border-blurred; border-title-color: $text-muted; padding: 0 0 0 1; }
    TreeScreen #details:focus { border: round $primary; border-title-color: $text-primary; }
    TreeScreen.-huge #details { width: 34%; }
    TreeScreen.-narrow #panes { layout: vertical; }
    TreeScreen.-narrow #tree-pane { height: 1fr; width: 100%; }
    TreeScreen.-narrow #details { height: 9; width: 100%; }
    TreeScreen.-narrow.-high #details { height: 14; }
    TreeScreen.-narrow.-flat #details { display: none; }
    TreeScreen.-page.-narrow.-flat #details { display: block; }
    TreeScreen.-page #tree-pane { display: none; }
    TreeScreen.-page #details, TreeScreen.-page.-narrow #details { width: 100%; height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *TreePane.KEYS,
        *TreeVerdicts.KEYS,
        *NotePane.KEYS,
        *UndoPane.KEYS,
        *Ask.KEYS,
        *TakeAway.KEYS,
        *TagPane.KEYS,
        Binding("t", "triage", "Triage", id="goto.other", tooltip="Show the same process on the other screen, Tree or Triage"),
        Binding(
            "escape",
            "back",
            "Back",
            show=False,
            id="back",
            tooltip="One layer: the question, the whole page, the pane, the marks, the search",
        ),
    ]

    def __init__(self, services: Services, runner: JobRunner) -> None:
        super().__init__(services, runner)
        self._tree = TreePane(services)
        self.exports = TreeExports(services, self._tree)
        self._details = ProcessDetails(services, id="details")
        self._verdicts = TreeVerdicts(services, lambda: self.tree_view)
        self.ask = Ask(self, services, self._selected, lambda: ALL, self._asked)
        self.take_away = TakeAway(self, services, self._selected)
        verdicts = self._verdicts
        beside = (NotePane(self, services, verdicts), UndoPane(self, services, verdicts))
        self.adopt(self._tree, verdicts, *beside, TagPane(self, services, verdicts, self._selected), self.ask, self.take_away)
        self._stale = True

    def compose_body(self) -> ComposeResult:
        """Tree with its search line, details, scope and keys."""
        with Container(id="panes"):
            yield self._tree
            yield self._details
        yield self._verdicts

    @property
    def tree_view(self) -> ProcessTree:
        """The tree. (`tree` is taken by Textual.)"""
        return self._tree.view

    def on_key(self, event: events.Key) -> None:
        """Before any binding: what the last key did is said no longer, and enter answers a question."""
        self._verdicts.next_key()
        if self._verdicts.asked is not None and event.key == "enter":
            event.stop()
            self._verdicts.answer_carefully()

    def _edge(self, line: TreeLine) -> str:
        """In front of a line of the tree: what the next verdict covers, and marks."""
        covering, here = self._verdicts.covering, self.tree_view.line_id
        own = line.kind is Kind.NODE
        covered = own and covering.covers(line.node, here)
        return ("┃" if covered else " ") + ("●" if own and line.node.id in covering.marks else " ")

    # Data ---------------------------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """First look."""
        self.tree_view.edges.of = self._edge
        self.tree_view.focus()
        self._freshen()

    def on_screen_resume(self) -> None:
        """What changed while another screen was shown."""
        self._freshen()

    def refresh_case(self) -> None:
        """Another case."""
        self._stale = True
        self._verdicts.begin()
        if self.is_current:
            self._freshen()

    @on(ScoresChanged)
    @on(IngestFinished)
    def _grown(self) -> None:
        case = self.services.case
        if case is not None and not self._stale:
            self._tree.show(ForestPages(self.services.workspace, case), grown=True)

    @on(VerdictChanged)
    def _judged(self) -> None:
        if not self._stale:
            self._verdicts.forget()
            self.when_shown(self.tree_view.repaint_rows)

    def _freshen(self) -> None:
        if not self._stale:
            return
        self._stale = False
        case = self.services.case
        try:
            source = None if case is None else ForestPages(self.services.workspace, case)
        except NotFound:
            source = None
        none = "No case yet: press 1 and ingest logs." if source is None else "No processes yet: press 1 and ingest logs."
        self.tree_view.empty = none
        self._tree.show(source)

    @on(ProcessTree.Highlighted)
    def _highlighted(self) -> None:
        self._details.follow(lambda: self.tree_view.row)
        self._tree.draw_title()
        self._verdicts.follow()

    # Jumps ---------------------------------------------------------------------------------------------------------------

    def show_process(self, process_id: int) -> None:
        """Open all ancestors of a process and put the cursor on it."""
        self._freshen()
        self._tree.reveal(process_id)

    def action_triage(self) -> None:
        """To the finding that covers the process, else to its chain."""
        row, case = self.tree_view.row, self.services.case
        if isinstance(row, ForestRow) and case is not None and row.chain_key is not None and row.rank is not None:
            # Asked now and not taken from the row: the case may have been scored anew since the tree was drawn.
            incident = self.services.workspace.findings.of_process(case, row.id)
            self.places.leave()
            self.app.post_message(ChainWanted(row.chain_key, incident, row.id))
        elif isinstance(row, HostRow):
            self.notify(f"{visible(row.name)} is a host: t shows the finding of a process.", severity="warning", markup=False)
        else:
            self.notify("No chain of the queue ends here: a process has one once the case is scored (3).", severity="warning")

    def _selected(self) -> int | None:
        row = self.tree_view.row
        return row.id if isinstance(row, ForestRow) else None

    def _asked(self, asked: AskedLine) -> None:
        """A pivot, or a value that was counted: searched for in the tree."""
        self.places.leave()
        self.remove_class("-page")
        self._tree.search_for(asked.line)

    def place(self) -> tuple[int | None, str]:
        """The process under the cursor, and what was searched for."""
        return self._selected(), self._tree.searched

    def go_to_place(self, at: tuple[int | None, str]) -> None:
        """As it was, as far as it is there still."""
        process, line = at
        if line != self._tree.searched:
            self._tree.search_for(line)
        if process is not None:
            self.show_process(process)

    def action_back(self) -> None:
        """One layer: the question, the whole page, the pane, the marks, the search."""
        if self._verdicts.decline():
            return
        if self.has_class("-page"):
            self.remove_class("-page")
            self.tree_view.focus()
        elif self.focused is not self.tree_view:
            self.tree_view.focus()
        elif not self._verdicts.unmark():
            self._tree.show_all()

    @on(ProcessTree.Chosen)
    @on(ProcessDetails.Chosen)
    def _chosen_process(self) -> None:
        self.add_class("-page")
        self._details.focus()
