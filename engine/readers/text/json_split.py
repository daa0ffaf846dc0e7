r"""Cuts a byte stream into the text of its JSON objects: one giant array stays in bounded memory.

Most documents separate all their objects by the same bytes ("},\n  {"). Once that is learnt, the next occurrence is taken for
the end and the fast parser is asked. Where it is refused, the standard library's decoder finds the end, or the place where the
text stops being JSON. Behind damage the next object is looked for that decodes from the beginning of an element (behind a
comma, a closing brace or a line's end): a lost quote or brace costs the record it was in, also when a whole array stands on
one line.

One object may hold all records: the answer of a search, an array with a name. What is too long to be read as one, or too
damaged, and goes on in a list of what its reader knows (`wraps`), is entered: its elements are handed out with what stands around
them (`json_head`), and behind the list it is looked at once more, as if the list had been empty.

Counting brackets over strings (as before) was rejected: behind a lost quote the strings and what is between them change
places, and there is nothing to tell where that ends.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple

import orjson

from engine.readers.text.json_head import Head, head_at
from engine.readers.text.json_text import without_loose_commas

MAX_RECORD = 16 * 2**20
"""Longer objects are given up: real events reach 100 KB, script blocks 1 MB."""
_LARGE = 2**20
"""Longer objects that are not all there yet are entered, if they can be."""
_BLOCK = 1 << 18
_BLANK = b" \t\r\n\x00\x1e"
_BETWEEN = _BLANK + b",[]"
_LONGEST_SEPARATOR = 200
_TRIES = 8
"""So many wrong guesses in a row end the guessing."""
_OPENING = re.compile(r'\{[ \t\r\n]{0,200}+(?:["}]|\Z)')
_CLOSED = re.compile(r"[ \t\r\n\x00\x1e,]*+\]")
_LOOSE = re.compile(r",[ \t\r\n]*+[}\]]")
_EFFORT, _LEAST, _SKIPPED = 8 * 2**20, 1024, 2**20
"""Bytes that are decoded in vain behind one damage, each try counting as so many at least, and what is given up then: hostile
text makes each of its braces look like a beginning.
"""
_CREDIT = 64 * 2**20
"""Bytes that may be looked through for lists to enter, besides twice the bytes of the text: hostile text has many beginnings."""
_WINDOW = 4096
"""Decoded at first: an error costs the decoder a count of the lines before it."""
_TAIL = 16
"""An error so near to the end of the text may be due to the end: the longest token that is cut there is an escaped pair."""
_UNFINISHED = 0


class Piece(NamedTuple):
    """Bytes of one object, or of what stands between objects and is none. `record` when it was parsed on the way.

    `cut`: no bytes of the text, but that it, or an object in it, ends within an array that was opened and not closed.
    """

    data: bytes
    is_object: bool
    record: dict[str, Any] | None = None
    cut: bool = False
    heads: tuple[Head, ...] = ()
    """What stands around it, the outermost first, where larger objects were entered."""
    rest: bool = False
    """What is left of an object whose list was handed out."""


Wraps = Callable[[dict[str, Any]], bool]


def split_objects(stream: BinaryIO, wraps: Wraps | None = None) -> Iterator[Piece]:
    """The outermost objects of arrays and concatenated documents, in order, and what is damaged or garbage between them.

    Objects come as found: whether they parse (numbers that JSON has not, bytes that are no UTF-8) is for the caller to see.
    """
    splitter = _Splitter(wraps)
    while block := stream.read(_BLOCK):
        yield from splitter.feed(block)
    yield from splitter.finish()


class _Splitter:
    """Holds the text that is not handed out yet; `at` is where the next object is looked for, before it there is garbage."""

    def __init__(self, wraps: Wraps | None) -> None:
        self._wraps = wraps
        self._heads: tuple[Head, ...] = ()
        """Of the objects that were entered."""
        self._rest = False
        """What begins the text is what is left of an object that was entered."""
        self._entered = False
        """The next object is the first one of its list, or what is left of the one whose list ended: no comma is before it."""
        self._text = b""
        self._plain = ""
        """The text once more: one character for each byte, so that places are the same."""
        self._at = 0
        self._closing = b""
        """The last object's closing brace and the blanks before it."""
        self._gap = 0
        """Where the text since the last object starts."""
        self._separator = b""
        """From the closing of one object to the opening of the next, as learnt; b"" while unknown."""
        self._wrong = 0
        self._open = 0
        """Arrays that were opened and not closed; brackets in what is damaged are not counted."""
        self._wait = 0
        """Look again once there is so much: an object cut by the end of a block is not decoded again for each block."""
        self._credit = _CREDIT
        self._last = False

    def feed(self, block: bytes) -> Iterator[Piece]:
        """Take more bytes, give the pieces that are complete now."""
        self._text += block
        self._credit += 2 * len(block)
        if len(self._text) < min(self._wait, MAX_RECORD):
            return
        yield from self._pieces()
        yield from self._drop_read()
        self._wait = 2 * len(self._text)

    def finish(self) -> Iterator[Piece]:
        """What is left at the end of the stream."""
        self._last = True
        yield from self._pieces()
        yield from self._garbage(len(self._text))
        yield from self._cut_heads()
        if self._open > 0 or self._heads:
            yield Piece(b"[" * min(max(self._open, 1), _LONGEST_SEPARATOR), False, cut=True)

    def _pieces(self) -> Iterator[Piece]:
        self._plain = self._text.decode("latin-1")
        while True:
            self._leave()
            start = self._text.find(b"{", self._at)
            if start < 0:
                return
            torn = bool(self._heads) and not self._entered and self._text[self._gap : start].strip(_BLANK) != b","
            yield from self._garbage(start)
            self._learn(start)
            self._entered = False
            if torn and (left := list(self._left())):
                yield from left
                yield Piece(b"[", False, cut=True)
            while self._separator and (piece := self._guess(self._at)):
                yield piece
            end = _end(self._plain, self._at)
            if end == _UNFINISHED and not self._last and len(self._text) - self._at <= MAX_RECORD:
                if len(self._text) - self._at <= _LARGE or not self._enter(len(self._text) - self._at):
                    return
            elif end > 0:
                data = self._text[self._at : end]
                self._closing = data[len(data[:-1].rstrip()) :]
                yield Piece(data, True, heads=self._heads, rest=self._rest)
                self._at = self._gap = end
                self._rest = False
            elif not self._enter(-end or len(self._text) - self._at):
                following = self._resume()
                if following == _UNFINISHED:
                    return
                # Each of the objects that are lost together is told, as far as its beginning can be seen.
                yield from self._lost(following)
                yield from self._left()

    def _enter(self, size: int) -> bool:
        """Go on inside of the object that begins here, in its list, if that is one of records. `size`: how much of it is JSON."""
        if self._wraps is None or size > self._credit:
            return False
        self._credit -= max(size, _LEAST)
        head = head_at(self._plain, self._at)
        if head is None or not self._wraps(head.around(head.first)):
            return False
        self._heads = (*self._heads, head)
        self._at = self._gap = self._at + len(head.text)
        self._separator, self._closing, self._rest = b"", b"", False
        self._entered = True
        return True

    def _leave(self) -> None:
        """Where a list that was entered ends: what it stood in is text again, with nothing in the list."""
        closed = _CLOSED.match(self._plain, self._gap) if self._heads else None
        if closed is None:
            return
        *outer, head = self._heads
        self._heads = tuple(outer)
        self._text = head.text + self._text[closed.end() - 1 :]
        self._plain = self._text.decode("latin-1")
        self._at = self._gap = 0
        self._separator, self._closing, self._rest = b"", b"", True
        self._entered = True

    def _left(self) -> Iterator[Piece]:
        """Behind damage that took the end of a list that was entered along, or where no comma alone stands before an element: an
        object that holds such a list itself, and begins as the one that was entered does, is no element of it.
        """
        if not self._heads or not self._text.startswith(self._heads[0].text.partition(b":")[0], self._at):
            return
        end = _end(self._plain, self._at)
        try:
            record = orjson.loads(self._text[self._at : end]) if end > 0 else None
        except orjson.JSONDecodeError:
            return
        if isinstance(record, dict) and self._wraps is not None and self._wraps(record):
            yield from self._cut_heads()
            self._heads = ()

    def _cut_heads(self) -> Iterator[Piece]:
        """What stands before the lists that were entered and are cut: it may hold records, too."""
        for depth, head in reversed(tuple(enumerate(self._heads))):
            yield Piece(head.text + b"]" + b"}" * len(head.path), True, heads=self._heads[:depth], rest=True)

    def _garbage(self, end: int) -> Iterator[Piece]:
        """What stands between objects, line by line; the next object is looked for behind it."""
        between = self._text[self._gap : end]
        # Files that were joined bring their byte order marks along.
        if between.strip(_BETWEEN) and (between := between.replace(codecs.BOM_UTF8, b"")).strip(_BETWEEN):
            for line in between.split(b"\n"):
                if line.strip(_BETWEEN):
                    yield Piece(line.strip(_BLANK), False)
            self._closing = b""
        else:
            self._open += between.count(b"[") - between.count(b"]")
        self._at = end

    def _learn(self, start: int) -> None:
        between = self._text[self._gap : start]
        if self._closing and 0 < len(between) + len(self._closing) < _LONGEST_SEPARATOR:
            self._separator = self._closing + between + b"{" if self._wrong < _TRIES else b""
        self._gap = start

    def _guess(self, start: int) -> Piece | None:
        """The object that has just begun, if it ends where the learnt separator is; the next one has begun then."""
        found = self._text.find(self._separator, start)
        if found < 0:
            return None
        data = self._text[start : found + len(self._closing)]
        try:
            record = orjson.loads(data)
        except orjson.JSONDecodeError:
            self._wrong += 1
            return None
        self._wrong = 0
        self._open += self._separator.count(b"[") - self._separator.count(b"]")
        self._at = self._gap = found + len(self._separator) - 1
        return Piece(data, True, record, heads=self._heads)

    def _resume(self) -> int:
        """Where the first sound object behind the damaged one begins; the end of the text when there is none, _UNFINISHED when
        more of the text has to be there to tell.
        """
        spent = 0
        rest = len(self._text)
        at, indent = self._at, _indent(self._text, self._at)
        while spent < _EFFORT and (at := self._text.find(b"{", at + 1)) >= 0:
            before, deeper = _before(self._text, at), _indent(self._text, at)
            # A value stands behind a colon; what is indented more than the damaged object is inside of it.
            if (
                before not in b"},\n"
                or not _OPENING.match(self._plain, at)
                or (indent is not None and deeper is not None and deeper > indent)
            ):
                continue
            end = _end(self._plain, at)
            if end > 0:
                return at
            spent += max(-end, _LEAST) if end != _UNFINISHED else rest - at
            if end == _UNFINISHED and not self._last and rest - self._at <= MAX_RECORD:
                return _UNFINISHED
        if spent >= _EFFORT:
            return min(at + _SKIPPED, rest)
        return rest if self._last or rest - self._at > MAX_RECORD else _UNFINISHED

    def _lost(self, end: int) -> Iterator[Piece]:
        """The damaged text up to `end`, cut where the separator says that another object began."""
        begin = self._at
        while self._separator and (found := self._text.find(self._separator, begin, end)) >= 0:
            cut = found + len(self._separator) - 1
            yield Piece(self._text[begin:cut], False)
            begin = cut
        yield Piece(self._text[begin:end], False)
        self._at = self._gap = end
        self._closing, self._rest = b"", False

    def _drop_read(self) -> Iterator[Piece]:
        """Forget what was handed out; give up garbage that is longer than any record."""
        if len(self._text) - self._gap > MAX_RECORD:
            yield Piece(self._text[self._gap :], False)
            self._gap = len(self._text)
        # What stands before an object on its line is looked at once more.
        keep = max(0, self._gap - _LONGEST_SEPARATOR)
        self._text = self._text[keep:]
        self._at, self._gap = max(0, self._at - keep), self._gap - keep


