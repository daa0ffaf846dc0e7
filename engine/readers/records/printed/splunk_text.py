"""Splunk's raw events of WinEventLog inputs, one after another as text: a date, KEY=value lines, and the message to the end.

An event begins where a line with a date is followed by "LogName=". A command line may hold text that looks like that; then it
makes a record more, which has no event id unless it brings one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
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
_NAME = "LogName="
_MOST = 1 << 20
"""Characters of one event; Windows renders 64 KiB at most."""


class SplunkTextReader:
    """Events one after another."""

    name = "splunk-text"

    def sniff(self, head: bytes, path: str) -> float:
        """Whether an event begins the text."""
        lines = head.lstrip()[:400].decode("utf-8", "replace").replace("\r", "").split("\n")
        return 0.9 if len(lines) > 1 and _DATE.fullmatch(lines[0].strip()) and lines[1].startswith(_NAME) else 0.0

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """One item per event; positions count events from 1."""
        moments = Moments.of(hint)
        items = _items(stream, hint, moments)
        yield from named(items, hint.host) if hint.host else items
        yield from moments.notes()


def _items(stream: BinaryIO, hint: ReadOptions, moments: Moments) -> Iterator[ReaderItem]:
    for position, text in enumerate(_events(stream, hint.path), 1):
        record = classic(text, {}) if _DATE.match(text) else {}
        if "EventCode" in record:
            yield from items_of(record, position, moments)
        else:
            sample = text[:SAMPLE_BYTES].encode("utf-8", "replace")[:SAMPLE_BYTES]
            yield Reject(position=position, code="bad-record", reason="The text is no event with its EventCode.", sample=sample)


def _events(stream: BinaryIO, path: str) -> Iterator[str]:
    event: list[str] = []
    size = 0
    for _, raw in numbered_lines(as_utf8(stream), path):
        line = raw.decode("utf-8", "backslashreplace").rstrip("\r")
        if line.startswith(_NAME) and len(event) > 1 and _DATE.fullmatch(event[-1].strip()):
            date = event.pop()
            yield "\n".join(event)
            event, size = [date], 0
        if size <= _MOST and (event or line.strip()):
            event.append(line)
            size += len(line)
    if event:
        yield "\n".join(event)


READER = SplunkTextReader()
