"""From the store to a forest that can be drawn: whole hosts, or the surroundings of some processes. Bounded in lines."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from engine.domain.lineage import LinkMethod
from engine.handover.pictures.forest import DrawnNode
from store.base import ids
from store.base.views import HostView, ProcessView
from store.queue.marks import Mark
from store.workspace import Workspace
from tui.words.triage.marks import strongest
from tui.words.words import when

PAGE = 200
"""Children of one process that are drawn; the rest is counted."""


class TreeBuilder:
    """Builds nodes for one drawing and counts them."""

    def __init__(self, workspace: Workspace, case: str, limit: int) -> None:
        self._workspace = workspace
        self._case = case
        self._left = limit
        self._nodes: dict[int, DrawnNode] = {}
        self._over: dict[int, DrawnNode | None] = {}
        """What each node hangs from, None for the tops. In one place each, and never below itself, so that drawing ends even
        where stored parents go around in a circle."""

    def hosts(self, hosts: Sequence[HostView]) -> list[DrawnNode]:
        """Each host with its processes, level by level while there is room."""
        out = []
        for host in hosts:
            top = DrawnNode(-host.id, f"host {host.name}")
            processes = self._workspace.processes
            roots = self._nodes_of(processes.roots(host.id, limit=min(PAGE, max(self._left, 1))))
            self._over[top.id] = None
            for root in roots:
                self._hang(root, top)
            base = ids.base(host.id)
            top.hidden_children = processes.child_counts([base]).get(base, 0) - len(roots)
            self._fill(roots)
            out.append(top)
        return out

    def around(self, wanted: Sequence[ProcessView], *, below: bool = True) -> list[DrawnNode]:
        """The line of ancestors of each process and what it started (`below`); shared ancestors are drawn once."""
        processes = self._workspace.processes
        tops: list[DrawnNode] = []
        focus: list[DrawnNode] = []
        for process in wanted:
            above: DrawnNode | None = None
            for node in self._nodes_of(processes.ancestors(process.id)):
                if above is not None:
                    self._hang(node, above)
                elif node.id not in self._over:
                    self._over[node.id] = None
                    tops.append(node)
                above = node
            if above is not None:
                above.focus = True
                focus.append(above)
        self._count_siblings(self._roots(tops), {node.id for node in focus} if below else set())
        if below:
            self._fill(focus)
        return self._roots(tops)

    def _roots(self, tops: Sequence[DrawnNode]) -> list[DrawnNode]:
        return [node for node in tops if self._over[node.id] is None]

    def _hang(self, node: DrawnNode, above: DrawnNode) -> bool:
        """Put a node below another. A line of ancestors has an end where the drawing has not: what was a top of it moves."""
        if node.id in self._over and (self._over[node.id] is not None or self._top(above) is node):
            return False
        self._over[node.id] = above
        above.children.append(node)
        return True

    def _top(self, node: DrawnNode) -> DrawnNode:
        while (over := self._over[node.id]) is not None:
            node = over
        return node

    def _fill(self, nodes: Iterable[DrawnNode]) -> None:
        """Add children breadth first: near relatives matter more than a long branch."""
        processes = self._workspace.processes
        waiting = deque(nodes)
        while waiting:
            node = waiting.popleft()
            if self._left > 0:
                page = processes.children(node.id, limit=min(PAGE, self._left))
                hung = [process for process in page if self._over.get(process.id) is None]
                waiting.extend(child for child in self._nodes_of(hung) if self._hang(child, node))
            total = processes.child_counts([node.id]).get(node.id, 0)
            node.hidden_children = total - len(node.children)

    def _count_siblings(self, roots: Sequence[DrawnNode], stop: set[int]) -> None:
        waiting = deque(roots)
        while waiting:
            node = waiting.popleft()
            if node.id not in stop:
                total = self._workspace.processes.child_counts([node.id]).get(node.id, 0)
                node.hidden_children = total - len(node.children)
                waiting.extend(node.children)

    def _nodes_of(self, found: Sequence[ProcessView]) -> list[DrawnNode]:
        from store.queue.marks import marks

        fresh = [process for process in found if process.id not in self._nodes]
        chains = [process.chain_id for process in fresh if process.chain_id is not None]
        painted = marks(self._workspace, self._case, chains)
        said = self._workspace.labels.of_processes(self._case, [process.id for process in fresh])
        for process in fresh:
            node = self._nodes[process.id] = node_of(process, painted.get(process.chain_id or -1))
            node.verdict = said[process.id].verdict if process.id in said else ""
            self._left -= 1
        return [self._nodes[process.id] for process in found]


def node_of(process: ProcessView, mark: Mark | None) -> DrawnNode:
    """One process as a node; verdicts are on processes, and are put in by whoever knows them."""
    return DrawnNode(
        id=process.id,
        image=process.path or process.image,
        number=ids.called(process.id),
        pid=process.pid,
        time=when(process.time_us),
        command_line=process.command_line or "",
        user=process.user or "",
        score=mark.score if mark else None,
        flagged=bool(mark and mark.finding),
        method=LinkMethod(process.method).label if process.method is not None else "",
        confidence=process.confidence or 0.0,
        placeholder=process.placeholder,
        marks=strongest(process.marks),
    )
