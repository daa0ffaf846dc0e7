"""A process forest as a self-contained SVG: text, guides and marks, no script, no link, no external font.

A process is a line, and below it its whole command line, wrapped. Light or dark as the reader's system is; paper is white.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape

from engine.handover.pictures.forest import DrawnNode, Line, walk
from engine.handover.pictures.label import kind_of, label, unseen
from engine.untrusted import visible

LINE_PX = 18
INDENT_PX = 22
MARGIN_PX = 16
CHAR_PX = 7.3
"""Advance of one character of the 12 px monospace font: only used to size the drawing."""
WIDTH = 150
"""Characters of a line; what is longer goes on in the next one."""
STYLE = (
    ".kin{--ink:#1b1f24;--odd:#b00020;--dim:#6e7781;--line:#afb8c1;--paper:#fff}"
    "@media(prefers-color-scheme:dark){.kin{--ink:#e6edf3;--odd:#ff7b72;--dim:#8b949e;--line:#484f58;--paper:#0d1117}}"
    "@media print{.kin{--ink:#1b1f24;--odd:#b00020;--dim:#6e7781;--line:#afb8c1;--paper:#fff}}"
    ".kin text{font:12px monospace;white-space:pre;fill:var(--ink)}.kin .flagged{fill:var(--odd);font-weight:bold}"
    ".kin .odd,.kin .title{font-weight:bold}.kin .missing,.kin .context,.kin .said{fill:var(--dim)}"
    ".kin .focus{text-decoration:underline}.kin path{stroke:var(--line);fill:none}.kin rect{fill:var(--paper)}"
)


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of text in the drawing; `joins`: a process, at which a guide ends."""

    depth: int
    text: str
    kind: str
    joins: bool = False


def svg(roots: list[DrawnNode], title: str, *, styled: bool = True) -> str:
    """The whole drawing. Depth is drawn up to the guides that `walk` keeps. styled: with STYLE in it, which a page has once."""
    return drawing([(title, roots)], styled=styled)


def drawing(forests: list[tuple[str, list[DrawnNode]]], *, styled: bool = True) -> str:
    """Several forests one below the other, each under its title."""
    body: list[str] = []
    wide, row = 200.0, 0
    for title, roots in forests:
        row += 1
        body.append(f'<text class="title" x="{MARGIN_PX}" y="{row * LINE_PX}">{escape(visible(title))}</text>')
        wide = max(wide, len(visible(title)) * CHAR_PX)
        last_at = {0: row * LINE_PX}
        for one in _rows(roots):
            row += 1
            x, y = MARGIN_PX + one.depth * INDENT_PX, row * LINE_PX
            wide = max(wide, one.depth * INDENT_PX + len(one.text) * CHAR_PX)
            if one.joins and one.depth:
                body.append(f'<path d="M{x - 14} {last_at.get(one.depth - 1, y) + 6}V{y - 4}H{x - 4}"/>')
            if one.joins:
                last_at[one.depth] = y
            body.append(f'<text class="{one.kind}" x="{x}" y="{y}">{escape(one.text)}</text>')
        row += 1
    width, height = int(wide + 3 * MARGIN_PX), (row + 1) * LINE_PX
    style = f"<style>{STYLE}</style>" if styled else ""
    named = escape(visible(" · ".join(title for title, _ in forests)))
    return (
        f'<svg class="kin" xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<title>{named}</title>{style}<rect width="100%" height="100%"/>{"".join(body)}</svg>\n'
    )


def _rows(roots: list[DrawnNode]) -> Iterator[_Row]:
    for line in walk(roots):
        depth = len(line.lasts)
        kind = _kind(line)
        for number, part in enumerate(wrapped(label(line.node, line.parent))):
            yield _Row(depth, part if not number else f"  {part}", kind, joins=not number)
        command = visible(line.node.command_line)
        for number, part in enumerate(wrapped(command) if command else ()):
            yield _Row(depth, f"  {'$' if not number else ' '} {part}", "context" if line.node.context else "command")
        if said := unseen(line.node):
            yield _Row(depth + 1, said, "said")


def wrapped(text: str) -> list[str]:
    """In pieces of WIDTH characters, one at least."""
    return [text[start : start + WIDTH] for start in range(0, len(text), WIDTH)] or [""]


def _kind(line: Line) -> str:
    node = line.node
    kind = kind_of(node) or "plain"
    return f"{kind} focus" if node.focus else kind
