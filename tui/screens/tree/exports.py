"""What `e` writes on Tree: what the search or the fold keeps, else the branch under the cursor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from store.processes.forest import ForestRow, HostRow
from tui.runtime.services import Services
from tui.screens.exports import Exports
from tui.screens.tree.forest.focus import Focus
from tui.screens.tree.tree_pane import TreePane
from tui.words.words import base

if TYPE_CHECKING:
    from engine.handover.rows import ExportRow


class TreeExports(Exports):
    """Chosen when the dialog opens."""

    def __init__(self, services: Services, tree: TreePane) -> None:
        super().__init__(services)
        self._tree = tree
        self._chosen: tuple[Focus | None, HostRow | ForestRow | None] = (None, None)

    def choose(self) -> None:
        """What the tree keeps, and where its cursor is."""
        self._chosen = self._tree.focus_kept, self._tree.view.row

    def subject(self) -> str:
        """For the dialog."""
        focus, row = self._chosen
        if focus is not None:
            many = f"the {len(focus):,} processes" if focus.complete else f"the first {len(focus):,} processes"
            return f"{many} that the tree keeps: {focus.title}"
        if isinstance(row, HostRow):
            return f"every process of {row.name}"
        if row is not None:
            return f"{base(row.path or row.image)}{'' if row.pid is None else f' (pid {row.pid})'} and every process below it"
        return super().subject()

    def rows(self) -> Iterator[ExportRow]:
        """Runs in the job's thread."""
        from store.export.processes import branch_rows, process_rows

        focus, row = self._chosen
        workspace, case = self.services.workspace, self.services.case or ""
        if focus is not None:
            return process_rows(workspace, case, focus.order)
        return super().rows() if row is None else branch_rows(workspace, case, row.id)
