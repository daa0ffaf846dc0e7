r"""A process forest in Graphviz' language (https://graphviz.org/doc/info/lang.html).

Names of nodes are ours (p1, p2 …); log text only stands inside quoted labels, where a quotation mark and a backslash are escaped:
what Graphviz would read as \N, \G or \l stays as it was recorded.
"""

from __future__ import annotations

from engine.handover.pictures.forest import DrawnNode, walk
from engine.handover.pictures.label import label, unseen
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
    """Nodes and edges; `prefix`: of the names, so that several forests stand in one graph."""
    names: dict[int, str] = {}
    nodes: list[str] = []
    edges: list[str] = []
    for line in walk(roots):
        node = line.node
        names[node.id] = f"{prefix}{len(names) + 1}"
        nodes.append(f"  {names[node.id]} [{', '.join(_attributes(node, line.parent))}];")
        if line.parent is not None:
            look = " [style=dashed]" if node.method == "name-only" else ""
            edges.append(f"  {names[line.parent.id]} -> {names[node.id]}{look};")
    return [*nodes, *edges]


def quoted(words: str) -> str:
    """What may stand between two quotation marks."""
    return visible(words).replace("\\", "\\\\").replace('"', '\\"')


def _attributes(node: DrawnNode, parent: DrawnNode | None) -> list[str]:
    command = visible(node.command_line)
    told = [label(node, parent), *(command[start : start + WIDTH] for start in range(0, len(command), WIDTH)), unseen(node)]
    # \l ends a line that stands at the left.
    text = "".join(quoted(part) + "\\l" for part in told if part)
    if node.flagged:
        return [f'label="{text}"', LOOKS["flagged"]]
    kind = "missing" if node.placeholder else "context" if node.context else "odd" if node.odd else ""
    return [f'label="{text}"', *([LOOKS[kind]] if kind else [])]
