"""Streaming exports: CSV for spreadsheets, JSON lines for programs. Rows come from store/export/rows.py.

CSV: RFC 4180, UTF-8, CRLF between rows; text cells as told in store/export/csv_cells.py, numbers as numbers. Several values in
one cell are joined: `chain` by " -> ", `expected` and `reason` by " | ", `step_errors` by blanks.
JSON lines: one object per row with the same names, lists as lists; everything beyond ASCII is escaped, so that no terminal
acts on it and lone surrogates survive (but two halves that make a character are read back as that character; CSV keeps
them apart).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from typing import TextIO

from store.base.targets import replacing
from store.export.csv_cells import escape_cell, unescape_cell
from store.export.rows import ExportRow

__all__ = ["COLUMNS", "JOINTS", "escape_cell", "opened", "unescape_cell", "write_csv", "write_jsonl"]

COLUMNS = tuple(field.name for field in fields(ExportRow))
BOM = "\ufeff"
JOINTS = {"chain": " -> ", "expected": " | ", "step_errors": " ", "reason": " | "}


def cells(row: ExportRow) -> list[str]:
    """The row as it stands in the file."""
    return [_cell(name, getattr(row, name)) for name in COLUMNS]


def _cell(name: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        value = JOINTS[name].join(f"{part:.6g}" if isinstance(part, float) else str(part) for part in value)
    if isinstance(value, int | float):
        return repr(value)
    return escape_cell(str(value))


def write_csv(rows: Iterable[ExportRow], stream: TextIO, *, bom: bool = False) -> int:
    """Write header and rows; the stream must not translate newlines. Returns the number of rows.

    `bom`: a byte order mark first, by which a spreadsheet on Windows tells UTF-8 from the code page.
    """
    if bom:
        stream.write(BOM)
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    written = 0
    for row in rows:
        writer.writerow(cells(row))
        written += 1
    return written


def write_jsonl(rows: Iterable[ExportRow], stream: TextIO) -> int:
    """Write one object per line. Returns the number of rows."""
    written = 0
    for row in rows:
        stream.write(json.dumps(asdict(row)) + "\n")
        written += 1
    return written


@contextmanager
def opened(target: Path, forbidden: Collection[Path] = ()) -> Iterator[TextIO]:
    """A text stream (UTF-8, newlines as written) into `target`; see store.base.targets for what becomes of the file."""
    with replacing(target, forbidden) as raw:
        stream = io.TextIOWrapper(raw, encoding="utf-8", newline="")
        try:
            yield stream
        finally:
            # Also when the block failed: the wrapper would close the file under its owner when it is collected.
            stream.detach()
