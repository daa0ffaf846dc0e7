"""From the store to a forest that can be drawn: whole hosts, or the surroundings of some processes. Bounded in lines."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from engine.tables import LinkMethod
from store import ids
from tui.render.forest import Node
from tui.render.words import when

if TYPE_CHECKING:
    from store.database import Workspace
    from store.marks import Mark
    from store.views import HostView, ProcessView

PAGE = 200
"""Children of one process that are drawn; the rest is counted."""


class TreeBuilder:
    """Builds nodes for one drawing and counts them."""

    def __init__(self, workspace: Workspace, case: str, limit: int) -> None:
        self._workspace = workspace
        self._case = case
        self._left = limit
        self._nodes: dict[int, Node] = {}

    def hosts(self, hosts: Sequence[HostView]) -> list[Node]:
        """Each host with its processes, level by level while there is room."""
        out = []
        for host in hosts:
            top = Node(-host.id, f"host {host.name}")
            processes = self._workspace.processes
            roots = self._nodes_of(processes.roots(host.id, limit=min(PAGE, max(self._left, 1))))
            top.children.extend(roots)
            base = ids.base(host.id)
            top.hidden_children = processes.child_counts([base]).get(base, 0) - len(roots)
            self._fill(roots)
            out.append(top)
        return out

    def around(self, wanted: Sequence[ProcessView]) -> list[Node]:
        """The line of ancestors of each process and what it started; shared ancestors are drawn once."""
        processes = self._workspace.processes
        roots: list[Node] = []
        focus: list[Node] = []
        for process in wanted:
            above: Node | None = None
            for node in self._nodes_of(processes.ancestors(process.id)):
                if above is None:
                    if all(root.id != node.id for root in roots):
                        roots.append(node)
                elif all(child.id != node.id for child in above.children):
                    above.children.append(node)
                above = node
            if above is not None:
                above.focus = True
                focus.append(above)
        self._count_siblings(roots, {node.id for node in focus})
        self._fill(focus)
        return roots

    def _fill(self, nodes: Iterable[Node]) -> None:
        """Add children breadth first: near relatives matter more than a long branch."""
        processes = self._workspace.processes
        waiting = deque(nodes)
        while waiting:
            node = waiting.popleft()
            known = {child.id for child in node.children}
            if self._left > 0:
                page = processes.children(node.id, limit=min(PAGE, self._left))
                fresh = self._nodes_of([process for process in page if process.id not in known])
                node.children.extend(fresh)
                waiting.extend(fresh)
            total = processes.child_counts([node.id]).get(node.id, 0)
            node.hidden_children = total - len(node.children)

    def _count_siblings(self, roots: Sequence[Node], stop: set[int]) -> None:
        waiting = deque(roots)
        while waiting:
            node = waiting.popleft()
            if node.id not in stop:
                total = self._workspace.processes.child_counts([node.id]).get(node.id, 0)
                node.hidden_children = total - len(node.children)
                waiting.extend(node.children)

    def _nodes_of(self, found: Sequence[ProcessView]) -> list[Node]:
        from store.marks import marks

        fresh = [process for process in found if process.id not in self._nodes]
        chains = [process.chain_id for process in fresh if process.chain_id is not None]
        painted = marks(self._workspace, self._case, chains)
        for process in fresh:
            self._nodes[process.id] = node_of(process, painted.get(process.chain_id or -1))
            self._left -= 1
        return [self._nodes[process.id] for process in found]


def node_of(process: ProcessView, mark: Mark | None) -> Node:
    """One process as a node."""
    return Node(
        id=process.id,
        image=process.path or process.image,
        pid=process.pid,
        time=when(process.time_us),
        command_line=process.command_line or "",
        user=process.user or "",
        score=mark.score if mark else None,
        flagged=bool(mark and mark.finding),
        verdict=(mark.verdict or "") if mark else "",
        method=LinkMethod(process.method).label if process.method is not None else "",
        confidence=process.confidence or 0.0,
        placeholder=process.placeholder,
    )
