"""A document as one HTML file: no script, nothing from elsewhere, pictures inline, light or dark by CSS alone, to be printed.

Every text passes one function, `text`. The page forbids scripts and requests to the browser, too (Content-Security-Policy), so
that an error of ours would still not fetch or run anything.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from typing import TextIO

from engine.handover.document import timeline
from engine.handover.document.blocks import (
    Cell,
    Document,
    DocumentBlock,
    FactList,
    Grid,
    Heading,
    HostTimeline,
    Items,
    Paragraph,
    TreePicture,
    lines_of,
)
from engine.handover.pictures import svg
from engine.untrusted import visible

STYLE = (
    ":root{color-scheme:light dark;--ink:#1b1f24;--dim:#57606a;--line:#d0d7de;--paper:#fff;--shade:#f6f8fa;--odd:#b00020}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--dim:#8b949e;--line:#30363d;--paper:#0d1117;--shade:#161b22;"
    "--odd:#ff7b72}}"
    "@media print{:root{--ink:#000;--dim:#444;--line:#bbb;--paper:#fff;--shade:#f2f2f2;--odd:#b00020}}"
    "body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:1180px;margin:2em auto;"
    "padding:0 1em}h1{margin-bottom:0}h2{border-bottom:1px solid var(--line);margin-top:2em}.sub{color:var(--dim);margin-top:0}"
    "table{border-collapse:collapse;width:100%;font-size:13px;margin:.6em 0}th,td{text-align:left;vertical-align:top;"
    "padding:3px 8px;border-bottom:1px solid var(--line);overflow-wrap:break-word}"
    "th{background:var(--shade)}.n{text-align:right;white-space:nowrap}caption{text-align:left;font-weight:600;padding:4px 0}"
    "code{font:12px/1.45 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px}dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}"
    ".pic{overflow-x:auto;border:1px solid var(--line);margin:.6em 0}nav li{list-style:none}nav ul{"
    "padding:0;columns:2}a{color:inherit}.strong{font-weight:600}"
    "@media print{body{max-width:none;margin:0;font-size:11px}.pic{overflow:visible;border:0}.pic svg{max-width:100%;height:auto}"
    "h2,h3{break-after:avoid}tr,.pic,dl{break-inside:avoid}a{text-decoration:none}}"
)
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def text(words: str) -> str:
    """A text between two tags, or between two quotation marks."""
    return html.escape(visible(words), quote=True)


def lines(cell: Cell) -> str:
    """One or several, each on its own."""
    return "<br>".join(map(text, lines_of(cell)))


def write(document: Document, stream: TextIO) -> None:
    """The page."""
    stream.write(
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{text(document.title)}</title>\n'
        f"<style>{STYLE}{svg.STYLE}{timeline.STYLE}</style>\n</head>\n<body>\n<h1>{text(document.title)}</h1>\n"
        f'<p class="sub">{text(document.subtitle)}</p>\n'
    )
    contents = document.contents()
    if contents:
        stream.write('<nav aria-label="Contents"><ul>\n')
        stream.writelines(f'<li><a href="#{one.name}">{text(one.text)}</a></li>\n' for one in contents)
        stream.write("</ul></nav>\n")
    for block in document.blocks:
        stream.writelines(_block(block))
    stream.write("</body>\n</html>\n")


def _heading(block: Heading) -> Iterator[str]:
    name = f' id="{block.name}"' if block.name else ""
    yield f"<h{block.level + 1}{name}>{text(block.text)}</h{block.level + 1}>\n"


def _paragraph(block: Paragraph) -> Iterator[str]:
    yield f'<p class="strong">{text(block.text)}</p>\n' if block.strong else f"<p>{text(block.text)}</p>\n"


def _items(block: Items) -> Iterator[str]:
    yield "<ul>\n"
    yield from (f"<li>{text(one)}</li>\n" for one in block.items)
    yield "</ul>\n"


def _facts(block: FactList) -> Iterator[str]:
    yield "<dl>\n"
    yield from (f"<dt>{text(name)}</dt><dd>{lines(value)}</dd>\n" for name, value in block.pairs)
    yield "</dl>\n"


def _grid(block: Grid) -> Iterator[str]:
    yield "<table>\n"
    if block.title:
        yield f"<caption>{text(block.title)}</caption>\n"
    yield f"<thead><tr>{''.join(_head(block, name) for name in block.head)}</tr></thead>\n<tbody>\n"
    for row in block.rows:
        yield f"<tr>{''.join(_cell(block, name, cell) for name, cell in zip(block.head, row, strict=True))}</tr>\n"
    yield "</tbody>\n</table>\n"


def _head(block: Grid, name: str) -> str:
    return f'<th class="n">{text(name)}</th>' if name in block.numbers else f"<th>{text(name)}</th>"


def _cell(block: Grid, name: str, cell: Cell) -> str:
    if name in block.code:
        return f"<td><code>{lines(cell)}</code></td>"
    return f'<td class="n">{lines(cell)}</td>' if name in block.numbers else f"<td>{lines(cell)}</td>"


def _tree(block: TreePicture) -> Iterator[str]:
    yield f'<div class="pic">{svg.svg(list(block.roots), block.title, styled=False)}</div>\n'


def _timeline(block: HostTimeline) -> Iterator[str]:
    drawn = timeline.drawing(block)
    yield f'<div class="pic">{drawn}</div>\n' if drawn else f"<p>{text(block.title)}: nothing in it has a time.</p>\n"


WRITERS: dict[type, Callable[..., Iterator[str]]] = {
    Heading: _heading, Paragraph: _paragraph, Items: _items, FactList: _facts, Grid: _grid, TreePicture: _tree,
    HostTimeline: _timeline,
}  # fmt: skip


def _block(block: DocumentBlock) -> Iterator[str]:
    return WRITERS[type(block)](block)
