r"""A process forest in Graphviz' language (https://graphviz.org/doc/info/lang.html).

Names of nodes are ours (p1, p2 …); log text only stands inside quoted labels, where a quotation mark and a backslash are escaped:
what Graphviz would read as \N, \G or \l stays as it was recorded.
"""

from __future__ import annotations

from engine.handover.pictures.forest import DrawnNode
from engine.handover.pictures.graph import graph_lines
from engine.handover.pictures.label import kind_of, label, unseen
from engine.untrusted import visible

WIDTH = 80
"""Characters of a command line in one line of a box."""
HEAD = (
    "  rankdir=LR;",
    '  node [shape=box, style=filled, fillcolor="#ffffff", fontname="monospace", fontsize=10];',
    '  edge [color="#8c959f"];',
)
LOOKS = {
    "flagged": 'fillcolor="#b00020", fontcolor="#ffffff"',
    "missing": 'style="filled,dashed", fontcolor="#6e7781"',
    "context": 'fillcolor="#eaeef2", fontcolor="#57606a"',
    "odd": "penwidth=2",
}


def dot(roots: list[DrawnNode], title: str) -> str:
    """The whole graph."""
    return "\n".join(["digraph oddkin {", f'  label="{quoted(title)}";', *HEAD, *lines(roots, "p"), "}"]) + "\n"


def lines(roots: list[DrawnNode], prefix: str) -> list[str]:
    """Nodes and edges; `prefix` as in graph.graph_lines."""
    return graph_lines(roots, prefix, _node, _edge)


def quoted(words: str) -> str:
    """What may stand between two quotation marks."""
    return visible(words).replace("\\", "\\\\").replace('"', '\\"')


def _node(name: str, node: DrawnNode, parent: DrawnNode | None) -> str:
    command = visible(node.command_line)
    told = [label(node, parent), *(command[start : start + WIDTH] for start in range(0, len(command), WIDTH)), unseen(node)]
    # \l ends a line that stands at the left.
    text = "".join(quoted(part) + "\\l" for part in told if part)
    look = LOOKS.get(kind_of(node))
    return f'  {name} [label="{text}"{f", {look}" if look else ""}];'


def _edge(parent: str, child: str, by_name: bool) -> str:
    return f"  {parent} -> {child}{' [style=dashed]' if by_name else ''};"
