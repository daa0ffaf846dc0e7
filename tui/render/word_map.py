"""A map of words: as characters for a terminal, as a drawing through matplotlib for a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from engine.errors import UsageError
from engine.untrusted import visible

if TYPE_CHECKING:
    from engine.rules.learning.wordmap import WordMap

GLYPHS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
NAME = 24
LABELLED = 40
"""Clusters that are named in a drawing: more names would cover the words."""


def scatter(found: WordMap, width: int, height: int) -> tuple[list[str], list[str]]:
    """Lines of `width` characters, and a legend. Clusters are letters, the largest first; words of none are dots."""
    grid = [[" "] * width for _ in range(height)]
    order = largest(found)
    glyph = {label: GLYPHS[at] for at, label in enumerate(order[: len(GLYPHS)])}
    # Small clusters last, so that large ones do not hide them.
    rank = {label: at for at, label in enumerate(order)}
    drawn = sorted(range(len(found.words)), key=lambda row: rank.get(int(found.labels[row]), -1))
    for row in drawn:
        x, y = float(found.place[row, 0]), float(found.place[row, 1])
        across, down = min(int(x * width), width - 1), min(int((1 - y) * height), height - 1)
        label = int(found.labels[row])
        grid[down][across] = "·" if label < 0 else glyph.get(label, "+")
    legend = [f"{glyph[label]} {visible(found.names[label], NAME)}" for label in order[: len(GLYPHS)]]
    return ["".join(line) for line in grid], legend


def largest(found: WordMap) -> list[int]:
    """Clusters on the map, the one with most words first."""
    sizes: dict[int, int] = {}
    for label in found.labels.tolist():
        if label >= 0:
            sizes[label] = sizes.get(label, 0) + 1
    return sorted(sizes, key=lambda label: (-sizes[label], label))


def form_of(path: Path) -> str:
    """Either svg or png, by the name of the file. Raises UsageError for another."""
    form = path.suffix.lower().lstrip(".")
    if form not in {"svg", "png"}:
        raise UsageError(f"{path.name} is neither .svg nor .png.", remedy="Name the file so: oddkin rules map -o words.svg")
    return form


def draw(found: WordMap, stream: BinaryIO, form: str) -> None:
    """Write a drawing. Raises UsageError when matplotlib is not installed: it is an extra, only this needs it."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UsageError(
            "Drawing a map into a file needs matplotlib.", remedy='Install it: pip install "oddkin[plot]"; or leave -o away.'
        ) from error
    figure = Figure(figsize=(14, 10), layout="tight")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set_axis_off()
    none = found.labels < 0
    axes.scatter(found.place[none, 0], found.place[none, 1], s=3, c="#b0b0b0", linewidths=0)
    axes.scatter(found.place[~none, 0], found.place[~none, 1], s=7, c=found.labels[~none] % 20, cmap="tab20", linewidths=0)
    for label in largest(found)[:LABELLED]:
        x, y = found.place[found.labels == label].mean(axis=0).tolist()
        # A dollar sign would begin a formula, which log text must not be able to do.
        axes.text(x, y, visible(found.names[label], NAME), fontsize=6, ha="center", parse_math=False)
    axes.set_title(f"{len(found.words):,} words by the company they keep (t-SNE)", fontsize=9)
    figure.savefig(stream, format=form, metadata={"Date": None} if form == "svg" else None)
