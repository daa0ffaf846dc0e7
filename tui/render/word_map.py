"""A map of words as a drawing through matplotlib, for a file."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from engine.errors import UsageError
from engine.rules.learning.wordmap import WordMap
from engine.untrusted import visible
from tui.words.word_map import NAME, largest

LABELLED = 40
"""Clusters that are named in a drawing: more names would cover the words."""


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
