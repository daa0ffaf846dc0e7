"""Maps of words as characters, and what both front ends say of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from engine.rules.learning.wordmap import ORIGINS, WordMap
from engine.untrusted import visible
from tui.words.spans import Line

GLYPHS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
NAME = 32
"""Characters of a cluster's pattern."""
SYSTEMS = {"windows": "Windows", "linux": "Linux"}


def title(found: WordMap) -> str:
    """Of one map."""
    return f"{SYSTEMS[found.system]}: {len(found.words):,} words"


def name_of(found: WordMap, label: int, most: int = NAME) -> str:
    """A cluster's pattern; of a long one beginning and end, which tell more than its middle."""
    text = visible(found.names[label] or "…", 4 * most)
    return text if len(text) <= most else f"{text[: most // 2]}…{text[-(most - most // 2 - 1) :]}"


def origin_of(found: WordMap, label: int) -> int:
    """What became of most words of a cluster: a place in ORIGINS."""
    origins: list[int] = found.origins[found.labels == label].tolist()
    return Counter(origins).most_common(1)[0][0]


def drawing(maps: Sequence[WordMap], width: int, height: int) -> list[Line]:
    """The maps below each other, each of `height` lines, with its legend."""
    out: list[Line] = []
    for found in maps:
        drawn, legend = scatter(found, width, height)
        out += [[(title(found), "title")], *([(line, "")] for line in drawn), [], *([(text, "dim")] for text in legend), []]
    return out


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
    named = [(label, name_of(found, label)) for label in order[: len(GLYPHS)]]
    wide = max((len(name) for _, name in named), default=0)
    legend = [f"{glyph[label]} {name:<{wide}}  {ORIGINS[origin_of(found, label)]}" for label, name in named]
    return ["".join(line) for line in grid], legend


def largest(found: WordMap) -> list[int]:
    """Clusters with a name on the map, the one with most words first."""
    sizes = Counter(label for label in found.labels.tolist() if label in found.names)
    return sorted(sizes, key=lambda label: (-sizes[label], label))
