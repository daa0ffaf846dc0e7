"""A process forest as a mermaid flowchart, for tickets and wikis."""

from __future__ import annotations

import html
import re

from engine.untrusted import visible
from tui.render.forest import DrawnNode, walk

MAX_LABEL = 120
DIRECTIVE = re.compile(r"%(?=%*\{)")


def _label(node: DrawnNode) -> str:
    name = visible(node.image) or "(unknown)"
    pid = (f" {node.number}" if node.number else "") + (f" [{node.pid}]" if node.pid is not None else "")
    command = f"<br/>{_text(node.command_line)}" if node.command_line else ""
    return _text(name) + pid + command


def _text(text: str) -> str:
    # Mermaid reads HTML inside quoted labels, and rewrites whatever looks like #name; before that, numeric entities
    # included: only named ones may be written. A backtick begins markdown, %%{ a directive wherever it stands.
    plain = visible(text, MAX_LABEL).replace("#", "＃").replace("`", "‘")
    return html.escape(DIRECTIVE.sub("％", plain), quote=False).replace('"', "&quot;")


def mermaid(roots: list[DrawnNode]) -> str:
    """The flowchart's source. DrawnNode names are ours (p1, p2 …); log text only stands inside quoted labels."""
    lines = ["flowchart LR", "  classDef flagged fill:#b00020,color:#fff", "  classDef missing stroke-dasharray:4 3"]
    names: dict[int, str] = {}
    for line in walk(roots):
        names[line.node.id] = f"p{len(names) + 1}"
        mark = ":::flagged" if line.node.flagged else ":::missing" if line.node.placeholder else ""
        lines.append(f'  {names[line.node.id]}["{_label(line.node)}"]{mark}')
    for line in walk(roots):
        for child in line.node.children:
            arrow = "-->" if child.method != "name-only" else "-.->"
            lines.append(f"  {names[line.node.id]} {arrow} {names[child.id]}")
    return "\n".join(lines) + "\n"
