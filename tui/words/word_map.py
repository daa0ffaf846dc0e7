"""A map of words as characters."""

from __future__ import annotations

from engine.rules.learning.wordmap import WordMap
from engine.untrusted import visible

GLYPHS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
NAME = 24
"""Characters of a cluster's name."""


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
