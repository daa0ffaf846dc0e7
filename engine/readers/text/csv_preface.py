"""What stands before the header of a table, and which delimiter it has: once, for detection and for reading.

Detection that skips a "#TYPE" line before a reader that does not makes a damaged row of every row.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from itertools import chain, islice

from engine.readers.text.csv_rows import CellLayout, Row

DELIMITERS = ",;\t|"
TYPE_LINE = "#TYPE "
"""What Export-Csv of Windows PowerShell writes first: the type of the objects."""
_SEPARATOR = re.compile(r"\s*\"?sep=(.)\"?\s*", re.IGNORECASE)
"""What tells Excel the delimiter."""
_QUOTED = re.compile(r'"[^"]*"')
_AHEAD = 30
"""Lines among which the header is looked for, blank ones not counted."""
_FAR = 1 << 20
"""Characters of those lines: blank ones may be as many as somebody likes."""
_SPARSE = 8
"""Rows before the header that are looked at."""
_LONGEST = 65_536
_BELOW = 3
"""Rows under the header of which one is sound."""
ONE_COLUMN = frozenset(("_raw", "message", "event.original"))
"""Names under which a table of one column holds whole events: what `| table _raw | outputcsv` writes."""
_MANY = 3
"""Cells of a table that may stand below lines that are none of it."""


_CURLY = str.maketrans("“”„", '"' * 3)


def past_preface(lines: Iterator[str]) -> tuple[CellLayout | None, Iterator[str]]:
    """The layout, None when there is nothing, and the lines from the header on: behind blanks, comments, "sep=;", a title."""
    delimiter = ""
    for line in lines:
        stripped = line.strip()
        if stripped.startswith("\ufeff"):
            line, stripped = line.lstrip("\ufeff"), stripped.lstrip("\ufeff")  # noqa: PLW2901
        if found := _SEPARATOR.fullmatch(stripped[:20]):
            delimiter = found.group(1)
        elif stripped and not _is_comment(stripped):
            first = _ahead(line, lines)
            start = 0 if delimiter else _header_at(first)
            return _laid_out(delimiter or delimiter_of(first[start]), first[start:], lines)
    return None, iter(())


def _ahead(line: str, lines: Iterator[str]) -> list[str]:
    """A line and those behind it, blank ones too: they may stand within a cell."""
    first, told, size = [line], 0, 0
    while told < _AHEAD and size < _FAR and (line := next(lines, "")):
        first.append(line)
        told += not line.isspace()
        size += len(line)
    return first


def _laid_out(delimiter: str, first: list[str], lines: Iterator[str]) -> tuple[CellLayout, Iterator[str]]:
    """The layout by the first lines, and the lines; quotes that a word processor made curly made straight."""
    curly = f"”{delimiter}“"
    if any(curly in line for line in first):
        first, lines = [line.translate(_CURLY) for line in first], (line.translate(_CURLY) for line in lines)
    below = first[1:] or first
    single = sum(line.count(f"'{delimiter}'") for line in below) > sum(line.count('"') for line in below)
    quote = "'" if single else '"'
    blanks = any(f"{delimiter} {quote}" in line for line in below) and not any(f"{delimiter}{quote}" in line for line in below)
    return CellLayout(delimiter, quote, blanks), chain(first, lines)


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
    if lines[0].strip().strip('"') in ONE_COLUMN:
        return 0
    if any(delimiter in lines[0] for delimiter in DELIMITERS):
        return _past_sparse(lines)
    for at, line in enumerate(lines[1:], 1):
        delimiter = delimiter_of(line)
        count = line.count(delimiter)
        if count >= _MANY - 1:
            below = islice((line for line in lines[at + 1 :] if line.strip()), _BELOW)
            return at if any(one.count(delimiter) == count for one in below) else 0
    return 0


def _past_sparse(lines: list[str]) -> int:
    """Behind rows of a spreadsheet that are a title or name groups of columns: most of their cells are empty, and of the header's
    below them, as wide as they are, none.
    """
    delimiter = delimiter_of(lines[0])
    width = lines[0].count(delimiter)
    for at, line in enumerate(lines[:_SPARSE]):
        cells = [cell.strip(' "\r\n') for cell in line.split(delimiter)]
        if len(cells) != width + 1:
            return 0
        if all(cells):
            return at if width >= _MANY - 1 else 0
        if 2 * sum(map(bool, cells)) > len(cells):
            return 0
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
