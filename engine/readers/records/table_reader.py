"""Tables whose rows are records of a known kind: whatever is read from JSON is read from a CSV of the same names, too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from engine.domain.records import ReaderItem, Reject
from engine.readers.contract import Format, ReadOptions, Record
from engine.readers.linux.auditd_parts import together
from engine.readers.records.shapes import items_of, recognised
from engine.readers.text.csv_common import head_rows, header_of, table
from engine.readers.text.csv_preface import ONE_COLUMN
from engine.readers.text.hosts import named
from engine.readers.text.moments import Moments


class TableReader:
    """CSV with a header of names that a kind of record has."""

    name = "table"

    def sniff(self, head: bytes, path: str) -> float:
        """Whether a row under the header is a record of a known kind."""
        rows = head_rows(head)
        if len(rows) < 2 or (len(rows[0]) < 2 and rows[0][0].lstrip("\ufeff") not in ONE_COLUMN):
            return 0.0
        header = header_of(rows[0])
        known = any(recognised(_record(dict(zip(header, row, strict=False)))) for row in rows[1:])
        return 0.95 if known else 0.0

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """One item per row, more for rows that hold many records."""
        moments = Moments.of(hint)
        items = together(_items(stream, hint, moments), moments)
        yield from named(items, hint.host) if hint.host else items
        yield from moments.notes()


def _items(stream: BinaryIO, hint: ReadOptions, moments: Moments) -> Iterator[ReaderItem]:
    for row in table(stream, hint.path):
        if isinstance(row, Reject):
            yield row
        else:
            yield from items_of(_record(row[1]), row[0], moments)


def _record(row: dict[str, str]) -> Record:
    """The cells that hold something: an empty cell is a field that the record does not have."""
    return {name: cell for name, cell in row.items() if cell}


FORMATS: tuple[Format, ...] = ()
"""Kinds of records declare theirs."""
READER = TableReader()
