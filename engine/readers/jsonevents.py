"""JSON of any layout: one object per line, an array, or pretty-printed objects one after another."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice, repeat
from operator import is_not
from typing import Any, BinaryIO, cast

from msgspec.structs import replace

from engine.errors import InputError
from engine.readers import json_mapped, osquery, preamble
from engine.readers.bounded_lines import line_blocks
from engine.readers.encoding import Rest, as_utf8
from engine.readers.json_shapes import map_json, recognised
from engine.readers.json_split import salvage, split_objects
from engine.readers.json_text import load_object
from engine.readers.registry import HEAD_BYTES, ReadOptions
from engine.readers.typed_lines import TypedLines
from engine.readers.typed_values import GENERAL
from engine.records import SAMPLE_BYTES, ProcessEvent, ReaderItem, Reject

_PROBE = 20
"""How many lines or records detection looks at."""
_LIKE_JSON = re.compile(rb'\{\s*+(?:"|\Z)|\[\s*+(?:[\[{"]|\Z)')
"""How a JSON object or an array of them begins, which "[pid 12]" and "[2024-01-01]" do not."""


class JsonReader:
    """JSON lines, arrays, concatenated documents; the shape of each record is told record by record."""

    name = "json"

    def sniff(self, head: bytes, path: str) -> float:
        """High when a record of a known shape is found, low for other JSON records, none for a single other document."""
        start = head.lstrip()
        if start[:1] not in (b"{", b"["):
            return 0.0
        records = _probe(head)
        if any(recognised(record) for record in records):
            return 0.95
        # A record larger than the head proves nothing either way: whoever could make the first one large would hide the
        # log, so it is read, and rejected where it is none.
        cut = len(head) >= HEAD_BYTES and _LIKE_JSON.match(start) is not None
        return 0.35 if len(records) > 1 or cut else 0.1

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """Positions count lines for JSON lines, records otherwise."""
        plain = as_utf8(stream)
        head, skipped = preamble.skip(plain)
        # A stream that breaks here breaks again below, behind the records that came before.
        with suppress(InputError):
            while head and len(head) < HEAD_BYTES and (part := plain.read(HEAD_BYTES - len(head))):
                head += part
        rest: Any = Rest(plain, head, "utf-8")
        items = _lines(rest, hint, skipped) if _is_lines(head) else _objects(rest, hint)
        if not hint.host:
            yield from items
            return
        for item in items:
            yield replace(item, host=hint.host) if type(item) is ProcessEvent and not item.host else item


READER = JsonReader()


def _is_lines(head: bytes) -> bool:
    """Whether any of the first lines is an object of its own; pretty-printed text has none that starts with a brace."""
    if head.lstrip()[:1] != b"{":
        return False
    for line in head.split(b"\n")[:_PROBE]:
        if line[:1] == b"{" and load_object(line):
            return True
    # One line longer than the head: pretty-printed text would have broken the first line by now.
    return b"\n" not in head.strip() and len(head) >= HEAD_BYTES


def fits_mapping(head: bytes, mapping: Mapping[str, str]) -> bool:
    """Whether any of the first records holds what the user's mapping says is the executable."""
    start = preamble.without(head)
    return start[:1] in (b"{", b"[") and any(json_mapped.covers(record, mapping) for record in _probe(start))


def _probe(head: bytes) -> list[dict[str, Any]]:
    if _is_lines(head):
        found = (load_object(line) for line in head.split(b"\n")[: 10 * _PROBE])
        return [record for record in islice(found, 10 * _PROBE) if record]
    pieces = (piece.record or load_object(piece.data) for piece in split_objects(io.BytesIO(head)) if piece.is_object)
    return [record for record in islice(pieces, _PROBE) if record]


def _lines(stream: BinaryIO, hint: ReadOptions, skipped: int = 0) -> Iterator[ReaderItem]:
    """`skipped` lines of blanks and comments came before."""
    typed = None if hint.mapping else TypedLines()
    for number, lines in line_blocks(stream, hint.path):
        first = number + skipped
        items = typed.read(lines, first) if typed else [GENERAL] * len(lines)
        if all(map(is_not, items, repeat(GENERAL))):
            yield from cast("list[ReaderItem]", items)
            continue
        for position, item in enumerate(items, first):
            if item is GENERAL:
                yield from _line(lines[position - first], position, hint)
            else:
                yield item


def _line(line: bytes, position: int, hint: ReadOptions) -> Iterable[ReaderItem]:
    """One line in the general way."""
    record = load_object(line)
    if record is not None:
        # Nearly every record is one item: a generator for each would cost a tenth of reading it.
        if not hint.mapping and "snapshot" not in record and "diffResults" not in record:
            return (map_json(record, position),)
        return _mapped(record, position, hint)
    return (_bad(line, position),) if line and not line.isspace() else ()


def _objects(stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
    position = 0
    for piece in split_objects(stream):
        record = piece.record or (load_object(piece.data) if piece.is_object else None)
        if record is not None:
            position += 1
            yield from _mapped(record, position, hint)
            continue
        for part in salvage(piece.data) if piece.is_object else (piece.data,):
            position += 1
            record = load_object(part)
            yield from (_bad(part, position),) if record is None else _mapped(record, position, hint)


def _mapped(record: dict[str, Any], position: int, hint: ReadOptions) -> Iterator[ReaderItem]:
    """One item per record, but one per row of the osquery records that carry many (snapshots, batches)."""
    if hint.mapping and json_mapped.covers(record, hint.mapping):
        yield json_mapped.map_mapped(record, hint.mapping, position, hint.host)
    elif "snapshot" in record or "diffResults" in record:
        for row in osquery.expand(record):
            yield map_json(row, position)
    else:
        yield map_json(record, position)


def _bad(data: bytes, position: int) -> Reject:
    return Reject(position=position, code="bad-json", reason="Not a JSON object.", sample=data[:SAMPLE_BYTES])
