r"""Cuts a byte stream into the text of its JSON objects, without parsing them: one giant array stays in bounded memory.

Most documents separate all their objects by the same bytes ("},\n  {"). Once that is learnt, the next occurrence is taken for
the end and the parser is asked: that is a search and a parse, no scan. Where it is refused, the slow and certain way
follows: a regular expression jumps from bracket to bracket over strings (possessive, so that hostile text cannot make it
backtrack); Python only counts depth. A raw newline ends a string, because JSON forbids it inside one: a lost quote
damages one line and not the rest of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

import orjson

MAX_RECORD = 16 * 2**20
"""Longer objects are given up: real events reach 100 KB, script blocks 1 MB."""
_BLOCK = 1 << 18
_NEXT_BRACKET = re.compile(rb'(?:[^"{}\[\]]++|"(?:[^"\\\n]++|\\[^\n])*+["\n])*+([{}\[\]])')
_BETWEEN = b" \t\r\n,\x00\x1e"
_LONGEST_SEPARATOR = 200
_TRIES = 8
"""So many wrong guesses in a row end the guessing."""


class Piece(NamedTuple):
    """Bytes of one object, or of what stands between objects and is none. `record` when it was parsed on the way."""

    data: bytes
    is_object: bool
    record: dict[str, Any] | None = None


def split_objects(stream: BinaryIO) -> Iterator[Piece]:
    """The outermost objects of arrays and concatenated documents, in order, and any garbage between them.

    Objects come as found: whether they parse is for the caller to see (`salvage` for those that do not).
    """
    splitter = _Splitter()
    while block := stream.read(_BLOCK):
        yield from splitter.feed(block)
    yield from splitter.feed(b"")
    yield from splitter.finish()


class _Splitter:
    """Counts brackets. `level` is 1 inside a top-level array, where the records are one deeper."""

    def __init__(self) -> None:
        self._text = b""
        self._at = 0
        """Everything before is scanned."""
        self._start = -1
        """Where the current object starts, -1 between objects."""
        self._gap = 0
        """Where the text since the last object starts."""
        self._depth = 0
        self._level = 0
        self._closing = b""
        """The last object's closing brace and the blanks before it."""
        self._separator = b""
        """From the closing of one object to the opening of the next, as learnt; b"" while unknown."""
        self._wrong = 0
        self._wait = 0
        """Scan again once there is so much to scan: a long string cut by the end of a block is not scanned for each block."""

    def feed(self, block: bytes) -> Iterator[Piece]:
        """Take more bytes, give the pieces that are complete now. An empty block is the end of the stream."""
        self._text += block
        if block and len(self._text) - self._at < min(self._wait, MAX_RECORD):
            return
        while True:
            if self._separator and self._at == self._start + 1:
                while piece := self._guess():
                    yield piece
            match = _NEXT_BRACKET.match(self._text, self._at)
            if match is None:
                break
            self._at = match.end()
            bracket = match.group(1)
            if self._start >= 0:
                self._depth += 1 if bracket in b"{[" else -1
                if self._depth == self._level:
                    data = self._text[self._start : self._at]
                    self._closing = data[len(data[:-1].rstrip()) :]
                    self._start, self._gap = -1, self._at
                    yield Piece(data, True)
            elif bracket == b"{":
                yield from self._between(self._at - 1)
                self._learn(self._at - 1)
                self._start = self._at - 1
                self._depth = self._level + 1
            elif bracket == b"[" and self._level == 0:
                yield from self._between(self._at - 1)
                self._level, self._gap = 1, self._at
            elif bracket == b"]" and self._level == 1:
                yield from self._between(self._at - 1)
                self._level, self._gap = 0, self._at
        self._wait = 2 * (len(self._text) - self._at)
        yield from self._drop_read()

    def _learn(self, start: int) -> None:
        between = self._text[self._gap : start]
        if self._closing and not between.strip(_BETWEEN) and 0 < len(between) + len(self._closing) < _LONGEST_SEPARATOR:
            self._separator = self._closing + between + b"{" if self._wrong < _TRIES else b""

    def _guess(self) -> Piece | None:
        """The object that has just begun, if it ends where the learnt separator is; the next one has begun then."""
        found = self._text.find(self._separator, self._start)
        if found < 0:
            return None
        data = self._text[self._start : found + len(self._closing)]
        try:
            record = orjson.loads(data)
        except orjson.JSONDecodeError:
            self._wrong += 1
            return None
        self._wrong = 0
        self._start = found + len(self._separator) - 1
        self._at = self._start + 1
        return Piece(data, True, record)

    def finish(self) -> Iterator[Piece]:
        """What is left at the end of the stream."""
        if self._start >= 0:
            yield Piece(self._text[self._start :], True)
        else:
            yield from self._between(len(self._text))

    def _between(self, end: int) -> Iterator[Piece]:
        garbage = self._text[self._gap : end].strip(_BETWEEN)
        if garbage:
            yield Piece(garbage[:MAX_RECORD], False)

    def _drop_read(self) -> Iterator[Piece]:
        """Forget what was handed out; give up an object or garbage that is longer than any record."""
        keep = self._start if self._start >= 0 else self._gap
        if len(self._text) - keep > MAX_RECORD:
            yield Piece(self._text[keep:], self._start >= 0)
            self._start, keep = -1, len(self._text)
            self._at = self._gap = keep
        self._text = self._text[keep:]
        self._at -= keep
        self._gap = max(0, self._gap - keep)
        self._start = 0 if self._start >= 0 else -1


def salvage(data: bytes) -> Iterator[bytes]:
    """The objects swallowed by one that does not parse because its end is missing: cut where a line starts like its
    own did, with an opening brace behind the same indentation. The pieces together are `data`.

    Only for text that failed to parse; a sound record may well hold such lines.
    """
    indent = re.search(rb"\n([ \t]*)\}[ \t\r\n,]*\Z", data)
    cut = re.compile(rb"\n" + re.escape(indent.group(1) if indent else b"") + rb"(?=\{)")
    start = 0
    for match in cut.finditer(data):
        yield data[start : match.end()]
        start = match.end()
    yield data[start:]
