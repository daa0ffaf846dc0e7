"""Win32_Process as properties line by line: `wmic process get … /value`, `wmic process list full`, Format-List.

"Name=value" or "Name : value", blank lines between processes; what Format-List wraps goes on behind blanks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import BinaryIO, NamedTuple

from engine.domain.records import SAMPLE_BYTES, ReaderItem, Reject
from engine.readers.contract import Format, ReadOptions, Record
from engine.readers.lists import cim_process
from engine.readers.text.bounded_lines import numbered_lines
from engine.readers.text.encoding import as_utf8
from engine.readers.text.hosts import named
from engine.readers.text.moments import Moments

FORMATS = (
    Format(
        slug="wmi-properties",
        title="Win32_Process as properties, a line each",
        export="wmic process list full; wmic process get … /value; Get-CimInstance Win32_Process | Format-List *",
        read="each process with its parent, command line and creation time, as a list of what ran then",
        left_out="blocks without a process id",
        source="learn.microsoft.com/windows/win32/cimwin32prov/win32-process",
    ),
)
_PROPERTY = re.compile(r"([A-Za-z_]\w{1,60}) *(?:=| : ?|:$)(.*)", re.DOTALL)
_MOST = 200
"""Properties of one process; the class has 45."""
_BLANK = " \t\r\0"
_PROBE = 3
"""Blocks of which one has to be a process."""


class PropertyListReader:
    """Blocks of properties."""

    name = "properties"

    def sniff(self, head: bytes, path: str) -> float:
        """Whether one of the first blocks is a process with its parent."""
        lines = head.decode("utf-8", "replace").split("\n")[:4096]
        blocks = islice(_blocks(line.rstrip("\r") for line in lines), _PROBE)
        return 0.9 if any(cim_process.recognises(block.record) for block in blocks) else 0.0

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """One item per block."""
        moments = Moments.of(hint)
        items = _items(stream, hint, moments)
        yield from named(items, hint.host) if hint.host else items
        yield from moments.notes()


class PropertyBlock(NamedTuple):
    """The properties that hold something, the first line, and the first one that tells a property again."""

    record: Record
    first: str
    again: str


def _items(stream: BinaryIO, hint: ReadOptions, moments: Moments) -> Iterator[ReaderItem]:
    lines = (raw.decode("utf-8", "backslashreplace").rstrip("\r") for _, raw in numbered_lines(as_utf8(stream), hint.path))
    for position, block in enumerate(_blocks(lines), 1):
        record = cim_process.of_class(block.record)
        strange = next((name for name in block.record if name not in record), "")
        if not cim_process.recognises(record):
            yield _reject(position, "The block is no process with its parent.", block.first)
        else:
            yield cim_process.map_record(record, position, moments)
            if strange:
                yield _reject(position, "A property is none of a process: what is left of another line.", strange)
        if block.again:
            yield _reject(
                position,
                "A property is told twice or there are too many: the lines between two processes are damaged.",
                block.again,
            )


def _reject(position: int, reason: str, line: str) -> Reject:
    sample = line[:SAMPLE_BYTES].encode("utf-8", "replace")[:SAMPLE_BYTES]
    return Reject(position=position, code="bad-record", reason=reason, sample=sample)


def _blocks(lines: Iterable[str]) -> Iterator[PropertyBlock]:
    record: Record = {}
    first = last = again = ""
    for line in lines:
        if not line.strip(_BLANK):
            if first:
                yield _block(record, first, again)
            record, first, last, again = {}, "", "", ""
            continue
        first = first or line
        # Only behind a property do blanks mean that its value goes on.
        match = _PROPERTY.fullmatch(line if last else line.lstrip(_BLANK))
        if match and match.group(1) == next(iter(record), None):
            # The line between two processes is lost: nobody has a property twice.
            yield _block(record, first, again)
            record, first, again = {}, line, ""
        elif match and (match.group(1) in record or len(record) >= _MOST):
            again = again or line
            continue
        if match:
            last = match.group(1)
            record[last] = match.group(2)
        elif last and line[:1] == " ":
            record[last] += line.strip()
    if first:
        yield _block(record, first, again)


def _block(record: Record, first: str, again: str) -> PropertyBlock:
    return PropertyBlock({name: value.strip() for name, value in record.items() if value.strip()}, first, again)


READER = PropertyListReader()
