"""Windows events as XML text: `wevtutil qe`, Event Viewer's "save as XML", Splunk's XmlWinEventLog (one per line)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from engine.domain.records import SAMPLE_BYTES, ReaderItem, Reject
from engine.readers.contract import Format, ReadOptions
from engine.readers.guard import guarded
from engine.readers.text.encoding import as_utf8
from engine.readers.windows.windows_event import map_event
from engine.readers.windows.windows_fields import EVENT_NUMBERS
from engine.readers.windows.xml_event import event_from_xml

FORMATS = (
    Format(
        slug="event-xml",
        title="Windows events as XML",
        export="wevtutil qe Security /f:xml (or /f:RenderedXml); Event Viewer: Save All Events As …, XML; evtx_dump",
        read="Sysmon 1 and 5, Security 4688 and 4689, cleared logs and clocks set, with or without a root element",
        left_out="other events; the rendered message, which repeats the data",
        source="learn.microsoft.com/windows/win32/wes/eventschema-schema",
    ),
)

_BLOCK = 1 << 18
MAX_EVENT = 8 * 2**20
"""An event in the log is at most 64 KiB of binary XML; text is a few times that."""
_START = re.compile(rb"<Event(?=[\s>])")
_END = b"</Event>"
_PART = re.compile(rb"<System[\s>]|</Event>|<[Event]{0,5}\s*\Z")
_WHOLE_PART = re.compile(rb"<System[\s>]|</Event>")
_EVENT_ID = re.compile(rb"<EventID(?:\s[^<>]{0,200})?>\s*(\d{1,6})\s*</EventID>")
_WANTED = frozenset(str(number).encode() for number in EVENT_NUMBERS)
_SYSTEM = re.compile(rb"<Event[\s>][^<]{0,400}<System\b")


class XmlReader:
    """XML events, one per line or many in <Events>, with single or double quotes."""

    name = "xml"

    def sniff(self, head: bytes, path: str) -> float:
        """An <Event> whose first child is <System>. Syslog lines with XML in them are Sysmon for Linux's."""
        if not _SYSTEM.search(head):
            return 0.0
        start = head.lstrip()[:1000]
        # A stray <Event> before JSON whose texts hold events begins none.
        sure = start.startswith((b"<?xml", b"<Events", b"<!--")) or _SYSTEM.match(start)
        # Less than what JSON is sure of whose first record is larger than the head.
        return 0.95 if sure else 0.3 if start[:1] in (b"{", b"[") else 0.5

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """One item per event; positions count events from 1."""
        for position, data in enumerate(_events(as_utf8(stream)), 1):
            yield _item(data, position, hint.host)


READER = XmlReader()


@guarded
def _item(data: bytes, position: int, host: str) -> ReaderItem:
    match = _EVENT_ID.search(data)
    if match is not None and match.group(1) not in _WANTED and data.endswith(_END):
        return None
    event = event_from_xml(data)
    if event is None:
        reason = "The event is no well-formed XML, or declares entities."
        return Reject(position=position, code="bad-xml", reason=reason, sample=data[:SAMPLE_BYTES])
    return map_event(event, position, host=host)


def _events(stream: BinaryIO) -> Iterator[bytes]:
    """The bytes of each <Event>…</Event>. One whose end is missing ends where the next begins.

    "</Event>" cannot occur inside an event: text content has "<" escaped.
    """
    text = b""
    while block := stream.read(_BLOCK):
        text += block
        at = 0
        while start := _START.search(text, at):
            begin = start.start()
            yield from _headless(text[at:begin])
            end = text.find(_END, begin)
            following = _START.search(text, begin + 6, end if end >= 0 else len(text))
            if following is not None:
                at = following.start()
                yield text[begin:at]
            elif end >= 0:
                at = end + len(_END)
                yield text[begin:at]
            elif len(text) - begin > MAX_EVENT:
                at = len(text)
                yield text[begin : begin + MAX_EVENT]
            else:
                at = begin
                break
        else:
            # Nothing begins here; keep what may be the first part of "<Event".
            yield from _headless(text[at : len(text) - 8], _WHOLE_PART)
            at = max(at, len(text) - 8)
        text = text[at:]
    if _START.match(text):
        yield text
    else:
        yield from _headless(text)


def _headless(between: bytes, part: re.Pattern[bytes] = _PART) -> Iterator[bytes]:
    """What stands between two events when it is an event whose beginning is damaged. A tag that begins at the end of `between` is
    damaged only where the text is not cut there by us.
    """
    if part.search(between):
        yield between[-MAX_EVENT:]
