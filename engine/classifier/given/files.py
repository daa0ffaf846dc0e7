"""A file or stream of sequences, told by its content and read line by line in bounded memory; a JSON document as a whole."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

from engine.classifier.given import elements, rows
from engine.classifier.given.item import Item, NoSequence
from engine.classifier.given.text import LONGEST
from engine.errors import InputError
from engine.readers.tables.sequence_text import NotASequence, parse_sequence
from engine.readers.text.bounded_lines import numbered_lines
from engine.readers.text.encoding import as_utf8, encoding_of, is_binary, normalise_head

HEAD = 1 << 16
LARGEST_DOCUMENT = 64 << 20
"""Bytes of a JSON document; lines are read however many there are."""
CONTROLS = bytes(code for code in range(0x20) if code not in b"\t\n\f\r\x1b")
"""What is in no text, or there by damage."""
_DAMAGE, _SHARE = 4, 32
"""So many of them, and one in so many bytes, are no damage any more: of compressed or random bytes every tenth is one."""
LINES = "lines of sequences"
_DOCUMENT = re.compile(rb"[\[{]\s*(?:[\[{\"\]}]|$)")
"""How a JSON document begins; lists of names in other quotes are lines."""
KINDS = "one sequence a line (a -> b -> c, ['c', 'b', 'a'], a,b,c), CSV with a column of sequences or one step in each, or JSON"


class NoText(InputError):
    """The content is binary."""


@dataclass(frozen=True, slots=True)
class SequenceReading:
    """A stream that is being read."""

    told: str
    """As what."""
    items: Iterator[Item]


def read(stream: BinaryIO, path: str = "") -> SequenceReading:
    """`path` is for messages. Raises NoText, and InputError for a document that is too large; while it is read, too."""
    head = stream.read(HEAD)
    if _is_no_text(head):
        raise NoText(f"{path} is no text.", file=path, remedy=f"Read are: {KINDS}.")
    text = as_utf8(io.BufferedReader(_Begun(head, stream)))
    lines: Iterator[tuple[int, bytes]] = (one for one in numbered_lines(text, path, LONGEST + 1) if one[1].strip())
    first = next(lines, None)
    if first is None:
        return SequenceReading("an empty text", iter(()))
    begin = first[1].strip()
    if begin[:1] == b"{" and elements.is_one(begin):
        return SequenceReading("JSON, one element a line", _json_lines(chain([first], lines)))
    if _DOCUMENT.match(begin) and not _is_list(begin):
        return SequenceReading("a JSON document", _document(_whole(chain([first], lines), path)))
    line = _text(begin)
    delimiter = rows.delimiter_of(line)
    second = next(lines, None)
    columns = _columns(line, "" if second is None else _text(second[1]), delimiter)
    lines = lines if second is None else chain([second], lines)
    if columns is None:
        return SequenceReading(LINES, (_bare(one, number, delimiter) for number, one in chain([first], lines)))
    return SequenceReading(f"a table: {columns.told()}", (_headed(one, number, delimiter, columns) for number, one in lines))


class _Begun(io.RawIOBase):
    """A stream whose beginning was taken already."""

    def __init__(self, taken: bytes, stream: BinaryIO) -> None:
        super().__init__()
        self._taken, self._stream = taken, stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._taken[: len(buffer)] or self._stream.read(len(buffer))
        self._taken = self._taken[len(data) :] if self._taken else b""
        buffer[: len(data)] = data
        return len(data)


def _is_no_text(head: bytes) -> bool:
    codec, skip = encoding_of(head)
    if codec == "utf-8" and is_binary(head[skip:]):
        return True
    text = normalise_head(head).lstrip(b"\0")
    controls = len(text) - len(text.translate(None, CONTROLS))
    return controls > _DAMAGE and controls * _SHARE > len(text)


def _columns(first: str, second: str, delimiter: str) -> rows.Columns | None:
    try:
        cells = rows.cells_of(first, delimiter)
        columns = rows.columns_of(cells)
    except NotASequence:
        return None
    try:
        below = rows.cells_of(second, delimiter)
    except NotASequence:
        return columns
    return rows.guessed(cells, below) if columns is None else rows.settled(columns, below)


def _bare(line: bytes, number: int, delimiter: str) -> Item:
    return _damaged(line, number) or rows.bare(_text(line), number, delimiter)


def _headed(line: bytes, number: int, delimiter: str, columns: rows.Columns) -> Item:
    return _damaged(line, number) or rows.headed(_text(line), number, delimiter, columns)


def _json_lines(lines: Iterator[tuple[int, bytes]]) -> Iterator[Item]:
    for number, line in lines:
        if (damaged := _damaged(line, number)) is not None:
            yield damaged
            continue
        try:
            yield elements.of_element(elements.loaded(line), number)
        except NotASequence as error:
            # A list in other quotes is none of JSON, and can be read all the same.
            yield rows.bare(_text(line), number, ",") if _is_list(line) else NoSequence(number, str(error))


def _document(lines: list[tuple[int, bytes]]) -> Iterator[Item]:
    try:
        value = elements.loaded(b"\n".join(line for _, line in lines))
    except NotASequence as error:
        # A damaged line among lists costs that line; of a document in many lines nothing can be told apart.
        if len(lines) > 1 and any(_is_list(line) or elements.is_one(line) for _, line in lines):
            yield from _json_lines(iter(lines))
        else:
            yield NoSequence(lines[0][0], str(error))
        return
    yield from elements.of_document(value)


def _whole(lines: Iterator[tuple[int, bytes]], path: str) -> list[tuple[int, bytes]]:
    found, size = [], 0
    for number, line in lines:
        size += len(line) + 1
        if size > LARGEST_DOCUMENT or len(line) > LONGEST:
            raise InputError(
                f"{path} is a JSON document of over {LARGEST_DOCUMENT >> 20} MiB, or has a line of over {LONGEST:,} bytes.",
                file=path,
                remedy="Write one list or object a line: lines are read however many there are.",
            )
        found.append((number, line))
    return found


def _damaged(line: bytes, number: int) -> NoSequence | None:
    if b"\0" in line:
        return NoSequence(number, "it has a zero byte in it")
    return NoSequence(number, f"the line has over {LONGEST:,} bytes") if len(line) > LONGEST else None


def _is_list(line: bytes) -> bool:
    """Whether a line begins with a whole list of names, and goes on with cells of a table if with anything."""
    text = _text(line)
    try:
        names, end = parse_sequence(text)
    except NotASequence:
        return False
    behind = text[end:].strip()
    return not any("->" in name or "→" in name for name in names) and (not behind or (behind[0] in ",;\t" and len(behind) > 1))


def _text(line: bytes) -> str:
    return line.decode("utf-8", "backslashreplace").strip()
