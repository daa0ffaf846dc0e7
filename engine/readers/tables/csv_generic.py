"""Any table of process creations: by the user's mapping, or by what its columns are called and hold."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import BinaryIO

from engine.domain.records import ReaderItem, Reject
from engine.readers.contract import Format, ReadOptions
from engine.readers.guess.evidence import Judgement, judge, names_of
from engine.readers.guess.guessed import map_cells, map_row, unknown
from engine.readers.text.csv_common import head_rows, header_of, table
from engine.readers.text.csv_mapping import columns_for
from engine.readers.text.hosts import named
from engine.readers.text.moments import Moments

FORMATS = (
    Format(
        slug="csv",
        title="Tables of processes with other columns",
        export="any program that writes CSV: a header, one process creation a row",
        read="rows with an executable and a process id, a parent or a command line; columns are told by names and values, or "
        "by --map",
        left_out="rows that an event column, an address, a registry key or the like says are about something else",
        source="invented tables; which columns mean what stands in engine/readers/text/csv_mapping.py",
    ),
)

_SAMPLE = 200
"""Rows by which a table is judged."""
SURE, UNSURE = 0.6, 0.31
"""Process creations; a table with programs in it that nobody understands, which is listed as such."""


class GenericReader:
    """The last resort for tables; more specific readers are surer of theirs."""

    name = "csv"

    def sniff(self, head: bytes, path: str) -> float:
        """By what the first rows are; a table that is known to be about something else is none."""
        judged = judge_head(head)
        if judged is None or judged.other:
            return 0.0
        return SURE if judged.columns else UNSURE if judged.near else 0.0

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """One item per row; Unknown for all of them where it cannot be told what they are. Raises InputError when a column
        that the user mapped is not there.
        """
        moments = Moments.of(hint)
        items = _mapped(stream, hint, moments) if hint.mapping else _guessed(stream, hint, moments)
        yield from named(items, hint.host) if hint.host else items
        yield from moments.notes()


def judge_head(head: bytes) -> Judgement | None:
    """What a table is by its first rows, the last of which may be cut; None for what is no table."""
    rows = head_rows(head, _SAMPLE)
    if len(rows) < 2 or len(rows[0]) < 2:
        return None
    header = header_of(rows[0])
    sample = [dict(zip(header, row, strict=False)) for row in rows[1:] if row != rows[0]]
    return judge(sample) if sample else None


def is_header_only(head: bytes) -> bool:
    """Whether a table has the columns of processes, and nothing below them: an empty log and no other file."""
    rows = head_rows(head, _SAMPLE)
    return len(rows) == 1 and len(names_of(tuple(header_of(rows[0]))).fields) > 2


def _mapped(stream: BinaryIO, hint: ReadOptions, moments: Moments) -> Iterator[ReaderItem]:
    columns: dict[str, str] | None = None
    for row in table(stream, hint.path):
        if isinstance(row, Reject):
            yield row
            continue
        if columns is None:
            columns = columns_for(list(row[1]), hint.mapping or {}, hint.path)
        yield map_cells(row[1], row[0], columns, moments)


def _guessed(stream: BinaryIO, hint: ReadOptions, moments: Moments) -> Iterator[ReaderItem]:
    rows = table(stream, hint.path)
    first = list(islice(rows, _SAMPLE))
    sample = [row[1] for row in first if not isinstance(row, Reject)]
    judged = judge(sample) if sample else Judgement({})
    for row in chain(first, rows):
        if isinstance(row, Reject):
            yield row
        elif judged.columns:
            yield map_row(row[1], row[0], judged, moments)
        elif judged.other:
            moments.set_aside(judged.other)
            yield None
        else:
            yield unknown(tuple(row[1]), row[0], judged)


READER = GenericReader()
