"""Rows out of the lines of a table, and the way back to them behind a lost quote.

Behind a lost quote everything up to the next quote is one cell, which may be megabytes of sound rows. A row of several lines is
therefore checked: where it has quotes that `csv` only tolerates, the table goes on at the first of its lines that begins a row of
the right width. The lines before it are lost, and each is told. Another width alone proves nothing: rows may be wider than the
header, and what a lost quote swallows ends in a quote that stands before a cell's text, which strict parsing refuses.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

_EFFORT = 4
"""Lines that are parsed again for each line of a damaged row."""


class Row(NamedTuple):
    """One row; `number` counts from 1, the header too where there is one. `error` is set when it cannot be parsed: then `cells`
    is the line as it is, and each line of a damaged stretch counts as a row.
    """

    number: int
    cells: list[str]
    error: str = ""


class CellLayout(NamedTuple):
    """How the cells of a table are set apart."""

    delimiter: str
    quote: str = '"'
    blanks: bool = False
    """Blanks before a cell are none of it."""

    def reader(self, lines: Iterator[str], strict: bool = False) -> Iterator[list[str]]:
        """The cells of rows, as the csv module reads them."""
        return csv.reader(lines, delimiter=self.delimiter, quotechar=self.quote, skipinitialspace=self.blanks, strict=strict)


def rows_of(lines: Iterator[str], layout: CellLayout, width: int = 0) -> Iterator[Row]:
    """The rows, blank ones left out. `width` is that of a sound row; 0 is that of the first one."""
    number = 0
    again: deque[str] = deque()
    taken: list[str] = []
    while True:
        lost, reason = 0, ""
        try:
            for cells in layout.reader(_remembered(lines, again, taken)):
                if len(taken) > 1 and width and (lost := _swallowed(taken, width, layout)):
                    break
                taken.clear()
                if cells:
                    number += 1
                    width = width or len(cells)
                    yield Row(number, cells)
        except csv.Error as error:
            reason = str(error)
            lost = _swallowed(taken, width, layout) or len(taken)
        if not lost:
            return
        again.extendleft(reversed(taken[lost:]))
        if lost > 1 or len(taken) > 1:
            reason = f"A quote is lost: the next row of {width} cells begins {lost} lines on."
        for line in taken[:lost]:
            number += 1
            yield Row(number, [line.rstrip("\r\n")], reason)
        taken.clear()


def _remembered(lines: Iterator[str], again: deque[str], taken: list[str]) -> Iterator[str]:
    """The lines given back, then the others; what was handed out since `taken` was emptied is in it."""
    while again:
        taken.append(line := again.popleft())
        yield line
    for line in lines:
        taken.append(line)
        yield line


def _swallowed(taken: list[str], width: int, layout: CellLayout) -> int:
    """How many of the lines of a row are lost before a sound row begins; 0 when the row is sound, or when none begins."""
    if _parsed(taken, 0, layout, strict=True)[0] is not None:
        return 0
    left = _EFFORT * len(taken)
    for at in range(1, len(taken)):
        found, used, whole = _parsed(taken, at, layout, strict=True)
        if found is not None and fits(found, width):
            return at
        if not whole:
            # A quote is open at the end of what was taken: the row goes on behind it, if it is one.
            found = _parsed(taken, at, layout, strict=False)[0]
            if found is not None and min(width, 2) <= len(found) <= width:
                return at
        left -= used
        if left < 0:
            break
    return 0


def fits(cells: list[str], width: int) -> bool:
    """Whether a row is as wide as its table; cells beyond may be there when they are empty."""
    return len(cells) == width or (len(cells) > width and not any(cells[width:]))


def _parsed(taken: list[str], at: int, layout: CellLayout, *, strict: bool) -> tuple[list[str] | None, int, bool]:
    """The row that begins at a line (None when it is malformed), the lines it has, and whether it ends among them."""
    used = 0

    def lines() -> Iterator[str]:
        nonlocal used
        for place in range(at, len(taken)):
            used += 1
            yield taken[place]

    try:
        return next(layout.reader(lines(), strict=strict), None), used, True
    except csv.Error as error:
        return None, used, "unexpected end" not in str(error)
