"""JSON of any layout: one object per line, an array, or pretty-printed objects one after another."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import islice
from typing import Any, BinaryIO

from msgspec.structs import replace

from engine.readers import osquery
from engine.readers.bounded_lines import numbered_lines
from engine.readers.encoding import Rest, as_utf8
from engine.readers.json_shapes import map_json, recognised
from engine.readers.json_split import salvage, split_objects
from engine.readers.json_text import load_object
from engine.readers.registry import HEAD_BYTES, ReadOptions
from engine.records import SAMPLE_BYTES, ProcessEvent, ReaderItem, Reject

_PROBE = 20
"""How many lines or records detection looks at."""


class JsonReader:
    """JSON lines, arrays, concatenated documents; the shape of each record is told record by record."""

    name = "json"

    def sniff(self, head: bytes, path: str) -> float:
        """High when a record of a known shape is found, low for other JSON records, none for a single other document."""
        if head.lstrip()[:1] not in (b"{", b"["):
            return 0.0
        records = _probe(head)
        if any(recognised(record) for record in records):
            return 0.95
        return 0.35 if len(records) > 1 else 0.1

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """Positions count lines for JSON lines, records otherwise."""
        plain = as_utf8(stream)
        head = plain.read(HEAD_BYTES)
        while head and len(head) < HEAD_BYTES and (part := plain.read(HEAD_BYTES - len(head))):
            head += part
        rest: Any = Rest(plain, head, "utf-8")
        items = _lines(rest, hint) if _is_lines(head) else _objects(rest)
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


def _probe(head: bytes) -> list[dict[str, Any]]:
    if _is_lines(head):
        found = (load_object(line) for line in head.split(b"\n")[: 10 * _PROBE])
        return [record for record in islice(found, 10 * _PROBE) if record]
    pieces = (piece.record or load_object(piece.data) for piece in split_objects(io.BytesIO(head)) if piece.is_object)
    return [record for record in islice(pieces, _PROBE) if record]


def _lines(stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
    for position, line in numbered_lines(stream, hint.path):
        record = load_object(line)
        if record is not None:
            yield from _mapped(record, position)
        elif line and not line.isspace():
            yield _bad(line, position)


def _objects(stream: BinaryIO) -> Iterator[ReaderItem]:
    position = 0
    for piece in split_objects(stream):
        record = piece.record or (load_object(piece.data) if piece.is_object else None)
        if record is not None:
            position += 1
            yield from _mapped(record, position)
            continue
        for part in salvage(piece.data) if piece.is_object else (piece.data,):
            position += 1
            record = load_object(part)
            yield from (_bad(part, position),) if record is None else _mapped(record, position)


def _mapped(record: dict[str, Any], position: int) -> Iterator[ReaderItem]:
    """One item per record, but one per row of the osquery records that carry many (snapshots, batches)."""
    if "snapshot" in record or "diffResults" in record:
        for row in osquery.expand(record):
            yield map_json(row, position)
    else:
        yield map_json(record, position)


def _bad(data: bytes, position: int) -> Reject:
    return Reject(position=position, code="bad-json", reason="Not a JSON object.", sample=data[:SAMPLE_BYTES])
