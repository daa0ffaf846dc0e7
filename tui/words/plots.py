"""Plots as rows of text: a line in Braille dots, columns in eighth blocks, ticks under an axis. Numbers in, strings out."""

from __future__ import annotations

import math
from collections.abc import Sequence

EIGHTHS = " ▁▂▃▄▅▆▇█"
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bit of a Braille character by row (4) and column (2)."""


Span = tuple[float, float]
"""Lowest and highest value of an axis."""


def line_rows(points: Sequence[tuple[float, float]], width: int, height: int, xs: Span, ys: Span) -> list[str]:
    """`height` rows of `width` cells: the points joined by lines; what lies outside xs × ys is drawn at the edge."""
    columns, rows = width * 2, height * 4
    bits = [[0] * width for _ in range(height)]

    def cell(point: tuple[float, float]) -> tuple[int, int]:
        x = _scaled(point[0], xs) * (columns - 1)
        y = (1 - _scaled(point[1], ys)) * (rows - 1)
        return round(x), round(y)

    before: tuple[int, int] | None = None
    for point in points:
        at = cell(point)
        for x, y in _between(before or at, at):
            bits[y // 4][x // 2] |= DOTS[y % 4][x % 2]
        before = at
    return ["".join(chr(0x2800 + mask) if mask else " " for mask in row) for row in bits]


def column_rows(counts: Sequence[float], height: int, top: float | None = None) -> list[str]:
    """`height` rows, one cell per count; `top` is the count that fills a column (the largest one if absent).

    A count above zero is never invisible: it gets at least one eighth.
    """
    most = max(counts, default=0) if top is None else top
    full = [min(max(round(count / most * height * 8), 1), height * 8) if count > 0 and most > 0 else 0 for count in counts]
    from_top = range(height - 1, -1, -1)
    return ["".join(EIGHTHS[min(max(eighths - row * 8, 0), 8)] for eighths in full) for row in from_top]


def spread(counts: Sequence[float], width: int) -> list[float]:
    """A histogram redrawn over `width` equal bins; the total stays, each bin's count is shared out evenly."""
    out = [0.0] * width
    if not counts or width <= 0:
        return out
    size = len(counts)
    for index, count in enumerate(counts):
        begin, end = index * width / size, (index + 1) * width / size
        for place in range(int(begin), min(math.ceil(end), width)):
            shared = min(end, place + 1) - max(begin, place)
            out[place] += count * max(shared, 0.0) / (end - begin)
    return out


def place_of(value: float, span: Span, width: int) -> int:
    """The column of a value on an axis of `width` cells; the ends for what lies outside."""
    return min(int(_scaled(value, span) * width), width - 1)


def axis_row(span: Span, width: int, ticks: Sequence[tuple[float, str]], unit: str = "") -> tuple[str, str]:
    """The axis with its marks, and the labels under them; labels that would touch each other or the unit are left out."""
    line, labels = ["─"] * width, [" "] * width
    free = 0
    for value, label in ticks:
        if not span[0] <= value <= span[1]:
            continue
        at = place_of(value, span, width)
        line[at] = "┴"
        begin = max(min(at - len(label) // 2, width - len(label)), 0)
        if begin >= free and begin + len(label) <= width - len(unit) - bool(unit):
            labels[begin : begin + len(label)] = label
            free = begin + len(label) + 1
    if unit:
        labels[max(width - len(unit), 0) :] = unit[:width]
    return "".join(line), "".join(labels)


def decade_ticks(span: Span) -> list[tuple[float, str]]:
    """Ticks of a log10 axis: 1 and 3 of each decade, the ones first, so that they win where room is short."""
    out = []
    for power in range(math.floor(span[0]), math.ceil(span[1]) + 1):
        out.append((float(power), short(10.0**power)))
        out.append((power + math.log10(3), short(3 * 10.0**power)))
    return out


def linear_ticks(span: Span, wanted: int = 5) -> list[tuple[float, str]]:
    """Round numbers over a linear axis."""
    width = span[1] - span[0]
    if not width > 0 or not math.isfinite(width):
        return [(span[0], short(span[0]))]
    raw = width / max(wanted, 1)
    unit = 10.0 ** math.floor(math.log10(raw))
    step = next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= raw)
    first = math.ceil(span[0] / step)
    return [(number * step, short(number * step)) for number in range(first, math.floor(span[1] / step) + 1)]


def short(value: float) -> str:
    """0.003, 0.5, 12, 3,000: as few characters as tell."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else str(value)
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _scaled(value: float, span: Span) -> float:
    if not span[1] > span[0] or math.isnan(value):
        return 0.0
    return min(max((value - span[0]) / (span[1] - span[0]), 0.0), 1.0)


def _between(start: tuple[int, int], end: tuple[int, int]) -> list[tuple[int, int]]:
    steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
    return [
        (round(start[0] + (end[0] - start[0]) * step / steps), round(start[1] + (end[1] - start[1]) * step / steps))
        for step in range(steps + 1)
    ]
