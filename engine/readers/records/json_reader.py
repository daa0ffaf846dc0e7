"""JSON of any layout: one object per line, an array, or pretty-printed objects one after another."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import chain, islice, repeat
from typing import Any, BinaryIO, NamedTuple

from engine.domain.event_table import Items, flat
from engine.domain.records import ReaderItem, Reject, Unknown
from engine.errors import InputError
from engine.readers.containers import preamble
from engine.readers.contract import HEAD_BYTES, Format, ReadOptions, Record
from engine.readers.guess.guessed import other_than_process
from engine.readers.linux.auditd_parts import together
from engine.readers.records import mapped
from engine.readers.records.lines import json_blocks
from engine.readers.records.lines.json_lines import BETWEEN, LineReader, not_json, record_items
from engine.readers.records.shapes import guessable, recognised, wraps
from engine.readers.records.typed_lines import TypedLines
from engine.readers.records.wrapped.embedded import records_in_line
from engine.readers.text.bounded_lines import lines_of, text_blocks
from engine.readers.text.encoding import Rest, as_utf8
from engine.readers.text.hosts import named
from engine.readers.text.json_split import Piece, split_objects
from engine.readers.text.json_text import load_object
from engine.readers.text.moments import Moments

_PROBE = 200
"""How many records detection looks at."""
_ARRAY = rb'\[\s*+(?:[\[{"]|\Z)'
_LIKE_ARRAY = re.compile(_ARRAY)
_OF_TEXTS = re.compile(rb'\[(?:[ \t\r]*+\n\s*+"\{|\s*+"(?:<|\\u003[cC])Event[ >])')
"""An array of texts, each of which is a record: JSON on lines of their own, the XML of events anyhow."""
_LIKE_JSON = re.compile(rb'\{\s*+(?:"|\Z)|' + _ARRAY)
"""How a JSON object or an array of them begins, which "[pid 12]" and "[2024-01-01]" do not."""
_BEGINS = re.compile(rb"^[ \t\x1e]*+(?:" + _LIKE_JSON.pattern + rb'|"\{|[^\n{]{1,512}?[ \t:\]]\{[ \t]*+")', re.MULTILINE)
"""One of them at the beginning of a line, in quotes, or behind a syslog header."""
_ENOUGH = 0.3
"""Share of objects among lines and objects; `evtx_dump -o json` writes a line before each of them."""
_FEW, _PROOF = 0.1, 3
"""Where fewer are objects, so many of them have to be known: a text may quote one."""


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
            # Nothing but objects: nobody else needs to look, and with many small files that is much of the time.
            alone = strays == 0 and start[:1] in (b"{", b"[")
            return 1.0 if alone else 0.95 if share >= _ENOUGH else 0.35 + share
        # A record larger than the head proves nothing either way: whoever could make the first one large would hide the
        # log, so it is read, and rejected where it is none.
        cut = len(head) >= HEAD_BYTES and _LIKE_JSON.match(start) is not None
        if records and share >= _ENOUGH and any(map(guessable, records)):
            return 0.5
        return 0.35 if (len(records) > 1 and share >= _ENOUGH) or cut else 0.1

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """Positions count lines for JSON lines, records otherwise."""
        return flat(self.tables(stream, hint))

    def tables(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[Items]:
        """As TablingReader: what other processes read stays in tables."""
        plain = as_utf8(stream)
        head, skipped = preamble.skip(plain)
        # A stream that breaks here breaks again below, behind the records that came before.
        with suppress(InputError):
            while head and len(head) < HEAD_BYTES and (part := plain.read(HEAD_BYTES - len(head))):
                head += part
        rest: Any = Rest(plain, head, "utf-8")
        moments = Moments.of(hint)
        items = _lines(rest, hint, moments, skipped) if _judged(head).lines else _objects(rest, hint, moments)
        items = together(items, moments)
        yield from named(flat(items), hint.host) if hint.host else items
        yield from moments.notes()


FORMATS: tuple[Format, ...] = ()
"""Kinds of records declare theirs."""
READER = JsonReader()


class _Judged(NamedTuple):
    """What a head is, and what was decoded to tell."""

    lines: bool
    """Lines are objects of their own."""
    records: list[Record | None]
    """Of the first lines, in order: those that are an object, and None."""


def _judged(head: bytes) -> _Judged:
    """Whether lines are objects of their own: more of them than lines that only begin one. Pretty-printed text has such lines."""
    start = head.lstrip()
    if _LIKE_ARRAY.match(start):
        return _Judged(_OF_TEXTS.match(start) is not None, [])
    whole = opened = 0
    records: list[Record | None] = []
    for line in head.split(b"\n"):
        record = load_object(line) if line[:1] == b"{" else None
        records.append(record)
        if record is not None:
            whole += 1
        elif line[:1] == b"{":
            opened += line.rstrip()[-1:] in (b"{", b"[", b",")
            if line.rstrip() == b"{":
                return _Judged(False, [])
        elif line.rstrip()[-2:] == b'}"' or line.rstrip()[-1:] == b"}":
            whole += bool(records_in_line(line)[0])
        if whole + opened >= _PROBE:
            break
    # One line longer than the head: pretty-printed text would have broken the first line by now.
    large = start[:1] == b"{" and b"\n" not in head.strip() and len(head) >= HEAD_BYTES
    lines = whole > opened or (large and not any(piece.heads for piece in split_objects(io.BytesIO(start), wraps)))
    return _Judged(lines, records if lines else [])


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
    judged = _judged(head)
    decoded = map(_in_line, head.split(b"\n"), chain(judged.records, repeat(None)))
    for found in decoded if judged.lines else map(_in_piece, split_objects(io.BytesIO(head), wraps)):
        if found is None:
            strays += 1
        else:
            records += found
        if len(records) >= _PROBE:
            break
    return records, strays


def _in_line(line: bytes, decoded: Record | None) -> list[Record] | None:
    """The records of a line, none of a line that is blank or only stands between records; None where something else is in it."""
    record = decoded or load_object(line)
    if record is not None:
        return [record]
    return [] if not (stripped := line.strip()) or BETWEEN.fullmatch(stripped) else records_in_line(line)[0] or None


def _in_piece(piece: Piece) -> list[Record] | None:
    """The same of a piece; what stood around it is put around it again."""
    record = piece.record or load_object(piece.data)
    if record is None:
        # A head nearly always is cut.
        return [] if piece.cut or BETWEEN.fullmatch(piece.data) else records_in_line(piece.data)[0] or None
    for head in reversed(piece.heads):
        record = head.around([record])
    return [record]


def _lines(stream: BinaryIO, hint: ReadOptions, moments: Moments, skipped: int = 0) -> Iterator[Items]:
    """`skipped` lines of blanks and comments came before."""
    line_reader = LineReader(hint.mapping, moments, TypedLines())
    numbered = ((number + skipped, block) for number, block in text_blocks(stream, hint.path))
    blocks = json_blocks.read(numbered, hint)
    for number, block, answer in blocks:
        if answer:
            yield json_blocks.items_of_answer(answer, moments)
            continue
        lines = lines_of(block)
        yield from line_reader.read(lines, number)
        if line_reader.printed_from is not None:
            # From here on objects are printed over lines, or both are mixed.
            rest = (lines_of(other.data) for other in blocks)
            at = line_reader.printed_from
            yield from _objects(_Joined(lines[at - number :], rest), hint, moments, at)
            return


class _Joined:
    """Lines as the stream that they are of."""

    def __init__(self, lines: list[bytes], blocks: Iterator[list[bytes]]) -> None:
        self._lines = lines
        self._blocks = blocks

    def read(self, size: int = -1) -> bytes:
        """The lines at hand; b"" at the end. `size` is not kept to."""
        lines, self._lines = self._lines or next(self._blocks, []), []
        return b"".join(line + b"\n" for line in lines)


def _objects(stream: Any, hint: ReadOptions, moments: Moments, start: int = 1) -> Iterator[Items]:
    for position, piece in enumerate(split_objects(stream, wraps), start):
        records = _in_piece(piece)
        if records is None:
            yield not_json(piece.data, position)
        elif piece.cut:
            yield _cut(piece.data, position)
        for record in records or ():
            items = record_items(record, position, hint.mapping, moments)
            # What is left of an answer whose records were read holds others, or none.
            yield from (item for item in items if not isinstance(item, Unknown)) if piece.rest else items


def _cut(data: bytes, position: int) -> Reject:
    reason = "The text, or an object in it, ends within an array: records may be missing."
    return Reject(position=position, code="cut-json", reason=reason, sample=data)
