"""JSON of any layout: one object per line, an array, or pretty-printed objects one after another."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice, repeat
from operator import is_not
from typing import Any, BinaryIO, cast

from engine.domain.records import SAMPLE_BYTES, ReaderItem, Reject
from engine.errors import InputError
from engine.readers.containers import preamble
from engine.readers.contract import HEAD_BYTES, ReadOptions, Record
from engine.readers.guess.guessed import other_than_process
from engine.readers.records import mapped
from engine.readers.records.shapes import guessable, items_of, recognised
from engine.readers.records.typed_lines import TypedLines
from engine.readers.records.typed_values import GENERAL
from engine.readers.text.bounded_lines import line_blocks
from engine.readers.text.encoding import Rest, as_utf8
from engine.readers.text.hosts import named
from engine.readers.text.json_split import Piece, split_objects
from engine.readers.text.json_text import load_object
from engine.readers.text.moments import Moments

_PROBE = 200
"""How many records detection looks at."""
_ARRAY = rb'\[\s*+(?:[\[{"]|\Z)'
_LIKE_ARRAY = re.compile(_ARRAY)
_LIKE_JSON = re.compile(rb'\{\s*+(?:"|\Z)|' + _ARRAY)
"""How a JSON object or an array of them begins, which "[pid 12]" and "[2024-01-01]" do not."""
_BEGINS = re.compile(rb"^[ \t]*+(?:" + _LIKE_JSON.pattern + rb")", re.MULTILINE)
_ENOUGH = 0.3
"""Share of objects among lines and objects; `evtx_dump -o json` writes a line before each of them."""
_FEW, _PROOF = 0.1, 3
"""Where fewer are objects, so many of them have to be known: a text may quote one."""
_BRACKETS = frozenset((b"[", b"]", b","))
"""Lines of an array that are no records."""


class JsonReader:
    """JSON lines, arrays, concatenated documents; the shape of each record is told record by record."""

    name = "json"

    def sniff(self, head: bytes, path: str) -> float:
        """High when records of a known shape are found, by their share of what there is: a few stray lines hide no log, and a few
        objects make none of another's. Low for other JSON records, none for a single other document.
        """
        start = head.lstrip()
        if start[:1] not in (b"{", b"[") and _BEGINS.search(head) is None:
            return 0.0
        records, strays = _probe(head)
        share = len(records) / (len(records) + strays) if records else 0.0
        needed = _PROOF if share < _FEW else 1
        if len(list(islice(filter(recognised, records), needed))) == needed:
            return 0.95 if share >= _ENOUGH else 0.35 + share
        # A record larger than the head proves nothing either way: whoever could make the first one large would hide the
        # log, so it is read, and rejected where it is none.
        cut = len(head) >= HEAD_BYTES and _LIKE_JSON.match(start) is not None
        if records and share >= _ENOUGH and any(map(guessable, records)):
            return 0.5
        return 0.35 if (len(records) > 1 and share >= _ENOUGH) or cut else 0.1

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """Positions count lines for JSON lines, records otherwise."""
        plain = as_utf8(stream)
        head, skipped = preamble.skip(plain)
        # A stream that breaks here breaks again below, behind the records that came before.
        with suppress(InputError):
            while head and len(head) < HEAD_BYTES and (part := plain.read(HEAD_BYTES - len(head))):
                head += part
        rest: Any = Rest(plain, head, "utf-8")
        moments = Moments.of(hint)
        items = _lines(rest, hint, moments, skipped) if _is_lines(head) else _objects(rest, hint, moments)
        yield from named(items, hint.host) if hint.host else items
        yield from moments.notes()


READER = JsonReader()


def _is_lines(head: bytes) -> bool:
    """Whether lines are objects of their own: more of them than lines that only begin one. Pretty-printed text has such lines."""
    if _LIKE_ARRAY.match(head.lstrip()):
        return False
    whole = opened = 0
    for line in head.split(b"\n"):
        if line[:1] == b"{":
            whole += (sound := load_object(line) is not None)
            opened += not sound and line.rstrip()[-1:] in (b"{", b"[", b",")
            if whole + opened >= _PROBE:
                break
    # One line longer than the head: pretty-printed text would have broken the first line by now.
    large = head.lstrip()[:1] == b"{" and b"\n" not in head.strip() and len(head) >= HEAD_BYTES
    return whole > opened or large


def other_kind(head: bytes) -> str:
    """What JSON is known to be that is about something else than processes, by its first record; "" for what nobody knows."""
    start = preamble.without(head)
    records = _probe(start)[0] if start[:1] in (b"{", b"[") else []
    return other_than_process(records[0]) if records else ""


def fits_mapping(head: bytes, mapping: Mapping[str, str]) -> bool:
    """Whether any of the first records holds what the user's mapping says is the executable."""
    start = preamble.without(head)
    return start[:1] in (b"{", b"[") and any(mapped.covers(record, mapping) for record in _probe(start)[0])


def _probe(head: bytes) -> tuple[list[dict[str, Any]], int]:
    """The first records, and how many lines beside them are none."""
    records: list[dict[str, Any]] = []
    strays = 0
    for piece in _whole_lines(head) if _is_lines(head) else split_objects(io.BytesIO(head)):
        record = piece.record or (load_object(piece.data) if piece.is_object else None)
        if record is None:
            strays += not piece.cut  # as a head nearly always is
        else:
            records.append(record)
        if len(records) >= _PROBE:
            break
    return records, strays


def _whole_lines(head: bytes) -> Iterator[Piece]:
    """The lines that are not blank; the last one may be cut."""
    for line in head.split(b"\n"):
        if stripped := line.strip():
            yield Piece(line, stripped[:1] in (b"{", b"\xef"))


def _lines(stream: BinaryIO, hint: ReadOptions, moments: Moments, skipped: int = 0) -> Iterator[ReaderItem]:
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
                yield from _line(lines[position - first], position, hint, moments)
            else:
                yield item


def _line(line: bytes, position: int, hint: ReadOptions, moments: Moments) -> Iterable[ReaderItem]:
    """The items of one line, decoded as any JSON is: for lines that the typed decoding leaves."""
    record = load_object(line)
    if record is not None:
        return _items(record, position, hint, moments)
    return (_bad(line, position),) if line and not line.isspace() and line.strip() not in _BRACKETS else ()


def _objects(stream: BinaryIO, hint: ReadOptions, moments: Moments) -> Iterator[ReaderItem]:
    for position, piece in enumerate(split_objects(stream), 1):
        record = piece.record or (load_object(piece.data) if piece.is_object else None)
        if record is not None:
            yield from _items(record, position, hint, moments)
        else:
            yield _cut(piece.data, position) if piece.cut else _bad(piece.data, position)


def _items(record: Record, position: int, hint: ReadOptions, moments: Moments) -> Iterable[ReaderItem]:
    """What a record tells; by the user's mapping where it covers the record."""
    if hint.mapping and mapped.covers(record, hint.mapping):
        return (mapped.map_mapped(record, position, hint.mapping, moments),)
    return items_of(record, position, moments)


def _cut(data: bytes, position: int) -> Reject:
    reason = "The text ends within an array: records may be missing."
    return Reject(position=position, code="cut-json", reason=reason, sample=data)


def _bad(data: bytes, position: int) -> Reject:
    return Reject(position=position, code="bad-json", reason="Not a JSON object.", sample=data[:SAMPLE_BYTES])
