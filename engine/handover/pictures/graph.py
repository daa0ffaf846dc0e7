"""Forests as nodes and edges, for programs that find the places themselves."""

from __future__ import annotations

from collections.abc import Callable

from engine.handover.pictures.forest import DrawnNode, walk

NodeLine = Callable[[str, DrawnNode, DrawnNode | None], str]
"""Name, process, its parent -> how the node is written."""
EdgeLine = Callable[[str, str, bool], str]
"""Names of parent and child, whether the link is known from names alone -> how the edge is written."""


def graph_lines(roots: list[DrawnNode], prefix: str, node_line: NodeLine, edge_line: EdgeLine) -> list[str]:
    """Nodes, then edges. `prefix`: of the names, so that several forests stand in one graph."""
    names: dict[int, str] = {}
    nodes: list[str] = []
    edges: list[str] = []
    for line in walk(roots):
        node = line.node
        names[node.id] = f"{prefix}{len(names) + 1}"
        nodes.append(node_line(names[node.id], node, line.parent))
        if line.parent is not None:
            edges.append(edge_line(names[line.parent.id], names[node.id], node.method == "name-only"))
    return [*nodes, *edges]