def _before(text: bytes, at: int) -> bytes:
    """The last byte before `at` that is no blank; b"" for none in sight."""
    return text[max(0, at - _LONGEST_SEPARATOR) : at].rstrip(b" \t\r")[-1:]


def _indent(text: bytes, at: int) -> int | None:
    """How far the line is indented that begins at `at`; None when something else stands before."""
    line = text[max(0, at - _LONGEST_SEPARATOR) : at].rpartition(b"\n")[2]
    return None if line.strip(b" \t") else len(line)


_scan = json.JSONDecoder(strict=False, parse_int=len, parse_float=len, parse_constant=len).raw_decode
"""Only the place where it ends is asked for: numbers are not made."""


def _end(text: str, start: int) -> int:
    """Where the object at `start` ends; _UNFINISHED when the text ends before; else minus the length of what is JSON of it."""
    size = _WINDOW
    loose = False
    while True:
        part = text[start : start + size]
        try:
            return start + _scan(without_loose_commas(part) if loose else part)[1]
        except json.JSONDecodeError as error:
            if not loose and _LOOSE.match(part, max(0, part.rfind(",", max(0, error.pos - _LONGEST_SEPARATOR), error.pos + 1))):
                loose = True
                continue
            if not error.msg.startswith("Unterminated string") and error.pos < len(part) - _TAIL:
                return -error.pos - 1
        except RecursionError:
            return -size
        if start + size >= len(text):
            return _UNFINISHED
        size *= 8
