"""Items of lines that are JSON objects of their own, whichever process reads them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from operator import is_not
from typing import cast

from engine.domain.event_table import Items, ItemTable
from engine.domain.records import SAMPLE_BYTES, ReaderItem, Reject
from engine.readers.contract import Record
from engine.readers.records import mapped
from engine.readers.records.envelopes import filled_in
from engine.readers.records.shapes import items_of
from engine.readers.records.typed_lines import TypedLines
from engine.readers.records.typed_values import GENERAL
from engine.readers.records.wrapped.embedded import records_in_line
from engine.readers.text.json_text import load_object
from engine.readers.text.moments import Moments

BETWEEN = re.compile(rb"[\[\],]|Record \d{1,20}")
"""Lines between records: of an array, and those that evtx_dump writes."""


class LineReader:
    """Reads lines of one stream, some at a time."""

    def __init__(self, mapping: Mapping[str, str] | None, moments: Moments, typed: TypedLines) -> None:
        self._typed = None if mapping else typed
        self._mapping = mapping
        self._moments = moments
        self.printed_from: int | None = None
        """The line from which on objects are printed over several, where one was met: `read` has ended before it."""

    def read(self, lines: Sequence[bytes], first: int) -> Iterator[Items]:
        """The items of lines, the first of which is at position `first`: one by one, or a single table."""
        items = self._typed.read(lines, first) if self._typed else [GENERAL] * len(lines)
        if isinstance(items, ItemTable):
            yield items
            return
        if all(map(is_not, items, repeat(GENERAL))):
            yield from cast("list[ReaderItem]", items)
            return
        for position, item in enumerate(items, first):
            if item is not GENERAL:
                yield item
                continue
            line = lines[position - first]
            if line.strip() == b"{":
                self.printed_from = position
                return
            yield from self._line(line, position)

    def _line(self, line: bytes, position: int) -> Iterable[ReaderItem]:
        """The items of one line, decoded as any JSON is: for lines that the typed decoding leaves."""
        record = load_object(line)
        if record is not None:
            return record_items(record, position, self._mapping, self._moments)
        if not line or line.isspace() or BETWEEN.fullmatch(line.strip()):
            return ()
        records, header = records_in_line(line)
        if records:
            return self._headed(records, header, position)
        return (None,) if header else (not_json(line, position),)

    def _headed(self, records: list[Record], header: Record, position: int) -> Iterator[ReaderItem]:
        for record in records:
            for item in record_items(record, position, self._mapping, self._moments):
                yield filled_in(item, header, self._moments)


def record_items(record: Record, position: int, mapping: Mapping[str, str] | None, moments: Moments) -> Iterable[ReaderItem]:
    """What a record tells; by the user's mapping where it covers the record."""
    if mapping and mapped.covers(record, mapping):
        return (mapped.map_mapped(record, position, mapping, moments),)
    return items_of(record, position, moments)


def not_json(data: bytes, position: int) -> Reject:
    """The Reject for what should be an object and is none."""
    return Reject(position=position, code="bad-json", reason="Not a JSON object.", sample=data[:SAMPLE_BYTES])
