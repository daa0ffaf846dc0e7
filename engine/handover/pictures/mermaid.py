"""A process forest as a mermaid flowchart, for tickets and wikis (https://mermaid.js.org/syntax/flowchart.html).

Names of nodes are ours (p1, p2 …); log text only stands inside quoted labels.
"""

from __future__ import annotations

import html
import re

from engine.handover.pictures.forest import DrawnNode, walk
from engine.handover.pictures.label import label, unseen
from engine.untrusted import visible

DIRECTIVE = re.compile(r"%(?=%*\{)")
CLASSES = (
    "  classDef flagged fill:#b00020,color:#fff",
    "  classDef missing stroke-dasharray:4 3",
    "  classDef context fill:#eee,color:#666",
)


def mermaid(roots: list[DrawnNode]) -> str:
    """The flowchart's source."""
    return "\n".join(["flowchart LR", *CLASSES, *lines(roots, "p")]) + "\n"


def lines(roots: list[DrawnNode], prefix: str) -> list[str]:
    """Nodes and edges; `prefix`: of the names, so that several forests stand in one chart."""
    names: dict[int, str] = {}
    nodes: list[str] = []
    edges: list[str] = []
    for line in walk(roots):
        node = line.node
        names[node.id] = f"{prefix}{len(names) + 1}"
        nodes.append(f'  {names[node.id]}["{_label(node, line.parent)}"]{_class(node)}')
        if line.parent is not None:
            arrow = "-->" if node.method != "name-only" else "-.->"
            edges.append(f"  {names[line.parent.id]} {arrow} {names[node.id]}")
    return [*nodes, *edges]


def text(words: str) -> str:
    """Inside a quoted label.

    Mermaid reads HTML there, and rewrites whatever looks like #name; before that, numeric entities included: only named ones may
    be written. A backtick begins markdown, %%{ a directive wherever it stands.
    """
    plain = visible(words).replace("#", "＃").replace("`", "‘")
    return html.escape(DIRECTIVE.sub("％", plain), quote=False).replace('"', "&quot;")


def _label(node: DrawnNode, parent: DrawnNode | None) -> str:
    return "<br/>".join(text(part) for part in (label(node, parent), node.command_line, unseen(node)) if part)


def _class(node: DrawnNode) -> str:
    if node.flagged:
        return ":::flagged"
    return ":::missing" if node.placeholder else ":::context" if node.context else ""
