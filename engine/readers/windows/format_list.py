"""Events of Windows as PowerShell's Format-List prints them: "Name : value", what is longer goes on behind blanks.

All names of an event have their colon in the same column, and what goes on begins behind it. A blank line may be one of the
message; an event ends where a name comes again. The column is that of the first name, unless the second one has another (the
first was none, or is damaged); behind a blank line an event with another column may begin (lists that were joined).
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
            sample = str(record)[:SAMPLE_BYTES].encode("utf-8", "replace")[:SAMPLE_BYTES]
            yield Reject(
                position=position, code="bad-record", reason="The list is no event with its id and source.", sample=sample
            )


def _records(lines: Iterable[str]) -> Iterator[Record]:
    record: Record = {}
    last, column, size, blank = "", _NOWHERE, 0, False
    for line in lines:
        match = _NAMED.fullmatch(line)
        if match and record and (at := _column(match)) != column:
            if len(record) == 1:
                column = at
            elif not (blank and match.group(1) in record):
                match = None
        if match and (match.group(1) in record or not record):
            if record:
                yield _whole(record)
            record, column, size = {}, _column(match), 0
        if match:
            last = match.group(1)
            record[last] = [match.group(3)]
        elif last and size <= _MOST:
            record[last].append(line[column + _BEHIND :] if line[:1] == " " else line)
            size += len(line)
        blank = not line.strip()
    if record:
        yield _whole(record)


def _column(match: re.Match[str]) -> int:
    """Where the colon is; where it stands at the name itself it has no column."""
    return match.end(2) if match.group(2) else _NOWHERE


def _whole(record: Record) -> Record:
    """The values that hold something."""
    values = {name: "\n".join(parts).rstrip() for name, parts in record.items()}
    return {name: value for name, value in values.items() if value}


READER = FormatListReader()
