"""`journalctl -o export`, `-o verbose`, `-o json-sse` and `-o json-seq`: entries of the journal as fields, which become records.

systemd.io, "Journal Export Formats": FIELD=text lines, or a FIELD line, eight bytes of length (little endian), as many bytes and
a newline; an empty line ends an entry. Server-sent events are JSON behind "data: ", sequences JSON behind a record separator.
Verbose entries begin with a time and the cursor in brackets, of which t is the time in hexadecimal microseconds; their fields
are indented.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from engine.domain.records import SAMPLE_BYTES, ReaderItem, Reject
from engine.readers.contract import Format, ReadOptions, Record
from engine.readers.linux.auditd_parts import together
from engine.readers.records.shapes import items_of
from engine.readers.text.bounded_lines import MAX_LINE_BYTES, read_chunk
from engine.readers.text.encoding import as_utf8
from engine.readers.text.hosts import named
from engine.readers.text.json_text import load_object
from engine.readers.text.moments import Moments

FORMATS = (
    Format(
        slug="journal-export",
        title="systemd journal, other formats",
        export="journalctl --all with -o export, verbose, json-sse or json-seq",
        read="as the journal's JSON",
        left_out="as the journal's JSON; verbose leaves out fields with control characters",
        source="systemd.io/JOURNAL_EXPORT_FORMATS, journalctl(1)",
    ),
)

_MARKS = (b"__CURSOR=", b"__REALTIME_TIMESTAMP=", b"__MONOTONIC_TIMESTAMP=")
_EVENTS = (b"data: {", b"\x1e{")
_MAX_FIELDS = 1000
_LENGTH = 8
_FIELD = re.compile(rb"[A-Z0-9_]{1,64}")
_ENDS = (b"\r\n", b"\n")
_VERBOSE = re.compile(
    rb"\S{2,12} \d{4}-\d\d-\d\d \S{8,15} \S{1,8} \[s=[0-9a-f]{1,40};(?:[a-z]=[0-9a-f]{1,40};){0,8}t=([0-9a-f]{1,16});"
)
_INDENT = b"    "


class JournalExportReader:
    """Entries of the journal in the formats that are neither JSON lines nor text."""

    name = "journal-export"

    def sniff(self, head: bytes, path: str) -> float:
        """Sure where the first entry has a cursor or a time."""
        start = head.lstrip(b"\r\n")
        if _VERBOSE.match(start):
            return 0.97
        if start.startswith(_EVENTS):
            return 0.97 if b'"__REALTIME_TIMESTAMP"' in head or b'"__CURSOR"' in head else 0.0
        return 0.97 if start.startswith(_MARKS) or any(b"\n" + mark in start[:4096] for mark in _MARKS[:2]) else 0.0

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """One item per entry; audit records are put together to events. Positions count entries."""
        moments = Moments.of(hint)
        items = together(_items(stream, hint, moments), moments)
        yield from named(items, hint.host) if hint.host else items
        yield from moments.notes()


def _items(stream: BinaryIO, hint: ReadOptions, moments: Moments) -> Iterator[ReaderItem]:
    for position, entry in enumerate(_entries(stream, hint.path), 1):
        if isinstance(entry, dict):
            yield from items_of(entry, position, moments)
        else:
            yield _cut(entry, position)


def _cut(data: bytes, position: int) -> Reject:
    reason = "The journal's export ends within an entry, or a line of it is damaged."
    return Reject(position=position, code="damaged-record", reason=reason, sample=data[:SAMPLE_BYTES])


class _Bytes:
    """Lines and values with their length from a stream."""

    def __init__(self, stream: BinaryIO, path: str) -> None:
        self._stream = stream
        self._path = path
        self._held = b""
        self._at = 0

    def line(self) -> bytes | None:
        """Up to the next newline, without it, cut where it is huge; None at the end. No text of the journal ends in a carriage
        return (it would stand behind its length): one there is of a program that made the line ends those of Windows.
        """
        while (end := self._held.find(b"\n", self._at)) < 0:
            left = len(self._held) - self._at
            if left > MAX_LINE_BYTES or not self._reaches(left + 1):
                rest, self._held, self._at = self._held[self._at :], b"", 0
                # Zeros behind the last line: the file was made larger than its log.
                return rest.rstrip(b"\r") if rest.strip(b"\0") else b"" if rest else None
        line, self._at = self._held[self._at : end], end + 1
        return line.rstrip(b"\r")

    def value(self) -> bytes | None:
        """What stands behind its length and ends with its line. None where it does not, and then nothing is taken: the length is
        damaged, or is none, and what follows is of other entries.
        """
        if not self._reaches(_LENGTH):
            return None
        size = int.from_bytes(self._held[self._at : self._at + _LENGTH], "little")
        if size > MAX_LINE_BYTES:
            return None
        whole = self._reaches(_LENGTH + size + len(_ENDS[0]))
        begin = self._at + _LENGTH
        end = next((end for end in _ENDS if self._held.startswith(end, begin + size)), None)
        if end is None and (whole or len(self._held) != begin + size):
            return None
        self._at = begin + size + len(end or b"")
        return self._held[begin : begin + size]

    def _reaches(self, size: int) -> bool:
        """Whether so many bytes are left."""
        while len(self._held) - self._at < size:
            if not (more := read_chunk(self._stream, self._path)):
                return False
            self._held, self._at = self._held[self._at :] + more, 0
        return True


def _entries(stream: BinaryIO, path: str) -> Iterator[Record | bytes]:
    """Records, and the bytes of what is none."""
    source = _Bytes(as_utf8(stream, recode=False), path)
    entry: Record = {}
    marks: set[bytes] = set()
    while (line := source.line()) is not None:
        if line.startswith(_EVENTS):
            yield load_object(line[line.index(b"{") :]) or line
        elif (verbose := _VERBOSE.match(line)) or not line:
            if entry:
                yield entry
            entry = {"__REALTIME_TIMESTAMP": str(int(verbose.group(1), 16))} if verbose else {}
            marks = set()
        elif len(entry) < _MAX_FIELDS:
            name, equals, value = line.removeprefix(_INDENT).partition(b"=")
            if name + b"=" in _MARKS:
                if name in marks:  # an entry has one cursor and one time: the one before has lost its end
                    yield line
                    entry, marks = {}, set()
                marks.add(name)
            if not equals and not line.startswith(_INDENT):
                held = source.value() if _FIELD.fullmatch(line) else None
                if held is None:
                    yield line
                    continue
                value = held
            entry.setdefault(name.decode("utf-8", "replace"), value.decode("utf-8", "backslashreplace"))
    if entry:
        yield entry


READER = JournalExportReader()
