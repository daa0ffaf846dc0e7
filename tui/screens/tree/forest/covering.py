"""What the next verdict in the Tree is for: the process under the cursor or its branch, or the marked ones. No widget."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from store.base import ids
from store.processes.forest import ForestRow, HostRow
from store.verdicts.subject import OfBranch, OfProcess, Several, Subject
from tui.screens.tree.forest.nodes import Node
from tui.words.triage.scope_words import Reach, moved
from tui.words.words import many

RUNGS = (Reach.PROCESS, Reach.BRANCH)
MARK_LIMIT = 5_000
"""Processes that are marked at once: one act, one undo."""


@dataclass(slots=True, eq=False)
class TreeScope:
    """The chosen rung, and the marks."""

    scope: Reach = Reach.PROCESS
    marks: dict[int, ForestRow] = field(default_factory=dict)
    """Process -> its row, in the order in which they were marked."""

    def widen(self, by: int) -> None:
        """To the branch, or with -1 to the process alone."""
        self.scope = moved(self.scope, RUNGS, by)

    def mark(self, row: ForestRow) -> None:
        """Mark it, or take its mark away."""
        if self.marks.pop(row.id, None) is None:
            self.marks[row.id] = row

    def mark_all(self, rows: Iterable[ForestRow]) -> str:
        """All of these, or nothing where something is marked. Returns why that cannot be, "" where it was done."""
        if self.marks:
            self.marks.clear()
            return ""
        wanted = {row.id: row for row in rows}
        if len(wanted) > MARK_LIMIT:
            return f"{len(wanted):,} processes are too many to mark at once; search first (/)."
        self.marks.update(wanted)
        return ""

    def subject(self, row: HostRow | ForestRow | None) -> Subject | None:
        """What a verdict is on; None where there is nothing to judge: a host, a parent that no record tells of."""
        subjects = [self._one(one) for one in (self.marks.values() if self.marks else [row]) if isinstance(one, ForestRow)]
        kept = tuple(one for one in subjects if one is not None)
        return None if not kept else kept[0] if len(kept) == 1 else Several(kept)

    def _one(self, row: ForestRow) -> OfProcess | OfBranch | None:
        if self.scope is Reach.BRANCH:
            return OfBranch(row.id)
        return None if row.placeholder else OfProcess(row.id)

    def covers(self, node: Node, here: int | None) -> bool:
        """Whether the next verdict is written to a node; here: the process under the cursor. What is decided stays as it is."""
        row = node.row
        if not isinstance(row, ForestRow) or ids.is_placeholder(row.id) or row.verdict is not None:
            return False
        tops = self.marks.keys() if self.marks else {here}
        if self.scope is Reach.PROCESS:
            return row.id in tops
        return any(above.id in tops for above in node.above())

    def hosts(self, row: HostRow | ForestRow | None) -> frozenset[int]:
        """The ids of the hosts that a verdict is on, whatever of it is recorded."""
        rows = self.marks.values() if self.marks else [row]
        return frozenset(ids.host_of(one.id) for one in rows if one is not None)

    def marked(self, processes: int | None, where: str) -> str:
        """Marked 4: 61 processes on 3 hosts; "" without marks. where: web01, or 3 hosts."""
        if not self.marks:
            return ""
        size = "…" if processes is None else f"{many(processes, 'process', 'processes')} on {where}"
        return f"marked {len(self.marks):,}{' with branches' if self.scope is Reach.BRANCH else ''}: {size}"
