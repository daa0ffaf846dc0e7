"""What stands before the header of a table, and which delimiter it has: once, for detection and for reading.

Detection that skips a "#TYPE" line before a reader that does not makes a damaged row of every row.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from itertools import chain, islice

from engine.readers.text.csv_rows import Row

DELIMITERS = ",;\t|"
TYPE_LINE = "#TYPE "
"""What Export-Csv of Windows PowerShell writes first: the type of the objects."""
_SEPARATOR = re.compile(r"\s*\"?sep=(.)\"?\s*", re.IGNORECASE)
"""What tells Excel the delimiter."""
_QUOTED = re.compile(r'"[^"]*"')
_AHEAD = 30
"""Lines among which the header is looked for."""
_LONGEST = 65_536
_BELOW = 3
"""Rows under the header of which one is sound."""
ONE_COLUMN = frozenset(("_raw", "message", "event.original"))
"""Names under which a table of one column holds whole events: what `| table _raw | outputcsv` writes."""
_MANY = 3
"""Cells of a table that may stand below lines that are none of it."""


def past_preface(lines: Iterator[str]) -> tuple[str, Iterator[str]]:
    """The delimiter, "" when there is nothing, and the lines from the header on: behind blanks, comments, "sep=;", a title."""
    delimiter = ""
    for line in lines:
        stripped = line.strip()
        if stripped.startswith("\ufeff"):
            line, stripped = line.lstrip("\ufeff"), stripped.lstrip("\ufeff")  # noqa: PLW2901
        if found := _SEPARATOR.fullmatch(stripped[:20]):
            delimiter = found.group(1)
        elif stripped and not _is_comment(stripped):
            first = [line, *islice(lines, _AHEAD)]
            start = 0 if delimiter else _header_at(first)
            return delimiter or delimiter_of(first[start]), chain(first[start:], lines)
    return "", iter(())


def delimiter_of(line: str) -> str:
    """The likeliest delimiter of a header line: the one that occurs most outside quotes."""
    bare = _QUOTED.sub("", line[:_LONGEST])
    found = max(DELIMITERS, key=bare.count)
    # A row that an exporter put into quotes as a whole has its delimiters inside.
    return found if found in bare else max(DELIMITERS, key=line[:_LONGEST].count)


def _is_comment(line: str) -> bool:
    """A line with "#" that is no header: a header has at least three cells."""
    return line.startswith("#") and (line.startswith(TYPE_LINE) or line.count(delimiter_of(line)) < _MANY - 1 or line[1:2] == " ")


def _header_at(lines: list[str]) -> int:
    """Where the header is: at a line without any delimiter only when lines with the same number of them follow; of the next few
    one has to, since the first may be damaged.
    """
    if any(delimiter in lines[0] for delimiter in DELIMITERS) or lines[0].strip().strip('"') in ONE_COLUMN:
        return 0
    for at, line in enumerate(lines[1:], 1):
        delimiter = delimiter_of(line)
        count = line.count(delimiter)
        if count >= _MANY - 1:
            below = islice((line for line in lines[at + 1 :] if line.strip()), _BELOW)
            return at if any(one.count(delimiter) == count for one in below) else 0
    return 0


def unwrapped(rows: Iterator[Row]) -> Iterator[Row]:
    """The rows; where each one is a single quoted cell that holds a row itself, what it holds (tables saved by a program that
    took them for text).
    """
    first = next(rows, None)
    if first is None:
        return
    inner = _inside(first)
    if inner is None:
        yield first
        yield from rows
        return
    yield inner
    for row in rows:
        yield _inside(row) or row


def _inside(row: Row) -> Row | None:
    if row.error or len(row.cells) != 1:
        return None
    delimiter = delimiter_of(row.cells[0])
    if row.cells[0].count(delimiter) < _MANY - 1:
        return None
    try:
        cells = next(csv.reader([row.cells[0]], delimiter=delimiter), [])
    except csv.Error:
        return None
    return Row(row.number, cells) if len(cells) >= _MANY else None
