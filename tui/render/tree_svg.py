"""A process forest as a self-contained SVG: text, guides and marks, no script, no link, no external font."""

from __future__ import annotations

from xml.sax.saxutils import escape

from engine.untrusted import visible
from tui.render.forest import DrawnNode, walk
from tui.render.tree_text import describe

LINE_PX = 20
INDENT_PX = 22
CHAR_PX = 7.3
"""Advance of one character of the 12 px monospace font: only used to size the drawing."""


def svg(roots: list[DrawnNode], title: str) -> str:
    """The whole drawing. Depth is drawn up to the guides that `walk` keeps."""
    rows = list(walk(roots))
    title = escape(visible(title))
    widths = [len(line.lasts) * INDENT_PX + len(describe(line.node, line.parent)) * CHAR_PX for line in rows]
    width, height = int(max(widths, default=200) + 60), (len(rows) + 2) * LINE_PX
    body: list[str] = []
    last_at: dict[int, int] = {}
    for number, line in enumerate(rows, start=2):
        depth, y = len(line.lasts), number * LINE_PX
        x = 16 + depth * INDENT_PX
        last_at[depth] = y
        if depth:
            top = last_at.get(depth - 1, y)
            body.append(f'<path d="M{x - 14} {top + 6}V{y - 4}H{x - 4}"/>')
        kind = "flagged" if line.node.flagged else "missing" if line.node.placeholder else "plain"
        kind += " focus" if line.node.focus else ""
        body.append(f'<text class="{kind}" x="{x}" y="{y}">{escape(describe(line.node, line.parent))}</text>')
    style = (
        "text{font:12px monospace;white-space:pre;fill:#1b1f24}.flagged{fill:#b00020;font-weight:bold}.missing{fill:#6e7781}"
        ".focus{text-decoration:underline}path{stroke:#afb8c1;fill:none}rect{fill:#fff}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<title>{title}</title><style>{style}</style><rect width="100%" height="100%"/>'
        f'<text x="16" y="{LINE_PX}" font-weight="bold">{title}</text>{"".join(body)}</svg>\n'
    )
