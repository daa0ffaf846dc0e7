"""Styled text for widgets that draw lines: (text, role) pairs, cut to cells, escaped at the last moment.

A role is a name such as "worst" or "dim"; what it looks like is the stylesheet's business (painted.py). Builders return
plain data, so that what a pane says can be tested without a terminal.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

from engine.untrusted import visible

Span = tuple[str, str]
"""Text and role; the role "" is the widget's own style."""
Line = list[Span]


def text_of(line: Sequence[Span]) -> str:
    """The words without their looks."""
    return "".join(text for text, _ in line)


def cells(text: str) -> int:
    """Cells of a text that is visible already. Rich has the tables of widths; no other module of words asks it."""
    return cell_len(text)


def crop(text: str, width: int) -> str:
    """`text` made visible and at most `width` cells, "…" where something is missing."""
    if width <= 0:
        return ""
    shown = visible(text, 4 * width + 4)  # a megabyte of command line is not measured to show forty cells
    if cell_len(shown) <= width:
        return shown
    return set_cell_size(shown, width - 1).rstrip() + "…"


def tail_crop(text: str, width: int) -> str:
    """Like `crop`, but the end is kept: of a path the file name tells most."""
    shown = visible(text if len(text) <= 4 * width + 4 else text[-(4 * width + 4) :])
    if width <= 0:
        return ""
    if cell_len(shown) <= width and len(shown) >= len(text):
        return shown
    while cell_len(shown) > width - 1:
        shown = shown[max(1, (cell_len(shown) - width + 1) // 2) :]
    return "…" + shown


def fit(line: Sequence[Span], width: int, role: str = "") -> Line:
    """Exactly `width` cells: cut or padded. All text is made visible here, so that no builder can forget it."""
    out: Line = []
    left = width
    for text, name in line:
        if left <= 0:
            break
        if len(text) <= left and text.isascii() and text.isprintable():  # nearly always: nothing to escape, nothing to cut
            out.append((text, name))
            left -= len(text)
            continue
        shown = visible(text, 4 * left + 4)
        size = cell_len(shown)
        if size > left:
            shown, size = crop(text, left), left
            shown = set_cell_size(shown, left)
        out.append((shown, name))
        left -= size
    if left > 0:
        out.append((" " * left, role))
    return out


def wrap(text: str, width: int, limit: int = 0) -> list[str]:
    """`text` made visible and cut into lines of at most `width` cells, at blanks where they are near; `limit` lines at most.

    Command lines have long words: a word that does not fit is cut where the line ends.
    """
    width = max(width, 4)
    shown = visible(text, (limit or 200) * width + 1)
    lines: list[str] = []
    while shown:
        if cell_len(shown) <= width:
            lines.append(shown)
            break
        head = set_cell_size(shown, width).rstrip() if not shown.isascii() else shown[:width]
        cut = len(head)
        if not shown[cut : cut + 1].isspace():
            # At a blank, or behind a separator: names of folders stay whole.
            cut = max(
                (place for place in (head.rfind(" "), head.rfind("\\") + 1, head.rfind("/") + 1) if place > width // 2),
                default=cut,
            )
        lines.append(shown[:cut].rstrip())
        shown = shown[cut:].lstrip(" ")
        if limit and len(lines) == limit:
            lines[-1] = crop(lines[-1] + " " + shown[:width], width)
            break
    return lines or [""]


def hang(line: Sequence[Span], width: int) -> list[Line]:
    """A line over as many as it takes: its last part goes on below where it began, a label's value beside the label."""
    if not line or sum(cell_len(visible(text)) for text, _ in line) <= width:
        return [list(line)]
    *before, (text, role) = line
    begins = min(sum(cell_len(visible(head)) for head, _ in before), width // 2)
    first, *others = wrap(text, width - begins)
    return [[*before, (first, role)], *([(" " * begins, ""), (part, role)] for part in others)]
