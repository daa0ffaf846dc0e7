"""Maps of words as a drawing through matplotlib, for a file: a panel for each operating system, clusters named by patterns."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from engine.errors import UsageError
from engine.rules.learning.wordmap import ORIGINS, WordMap
from engine.untrusted import visible
from tui.words.word_map import largest, name_of, title

LABELLED = 60
"""Clusters of a panel that are named in a drawing, as far as there is room."""
FONT = 8
NEAR = 0.1
"""Of a panel's side: words of a cluster farther away from its middle do not say where its name stands."""
COLOURS = ("#0072b2", "#56b4e9", "#cc79a7", "#d55e00", "#e69f00", "#009e73", "#6f6f6f")
"""By ORIGINS, told apart by colour-blind people too (Okabe and Ito, 2008)."""
ALONE = "#d0d0d0"
SALT = "oddkin"
"""Of the identifiers in an SVG, which are random otherwise: one seed, one file."""
Box = tuple[float, float, float, float]


def form_of(path: Path) -> str:
    """Either svg or png, by the name of the file. Raises UsageError for another."""
    form = path.suffix.lower().lstrip(".")
    if form not in {"svg", "png"}:
        raise UsageError(f"{path.name} is neither .svg nor .png.", remedy="Name the file so: oddkin rules map -o words.svg")
    return form


def draw(maps: Sequence[WordMap], stream: BinaryIO, form: str) -> int:
    """Write a drawing; returns how many clusters have no room for their name. Raises UsageError when matplotlib is not installed:
    it is an extra, only this needs it.
    """
    try:
        from matplotlib import rc_context
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UsageError(
            "Drawing a map into a file needs matplotlib.", remedy='Install it: pip install "oddkin[plot]"; or leave -o away.'
        ) from error
    with rc_context({"svg.hashsalt": SALT}):
        figure = Figure(figsize=(9.5 * len(maps), 9.5))
        canvas: Any = FigureCanvasAgg(figure)
        panels = figure.subplots(1, len(maps), squeeze=False)[0]
        figure.subplots_adjust(left=0.01, right=0.99, top=0.95, bottom=0.06, wspace=0.02)
        for axes, found in zip(panels, maps, strict=True):
            _points(axes, found)
        _legend(figure)
        canvas.draw()
        unnamed = sum(_names(axes, found) for axes, found in zip(panels, maps, strict=True))
        figure.savefig(stream, format=form, metadata={"Date": None} if form == "svg" else None)
    return unnamed


def _points(axes: Any, found: WordMap) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_xlim(-0.06, 1.06)
    axes.set_ylim(-0.03, 1.03)
    for side in axes.spines.values():
        side.set_color(ALONE)
    none = found.labels < 0
    axes.scatter(found.place[none, 0], found.place[none, 1], s=4, c=ALONE, linewidths=0)
    colours = [COLOURS[origin] for origin in found.origins[~none].tolist()]
    axes.scatter(found.place[~none, 0], found.place[~none, 1], s=9, c=colours, linewidths=0)
    axes.set_title(f"{title(found)} by the company they keep (t-SNE)", fontsize=10)


def _legend(figure: Any) -> None:
    from matplotlib.lines import Line2D

    texts = (*ORIGINS, "in no cluster")
    handles = [
        Line2D([], [], marker="o", linestyle="", color=colour, markersize=6, label=text)
        for colour, text in zip((*COLOURS, ALONE), texts, strict=True)
    ]
    figure.legend(
        handles=handles, loc="lower center", ncols=len(handles), frameon=False, fontsize=9,
        title="A word's colour says what becomes of it; a label is the pattern of a cluster", title_fontsize=9,
    )  # fmt: skip


def _names(axes: Any, found: WordMap) -> int:
    """Name clusters, the largest first, each as near to its words as there is room. Returns how many got no name."""
    renderer = axes.figure.canvas.get_renderer()
    inside = axes.get_window_extent(renderer)
    taken: list[Box] = []
    order = largest(found)
    missing = len(order[LABELLED:])
    for label in order[:LABELLED]:
        middle = _above(found.place[found.labels == label])
        # A dollar sign would begin a formula, which log text must not be able to do.
        text = axes.text(
            middle[0], middle[1], visible(name_of(found, label)), fontsize=FONT, ha="center", va="center", parse_math=False,
            bbox={"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.75},
        )  # fmt: skip
        box = text.get_window_extent(renderer)
        at = axes.transData.transform(middle)
        edges = (inside.x0, inside.y0, inside.x1, inside.y1)
        free = free_place((float(at[0]), float(at[1])), (box.width, box.height), edges, taken)
        if free is None:
            text.remove()
            missing += 1
            continue
        taken.append(free)
        centre = ((free[0] + free[2]) / 2, (free[1] + free[3]) / 2)
        text.set_position(axes.transData.inverted().transform(centre))
        if abs(centre[0] - at[0]) > box.width / 2 or abs(centre[1] - at[1]) > 1.5 * box.height:
            ends = axes.transData.inverted().transform([at, centre])
            axes.plot(ends[:, 0], ends[:, 1], color="#999999", linewidth=0.5, zorder=1)
    return missing


def _above(rows: Any) -> tuple[float, float]:
    """Over the words of a cluster that lie together: of one that lies in two places those around the word nearest to the middle,
    or the name would stand between them.
    """
    import numpy as np

    middle = rows[((rows - np.median(rows, axis=0)) ** 2).sum(axis=1).argmin()]
    near = rows[((rows - middle) ** 2).sum(axis=1) < NEAR**2]
    return float(np.median(near[:, 0])), float(near[:, 1].max()) + 0.012


def free_place(at: tuple[float, float], size: tuple[float, float], inside: Box, taken: Sequence[Box]) -> Box | None:
    """Where a name of a size (width, height) near a point covers no other one; None where there is no room. Boxes are left, low,
    right, high.
    """
    return next((one for one in _around(at, *size) if _fits(one, inside, taken)), None)


def _around(at: tuple[float, float], width: float, height: float) -> Iterator[Box]:
    """Boxes of a size around a point, nearer ones first."""
    for ring in range(14):
        for turn in range(1 if ring == 0 else 12):
            angle = math.tau * turn / 12 + math.pi / 2
            x = at[0] + math.cos(angle) * ring * (0.35 * width + 4)
            y = at[1] + math.sin(angle) * ring * (1.2 * height + 2)
            yield x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _fits(box: Box, inside: Box, taken: Sequence[Box]) -> bool:
    left, low, right, high = box
    if left < inside[0] or low < inside[1] or right > inside[2] or high > inside[3]:
        return False
    return not any(left < one[2] and one[0] < right and low < one[3] and one[1] < high for one in taken)
