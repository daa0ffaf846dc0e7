"""One line of the tree as spans: a gutter that stays aligned at any depth, then the tree, then who and when."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from engine.domain.lineage import LinkMethod
from engine.untrusted import visible
from store.processes.forest import ForestRow, HostRow
from tui.screens.tree.forest.nodes import MAX_GUIDES, Kind, Node, TreeLine
from tui.words.spans import Line, cells, crop, fit
from tui.words.triage.marks import sign
from tui.words.verdicts import verdict_glyph
from tui.words.words import base, many

TimeFormat = Callable[[int | None], str]
LINKS = {
    LinkMethod.NONE: " ",
    LinkMethod.NAME_ONLY: "┄",
    LinkMethod.PID_NAME: "╌",
    LinkMethod.PID_TIME: "─",
    LinkMethod.GUID: "═",
}
"""The surer the link, the fuller the line."""
SCORE, VERDICT, LINK = 7, 1, 5
EDGE = 2
"""What the next verdict covers, and marks."""
GUTTER = EDGE + SCORE + 1 + VERDICT + 1 + LINK + 1
UNSURE = 0.6
"""Confidence below which a link is pointed out."""
NAME_ROOM = 28
"""Cells that stay for names however deep a process is."""
FIRST_TOKEN = re.compile(r'\s*(?:"([^"]*)"|(\S+))\s*(.*)', re.DOTALL)
HEADER = f"{' ' * EDGE}{'  score':<{SCORE}} v {'link':<{LINK}} "


@dataclass(frozen=True, slots=True)
class Layout:
    """Cells of the columns for a width."""

    width: int
    user: int
    time: int

    @property
    def tree(self) -> int:
        """What is left for the tree."""
        return self.width - GUTTER - (self.user + 1 if self.user else 0) - (self.time + 1 if self.time else 0)


def layout(width: int) -> Layout:
    """Narrow panes drop the user, then the year, then the time."""
    time = 19 if width >= 110 else 14 if width >= 66 else 0
    return Layout(width, 18 if width >= 130 else 0, time)


def header(columns: Layout) -> Line:
    """Titles of the columns."""
    line: Line = [(HEADER, ""), *fit([("process", "")], columns.tree)]
    if columns.user:
        line += [(" ", ""), *fit([("user", "")], columns.user)]
    if columns.time:
        line += [(" ", ""), *fit([("started", "")], columns.time)]
    return line


def painted(line: TreeLine, columns: Layout, when: TimeFormat, marked: bool = False, edge: str = "  ") -> Line:
    """The spans of a line, exactly as wide as the layout; `marked` is what somebody searched for, `edge` its first EDGE cells."""
    row = line.node.row
    if line.kind is not Kind.NODE or row is None:
        return fit([(" " * GUTTER, ""), (guides(line, columns), "dim"), (more_text(line), "accent")], columns.width)
    if isinstance(row, HostRow):
        return fit(_host(line.node, row, when, columns.width), columns.width)
    out: Line = [
        (edge, "accent"),
        *_gutter(row),
        *fit([(guides(line, columns), "dim"), *_process(line.node, row, marked)], columns.tree),
    ]
    if columns.user:
        out += [(" ", ""), *fit([(crop(row.user, columns.user), "dim")], columns.user)]
    if columns.time:
        stamp = when(row.time_us).replace("T", " ")[:19]
        out += [(" ", ""), *fit([(stamp[-columns.time :], "dim")], columns.time)]
    return out


def guides(line: TreeLine, columns: Layout) -> str:
    """The `│  ├─ └─` in front; where there is no room for all levels, a number says how deep it is."""
    room = max((columns.tree - NAME_ROOM) // 2, 2)
    lasts = line.lasts
    if not lasts:
        return ""
    own = "└╴" if lasts[-1] else "├╴"
    above = lasts[:-1]
    deep = ""
    if len(above) >= room or line.depth > MAX_GUIDES:
        deep = f"‹{line.depth}›"
        above = above[len(above) - max(room - 3, 0) :]
    return deep + "".join("  " if last else "│ " for last in above) + own


def more_text(line: TreeLine) -> str:
    """What a "…" line stands for and how to have it."""
    node = line.node
    noun = f"host{'s' * (node.others != 1)}" if node.row is None else f"process{'es' * (node.others != 1)}"
    return {
        Kind.EARLIER: f"… {node.before:,} earlier (enter)",
        Kind.LATER: f"… {node.after:,} more (enter)",
        Kind.OTHERS: f"… {node.others:,} other {noun} (enter)",
        Kind.GAP: "… levels between, left out (enter)",
        Kind.NODE: "",
    }[line.kind]


def _host(node: Node, row: HostRow, when: TimeFormat, width: int) -> Line:
    """What has no room leaves whole: its days, then how many records it has."""
    flagged = f"▲ {row.flagged:,}" if row.flagged else ""
    span = " … ".join(dict.fromkeys(when(time)[:10] for time in (row.first_us, row.last_us) if time is not None))
    line: Line = [(f"{flagged:<{GUTTER}}", "worst" if flagged else ""), (_twist(node), "dim"), (row.name, "strong")]
    left = width - GUTTER - cells(_twist(node)) - cells(visible(row.name))
    for told in (f"  {many(row.records, 'record')}", f"  {span}" if span else ""):
        if cells(told) > left:
            break
        left -= cells(told)
        line.append((told, "dim"))
    return line


def _gutter(row: ForestRow) -> Line:
    role = "worst" if row.flagged else "warning" if row.notable else "dim"
    glyph = "▲" if row.flagged else "△" if row.notable else "·"
    score = "" if row.score is None else f"{glyph} {row.score:.2f}"
    verdict = row.verdict or ""
    return [
        (f"{score:<{SCORE}} ", role),
        (f"{verdict_glyph(verdict, '?' if verdict else ' ')} ", verdict),
        (f"{link_text(row.method, row.confidence):<{LINK}} ", "warning" if 0 < (row.confidence or 0) < UNSURE else "dim"),
    ]


def link_text(method: int | None, confidence: float | None) -> str:
    """`═` for a certain link, else a thinner line and how sure it is; "" for roots."""
    if method is None or method == LinkMethod.NONE:
        return ""
    glyph = LINKS[LinkMethod(method)]
    return glyph if confidence is None or confidence >= 0.995 else f"{glyph} {confidence:.0%}"


def _process(node: Node, row: ForestRow, marked: bool) -> Line:
    name = base(row.path or row.image) or "(unknown)"
    role = (
        "marked" if marked else "worst" if row.flagged else "dim" if row.placeholder else "warning" if row.notable else "strong"
    )
    line: Line = [(_twist(node), "dim")]
    if marked:
        line.append(("◆ ", "marked"))
    line.append((crop(name, 60), role))
    if row.marks:
        line.append((f" {sign(row.marks)}", "warning"))
    if row.pid is not None:
        line.append((f" {row.pid}", "dim"))
    if node.total and not node.open:
        line.append((f" +{node.total:,}", "accent"))
    if row.placeholder:
        line.append((" (not in the logs)", "dim"))
    if row.command:
        line.append(("  " + arguments(row.command, name), ""))
    return line


def _twist(node: Node) -> str:
    return "  " if not node.total else "▾ " if node.open else "▸ "


def arguments(command: str, name: str) -> str:
    """The command line without its first word where that only repeats the image's name."""
    found = FIRST_TOKEN.match(command)
    if found is None:
        return command
    first = base((found.group(1) or found.group(2) or "").replace("/", "\\")).casefold()
    wanted = name.casefold()
    return found.group(3) if first in {wanted, wanted.removesuffix(".exe")} else command
