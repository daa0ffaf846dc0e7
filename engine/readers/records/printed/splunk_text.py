"""Splunk's raw events of WinEventLog inputs, one after another as text: a date, KEY=value lines, and the message to the end.

An event begins where a line with a date is followed by a line KEY=value. A command line may hold text that looks like that;
then it makes a record more, which has no event id unless it brings one. Where the beginning of an event is damaged, it hangs on
the one before it: a text with several event ids is told, since one of them is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import BinaryIO

from engine.domain.records import SAMPLE_BYTES, ReaderItem, Reject
from engine.readers.contract import Format, ReadOptions
from engine.readers.records.shapes import items_of
from engine.readers.records.splunk import classic
from engine.readers.text.bounded_lines import numbered_lines
from engine.readers.text.encoding import as_utf8
from engine.readers.text.hosts import named
from engine.readers.text.moments import Moments

FORMATS = (
    Format(
        slug="splunk-text",
        title="Splunk, raw events of WinEventLog",
        export="Search index=… sourcetype=WinEventLog, Export, Raw events",
        read="Sysmon 1 and 5, Security 4688 and 4689, cleared logs and clocks set, from messages in any language",
        left_out="other events",
        source="docs.splunk.com, Monitor Windows event log data; Export search results",
    ),
)

_DATE = re.compile(r'"?(?:\d{1,4}[./-]){2}\d{1,4},? \d{1,2}:\d\d:\d\d(?:\.\d{1,9})?(?: [AP]M)?')
_JOINED = re.compile(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d(?:\.\d{1,9})? [AP]M\Z")
"""A date behind what is left of a torn event: as Splunk writes it, so that no digit before it becomes one of it."""
_NAME = "LogName="
_KEY = re.compile(r"\w{2,40}=")
_ONCE = re.compile(r"^(LogName|EventCode|SourceName|ComputerName|RecordNumber)=", re.MULTILINE)
"""What an event has once."""
_AHEAD = 200
"""Lines in which the first event is looked for: neither a stray one before it nor two that are damaged hide a log."""
_MOST = 1 << 20
"""Characters of one event; Windows renders 64 KiB at most."""


class SplunkTextReader:
    """Events one after another."""

    name = "splunk-text"

    def sniff(self, head: bytes, path: str) -> float:
        """Whether an event begins the text."""
        lines = head.lstrip().decode("utf-8", "replace").replace("\r", "").split("\n", _AHEAD)
        begins = (_DATE.fullmatch(line.strip()) and below.startswith(_NAME) for line, below in pairwise(lines))
        return 0.9 if any(begins) else 0.0

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """One item per event; positions count events from 1."""
        moments = Moments.of(hint)
        items = _items(stream, hint, moments)
        yield from named(items, hint.host) if hint.host else items
        yield from moments.notes()


def _items(stream: BinaryIO, hint: ReadOptions, moments: Moments) -> Iterator[ReaderItem]:
    for position, (text, torn) in enumerate(_events(stream, hint.path), 1):
        record = classic(text, {}) if _DATE.match(text) else {}
        if "EventCode" in record:
            yield from items_of(record, position, moments)
            names = _ONCE.findall(text)
            if len(names) > len(set(names)):
                yield _reject(text, position, "Its beginning is damaged: several events hang together, the first is read.")
            elif torn:
                yield _reject(text, position, "Its end is torn off: the next event begins in the midst of a line.")
        else:
            yield _reject(text, position, "The text is no event with its EventCode.")


def _reject(text: str, position: int, reason: str) -> Reject:
    sample = text[:SAMPLE_BYTES].encode("utf-8", "replace")[:SAMPLE_BYTES]
    return Reject(position=position, code="bad-record", reason=reason, sample=sample)


def _events(stream: BinaryIO, path: str) -> Iterator[tuple[str, bool]]:
    """Texts, and whether the next one begins in the last line."""
    event: list[str] = []
    size = 0
    for _, raw in numbered_lines(as_utf8(stream), path):
        line = raw.decode("utf-8", "backslashreplace").rstrip("\r")
        if len(event) > 1 and (begin := _begin(event[-1].strip(), line)) is not None:
            last = event.pop().strip()
            yield "\n".join([*event, last[:begin]] if begin else event), begin > 0
            event, size = [last[begin:]], 0
        if size <= _MOST and (event or line.strip()):
            event.append(line)
            size += len(line)
    if event:
        yield "\n".join(event), False


def _begin(last: str, line: str) -> int | None:
    """Where in the line before `line` an event begins, if one does."""
    if not _KEY.match(line):
        return None
    if _DATE.fullmatch(last):
        return 0
    joined = _JOINED.search(last) if line.startswith(_NAME) else None
    return joined.start() if joined else None


READER = SplunkTextReader()
