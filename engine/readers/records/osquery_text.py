"""What osqueryi prints unless it is told otherwise: tables drawn with + and |, and `--line`.

osquery.readthedocs.io, "osqueryi": --csv and --json are read by the readers of tables and of JSON. The rows become records.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from engine.domain.records import ReaderItem
from engine.readers.contract import Format, ReadOptions, Record
from engine.readers.records.shapes import items_of, recognised
from engine.readers.text.bounded_lines import numbered_lines
from engine.readers.text.encoding import as_utf8
from engine.readers.text.hosts import named
from engine.readers.text.moments import Moments

FORMATS = (
    Format(
        slug="osqueryi-text",
        title="osqueryi, drawn table and --line",
        export="osqueryi 'SELECT * FROM processes' > rows.txt",
        read="as osqueryi's JSON",
        left_out="as osqueryi's JSON",
        source="osquery.readthedocs.io/en/stable/introduction/using-osqueryi",
    ),
)

_RULE = re.compile(r"\+(?:-+\+){2,}")
_FIELD = re.compile(r" *([a-z][a-z0-9_]{0,63}) = (.*)", re.DOTALL)
_MAX_FIELDS = 200
_PROBE = 5


class OsqueryTextReader:
    """Rows of osqueryi's drawn tables and lines."""

    name = "osqueryi"

    def sniff(self, head: bytes, path: str) -> float:
        """Sure where the first rows are of a known kind."""
        text = head.decode("utf-8", "replace")
        lines = text.split("\n")
        if not any(_RULE.fullmatch(line.strip()) or _FIELD.fullmatch(line) for line in lines[:_PROBE]):
            return 0.0
        rows = (row for row in _rows(enumerate(lines, 1)) if recognised(row[1]))
        return 0.95 if next(rows, None) else 0.0

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """One item per row; positions are those of its first line."""
        moments = Moments.of(hint)
        lines = (
            (number, line.decode("utf-8", "backslashreplace")) for number, line in numbered_lines(as_utf8(stream), hint.path)
        )
        for position, record in _rows(lines):
            items = items_of(record, position, moments)
            yield from named(items, hint.host) if hint.host else items
        yield from moments.notes()


def _rows(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, Record]]:
    """Rows with the number of their first line."""
    widths: list[int] = []
    names: list[str] = []
    held: Record = {}
    first = 0
    for number, line in lines:
        if _RULE.fullmatch(line.strip()):
            # Each table has three rules: above and below its header, and at its end.
            new = [len(part) for part in line.strip().strip("+").split("+")]
            widths, names = new, names if new == widths else []
        elif widths and line.startswith("|"):
            cells = _cells(line, widths)
            if names:
                yield number, {name: cell for name, cell in zip(names, cells, strict=False) if cell}
            else:
                names = cells
        elif found := _FIELD.fullmatch(line):
            name, value = found.groups()
            if name in held or len(held) >= _MAX_FIELDS:
                yield first, held
                held = {}
            first = first if held else number
            held[name] = value.rstrip("\r")
        elif held and not line.strip():
            yield first, held
            held = {}
    if held:
        yield first, held


def _cells(line: str, widths: list[int]) -> list[str]:
    """By the widths of the rule and not by bars: command lines have bars of their own."""
    cells: list[str] = []
    at = 1
    for width in widths:
        cells.append(line[at : at + width].strip())
        at += width + 1
    return cells


READER = OsqueryTextReader()
