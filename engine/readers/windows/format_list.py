"""Events of Windows as PowerShell's Format-List prints them: "Name : value", what is longer goes on behind blanks.

All names of an event have their colon in the same column, and what goes on begins behind it. The column is that of the first
name, unless the second one has another (the first was none, or is damaged); behind a blank line an event with another column may
begin (lists that were joined).

A blank line may be one of the message; an event ends where a name comes again. That alone would join what is left of a torn event
to the next one, end that one where the torn one began, and so give every later event lines of the one before it. So the name that
begins the events is learnt, and begins one behind a blank line whatever came before; where it is not known yet, as in a file that
begins in the midst of an event, a name that comes again shows that another event has begun at the blank line in between.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import BinaryIO

from engine.domain.records import SAMPLE_BYTES, ReaderItem, Reject
from engine.readers.contract import Format, ReadOptions, Record
from engine.readers.text.bounded_lines import numbered_lines
from engine.readers.text.encoding import as_utf8
from engine.readers.text.hosts import named
from engine.readers.text.moments import Moments
from engine.readers.windows import flat

FORMATS = (
    Format(
        slug="get-winevent-list",
        title="PowerShell: Get-WinEvent or Get-EventLog, as a list",
        export="Get-WinEvent -LogName Security | Format-List * | Out-File -Width 9999 security.txt (better: ConvertTo-Json)",
        read="Sysmon 1 and 5, Security 4688 and 4689, cleared logs and clocks set, from messages in any language",
        left_out="other events; what a console wrapped stays in two lines",
        source="learn.microsoft.com/powershell/module/microsoft.powershell.utility/format-list",
    ),
)

_NAMED = re.compile(r"([A-Za-z]\w{1,40})( *): ?(.*)", re.DOTALL)
_BEHIND = 2
"""From the colon to the value."""
_NOWHERE = -_BEHIND
_MOST = 1 << 20
"""Characters of one event; Windows renders 64 KiB at most."""
_NAMES = 200
"""Of one event; .NET's objects have 30."""
_PROBE = 2


class FormatListReader:
    """Events one after another."""

    name = "format-list"

    def sniff(self, head: bytes, path: str) -> float:
        """Whether one of the first lists is an event."""
        lines = head.decode("utf-8", "replace").split("\n")[:1000]
        return 0.9 if any(map(flat.recognises, islice(_records(line.rstrip("\r") for line in lines), _PROBE))) else 0.0

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """One item per event; positions count events from 1."""
        moments = Moments.of(hint)
        items = _items(stream, hint, moments)
        yield from named(items, hint.host) if hint.host else items
        yield from moments.notes()


def _items(stream: BinaryIO, hint: ReadOptions, moments: Moments) -> Iterator[ReaderItem]:
    lines = (raw.decode("utf-8", "backslashreplace").rstrip("\r") for _, raw in numbered_lines(as_utf8(stream), hint.path))
    for position, record in enumerate(_records(lines), 1):
        if flat.recognises(record):
            # .NET's times are the machine's wall clock, whatever else was printed.
            yield flat.map_record({"LevelDisplayName": "", **record}, position, moments)
        else:
            reason = "The list is no event with its id and source, or larger than any."
            sample = str(record)[:SAMPLE_BYTES].encode("utf-8", "replace")[:SAMPLE_BYTES]
            yield Reject(position=position, code="bad-record", reason=reason, sample=sample)


def _records(lines: Iterable[str]) -> Iterator[Record]:
    lists = _Lists()
    for line in lines:
        if (record := lists.take(line)) is not None:
            yield record
    if lists.values:
        yield _whole(lists.values)


class _Lists:
    """The event that is being read, and what was learnt of those before it.

    `values`: the lines of each value by its name. `_inner`: its names behind blank lines, but the first one. `_first`: the name
    that begins events, and its column.
    """

    def __init__(self) -> None:
        self.values: dict[str, list[str]] = {}
        self._inner: list[str] = []
        self._first = ("", _NOWHERE)
        self._last = ""
        self._column = _NOWHERE
        self._size = 0
        self._blank = False

    def take(self, line: str) -> Record | None:
        """The event that another one was found to follow, if this line shows one."""
        blank, self._blank = self._blank, not line.strip()
        match = _NAMED.fullmatch(line)
        name, at = (match.group(1), _column(match)) if match else ("", _NOWHERE)
        begins = blank and (name, at) == self._first
        if match is None or not (begins or self._stands(name, at, blank)):
            if self.values:
                self._add(self._last, line[self._column + _BEHIND :] if line[:1] == " " else line)
            return None
        ended = self._end(name, blank) if self.values and (begins or name in self.values) else None
        if not self.values:
            self._column = at
        elif blank and self._size <= _MOST:
            self._inner.append(name)
        self._last = name
        self._add(name, match.group(3))
        return ended

    def _stands(self, name: str, at: int, blank: bool) -> bool:
        """Whether a name is where names are."""
        if len(self.values) == 1:
            self._column = at
        return not self.values or at == self._column or (blank and name in self.values)

    def _add(self, name: str, line: str) -> None:
        """One more line; an event that is larger than any is emptied, which refuses it."""
        if self._size > _MOST:
            return
        self.values.setdefault(name, []).append(line)
        self._size += len(line) + 1
        if self._size > _MOST or len(self.values) > _NAMES:
            self._size = _MOST + 1
            self.values = {one: [] for one in self.values}

    def _end(self, name: str, blank: bool) -> Record:
        """The event that ends before a name; where that is behind no blank line, at the first one since the name came before."""
        order = {one: at for at, one in enumerate(self.values)}
        if blank and order.get(name) == 0:
            self._first = (name, self._column)
        after = len(order) if blank else order[name]
        begin = next((order[one] for one in self._inner if order[one] > after), len(order))
        ended = {one: lines for one, lines in self.values.items() if order[one] < begin}
        self.values = {one: lines for one, lines in self.values.items() if order[one] >= begin}
        self._inner = [one for one in self._inner if order[one] > begin]
        self._size = sum(len(line) + 1 for lines in self.values.values() for line in lines)
        return _whole(ended)


def _column(match: re.Match[str]) -> int:
    """Where the colon is; where it stands at the name itself it has no column."""
    return match.end(2) if match.group(2) else _NOWHERE


def _whole(record: Record) -> Record:
    """The values that hold something."""
    values = {name: "\n".join(parts).rstrip() for name, parts in record.items()}
    return {name: value for name, value in values.items() if value}


READER = FormatListReader()
