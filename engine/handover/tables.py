"""Streaming exports: CSV for spreadsheets, JSON lines for programs. Rows come from store/export/rows.py and listing.py.

CSV: RFC 4180, UTF-8, CRLF between rows; text cells as told in engine/handover/csv_cells.py, numbers as numbers. Several values in
one cell are joined: `chain` by " -> ", `expected` and `reason` by " | ", `step_errors` by blanks.
JSON lines: one object per row with the same names, lists as lists; everything beyond ASCII is escaped, so that no terminal
acts on it and lone surrogates survive (but two halves that make a character are read back as that character; CSV keeps
them apart).
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from operator import attrgetter
from typing import Any, TextIO

from engine.handover.csv_cells import escape_cell, escape_cells
from engine.handover.rows import COLUMNS, JOINTS

BOM = "\ufeff"
BLOCK = 500
"""Rows that are written at a time, a column at once."""


def _blocks(
    rows: Iterable[Any], columns: Sequence[str], made: Callable[[str, Sequence[Any]], Sequence[str]]
) -> Iterator[list[tuple[str, ...]]]:
    """Rows of texts, BLOCK at a time. `made(name, values)`: the texts of different values of a column."""
    coming = iter(rows)
    while block := list(islice(coming, BLOCK)):
        yield [*zip(*(_column(name, [*map(attrgetter(name), block)], made) for name in columns), strict=True)]


def _column(name: str, values: list[Any], made: Callable[[str, Sequence[Any]], Sequence[str]]) -> Sequence[str]:
    # Most values are those of a chain, the same object in each of its rows. By identity and not by what is equal: 1, 1.0 and
    # True are equal, 0.0 and -0.0 are, and none is written like the other.
    numbers = [*map(id, values)]
    distinct = dict(zip(numbers, values, strict=True))
    if len(distinct) == len(values):
        return made(name, values)
    texts = dict(zip(distinct, made(name, [*distinct.values()]), strict=True))
    return [*map(texts.__getitem__, numbers)]


def _cells(name: str, values: Sequence[Any]) -> Sequence[str]:
    """Values of a column as they stand in a CSV."""
    kinds = set(map(type, values))
    if kinds == {str}:
        return escape_cells(values)
    if kinds == {tuple}:
        return escape_cells([_joined(name, value) for value in values])
    # In front of a number no apostrophe, also where it is negative.
    return ["" if value is None else repr(value) if isinstance(value, int | float) else escape_cell(value) for value in values]


def _joined(name: str, parts: tuple[object, ...]) -> str:
    return JOINTS[name].join([f"{part:.6g}" if isinstance(part, float) else str(part) for part in parts])


def _members(name: str, values: Sequence[Any]) -> Sequence[str]:
    """The same as members of a JSON object."""
    return [f'"{name}": {json.dumps(value)}' for value in values]


def write_csv(rows: Iterable[Any], stream: TextIO, columns: Sequence[str] = COLUMNS, *, bom: bool = False) -> int:
    """Write header and rows, whose fields `columns` names; the stream must not translate newlines. Returns the number of rows.

    `bom`: a byte order mark first, by which a spreadsheet on Windows tells UTF-8 from the code page.
    """
    if bom:
        stream.write(BOM)
    writer = csv.writer(stream)
    writer.writerow(columns)
    written = 0
    for block in _blocks(rows, columns, _cells):
        writer.writerows(block)
        written += len(block)
    return written


def write_jsonl(rows: Iterable[Any], stream: TextIO, columns: Sequence[str] = COLUMNS) -> int:
    """Write one object per line, of the fields that `columns` names. Returns the number of rows."""
    written = 0
    for block in _blocks(rows, columns, _members):
        stream.write("".join([f"{{{', '.join(members)}}}\n" for members in block]))
        written += len(block)
    return written


def write_documents(documents: Iterable[dict[str, Any]], stream: TextIO) -> int:
    """Write one JSON object per line. Returns their number."""
    written = 0
    for document in documents:
        stream.write(json.dumps(document) + "\n")
        written += 1
    return written
