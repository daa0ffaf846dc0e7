"""Tree: hosts and what ran on them, unfolded where there is something to see."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from engine.errors import NotFound
from engine.untrusted import visible
from store.processes.forest import ForestPages, ForestRow, HostRow
from tui.actions.filter_line import EXAMPLES
from tui.runtime.jobs_runner import JobRunner
from tui.runtime.messages import ChainWanted, IngestFinished, ScoresChanged, VerdictChanged
from tui.runtime.services import Services
from tui.screens.base import ModeScreen
from tui.screens.tree.forest.focus import Focus
from tui.screens.tree.process_details import ProcessDetails
from tui.screens.tree.process_tree import ProcessTree
from tui.screens.tree.tree_pane import TreePane
from tui.words.words import base

if TYPE_CHECKING:
    from store.export.rows import ExportRow


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
        *TreePane.KEYS,
        Binding(
            "o", "triage", "Triage", id="tree.triage", tooltip="Show the finding that covers this process in triage, or its chain"
        ),
        Binding("w", "details", "Details", show=False, id="tree.details", tooltip="Hide or show the details"),
        Binding("escape", "back", "Show all", show=False, id="tree.back", tooltip="To the tree; then: end the search"),
    ]

    def __init__(self, services: Services, runner: JobRunner) -> None:
        super().__init__(services, runner)
        self._tree = TreePane(services)
        self._details = ProcessDetails(services, id="details")
        self.adopt(self._tree)
        self._stale = True
        self._chosen: tuple[Focus | None, HostRow | ForestRow | None] = (None, None)

    def compose_body(self) -> ComposeResult:
        """Tree with its search line, details."""
        yield self._tree
        yield self._details

    @property
    def tree_view(self) -> ProcessTree:
        """The tree. (`tree` is taken by Textual.)"""
        return self._tree.view

    # Data ---------------------------------------------------------------------------------------------------------------

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
        if case is not None and not self._stale:
            self._tree.show(ForestPages(self.services.workspace, case), grown=True)

    @on(VerdictChanged)
    def _judged(self) -> None:
        if not self._stale:
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

    # Export -------------------------------------------------------------------------------------------------------------

    def action_export(self) -> None:
        """What the search or the fold keeps, else the branch under the cursor; whatever changes while the dialog is open."""
        self._chosen = self._tree.focus_kept, self.tree_view.row
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

    # Jumps ---------------------------------------------------------------------------------------------------------------

    def show_process(self, process_id: int) -> None:
        """Open all ancestors of a process and put the cursor on it."""
        self._freshen()
        self._tree.reveal(process_id)

    def action_triage(self) -> None:
        """To the finding that covers the process, else to its chain."""
        row, case = self.tree_view.row, self.services.case
        if isinstance(row, ForestRow) and case is not None and row.chain_key is not None and row.rank is not None:
            incident = self.services.workspace.findings.of_process(case, row.id)
            self.app.post_message(ChainWanted(row.chain_key, incident, row.id))
        elif isinstance(row, HostRow):
            self.notify(f"{visible(row.name)} is a host: o shows the finding of a process.", severity="warning", markup=False)
        else:
            self.notify("No chain of the queue ends here: a process has one once the case is scored (3).", severity="warning")

    def action_back(self) -> None:
        """One step out."""
        if self.focused is not self.tree_view:
            self.tree_view.focus()
        else:
            self._tree.show_all()

    def action_details(self) -> None:
        """Hide or show the details."""
        self.toggle_class("-without-details")
        self.tree_view.focus()

    @on(ProcessTree.LeafChosen)
    def _leaf(self) -> None:
        self.remove_class("-without-details")
        self._details.focus()
