"""A process forest as a mermaid flowchart, for tickets and wikis (https://mermaid.js.org/syntax/flowchart.html).

Names of nodes are ours (p1, p2 …); log text only stands inside quoted labels.
"""

from __future__ import annotations

import html
import re

from engine.handover.pictures.forest import DrawnNode
from engine.handover.pictures.graph import graph_lines
from engine.handover.pictures.label import kind_of, label, unseen
from engine.untrusted import visible

DIRECTIVE = re.compile(r"%(?=%*\{)")
CLASSES = (
    "  classDef flagged fill:#b00020,color:#fff",
    "  classDef missing stroke-dasharray:4 3",
    "  classDef context fill:#eee,color:#666",
)
CLASSED = frozenset(line.split()[1] for line in CLASSES)


def mermaid(roots: list[DrawnNode]) -> str:
    """The flowchart's source."""
    return "\n".join(["flowchart LR", *CLASSES, *lines(roots, "p")]) + "\n"


def lines(roots: list[DrawnNode], prefix: str) -> list[str]:
    """Nodes and edges; `prefix` as in graph.graph_lines."""
    return graph_lines(roots, prefix, _node, _edge)


def text(words: str) -> str:
    """Inside a quoted label.

    Mermaid reads HTML there, and rewrites whatever looks like #name; before that, numeric entities included: only named ones may
    be written. A backtick begins markdown, %%{ a directive wherever it stands.
    """
    plain = visible(words).replace("#", "＃").replace("`", "‘")
    return html.escape(DIRECTIVE.sub("％", plain), quote=False).replace('"', "&quot;")


def _node(name: str, node: DrawnNode, parent: DrawnNode | None) -> str:
    told = "<br/>".join(text(part) for part in (label(node, parent), node.command_line, unseen(node)) if part)
    kind = kind_of(node)
    return f'  {name}["{told}"]{f":::{kind}" if kind in CLASSED else ""}'


def _edge(parent: str, child: str, by_name: bool) -> str:
    return f"  {parent} {'-.->' if by_name else '-->'} {child}"
