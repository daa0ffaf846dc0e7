"""One line per step of a chain: its number, a bar of its error, the error, the file name and the folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tui.words.spans import Line, crop, tail_crop
from tui.words.words import bar, base

NARROW = 46
"""Panes narrower than this show shorter bars and no folder."""


@dataclass(frozen=True, slots=True)
class Steps:
    """What the bars are drawn from. Errors may be fewer than steps."""

    texts: Sequence[str]
    errors: Sequence[float]
    worst: int
    selected: int = -1


def step_line(steps: Steps, index: int, width: int) -> Line:
    """One step. The worst has an arrow and a strong name, the selected one a bar at the edge: colour never alone."""
    cells = 6 if width < NARROW else min(16, width // 6)
    error = steps.errors[index] if index < len(steps.errors) else None
    top = max((value for value in steps.errors if value == value), default=0.0)  # noqa: PLR0124 - NaN
    worst = index == steps.worst
    edge = "▌" if index == steps.selected else " "
    drawn = "" if error is None else bar(error, top, cells)
    line: Line = [
        (edge, "accent"),
        ("→" if worst else " ", "worst"),
        (f"{index + 1:>2} ", "dim"),
        (drawn.ljust(cells), "worst" if worst else heat(error, top)),
        (" " + ("" if error is None else f"{error:.3f}").rjust(6) + " ", "worst" if worst else "dim"),
    ]
    left = width - 5 - cells - 8
    path = steps.texts[index]
    name = crop(base(path), left)
    line.append((name, "worst" if worst else "strong" if index == steps.selected else ""))
    folder = path[: -len(base(path))].rstrip("\\/") if path.endswith(base(path)) else ""
    room = left - len(name) - 2
    if folder and width >= NARROW and room >= 8:
        line += [("  ", ""), (tail_crop(folder, room), "dim")]
    return line


def heat(error: float | None, top: float) -> str:
    """Role of a bar that is not the worst: by its share of the worst."""
    if error is None or not top > 0:
        return "dim"
    return "error" if error / top > 0.8 else "warning" if error / top > 0.4 else "good"
