"""What sysmonLogView prints of Sysmon for Linux: a line that names the event, below it one field a line, indented.

github.com/microsoft/SysmonForLinux, sysmonLogView. Other lines continue the value above them. Where an event is torn, the line
that names the next one stands behind what is left of it: an event begins in such a line when its first field follows. Behind a
command line that ends so no first field follows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from engine.domain.records import SAMPLE_BYTES, ReaderItem, Reject
from engine.readers.contract import Format, ReadOptions
from engine.readers.guard import guarded
from engine.readers.linux.sysmon_linux import ended, without_unknown
from engine.readers.text.bounded_lines import numbered_lines
from engine.readers.text.encoding import as_utf8
from engine.readers.windows.windows_fields import SYSMON_LINUX, sysmon

FORMATS = (
    Format(
        slug="sysmon-logview",
        title="sysmonLogView",
        export="cat /var/log/syslog | /opt/sysmon/sysmonLogView > sysmon.txt",
        read="SYSMONEVENT_CREATE_PROCESS; SYSMONEVENT_PROCESS_TERMINATE ends a process",
        left_out="other events; the machine's name, which is not printed",
        source="github.com/microsoft/SysmonForLinux, sysmonLogView",
    ),
)

_EVENT = re.compile(r"Event (SYSMONEVENT_[A-Z_]{3,60})\s*")
_NAMED = re.compile(rf"{_EVENT.pattern}\Z")
_TAIL = 100
"""Characters that hold the end of a line which names an event."""
_FIELD = re.compile(r"[ \t]+([A-Z]\w{1,40}): ?(.*)", re.DOTALL)
_FEW = 60
"""Lines of a console that may stand before the first event."""
_LONGEST = 4 * 1024 * 1024


class SysmonLogViewReader:
    """Events of Sysmon for Linux as text."""

    name = "sysmon-logview"

    def sniff(self, head: bytes, path: str) -> float:
        """Sure where the first line that is not blank names an event; less where a line behind a few others does."""
        first, *more = (line.decode("utf-8", "replace").rstrip("\r") for line in head.lstrip().split(b"\n", _FEW)[:_FEW])
        return 0.97 if _EVENT.fullmatch(first) else 0.6 if any(map(_EVENT.fullmatch, more)) else 0.0

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """One item per event; positions are those of its first line."""
        event, first = _Event(), ""
        for position, line in numbered_lines(as_utf8(stream), hint.path):
            text = line.decode("utf-8", "backslashreplace")
            if found := _EVENT.fullmatch(text):
                yield from _told(event, hint.host)
                event = _Event(found.group(1), position)
                continue
            if found := _FIELD.fullmatch(text):
                if event.behind and found.group(1) == first:
                    follows = event.parted(position)
                    yield from _told(event, hint.host)
                    event = follows
                elif event.name and not event.fields:
                    first = found.group(1)
                event.put(position, line, *found.groups())
            elif event.last and text.strip():
                event.go_on(text)
            behind = _NAMED.search(text, max(0, len(text) - _TAIL))
            event.behind = behind.group() if behind else ""
        yield from _told(event, hint.host)


@dataclass(slots=True)
class _Event:
    """Fields below a line that names an event. `torn`: a line that is of another one; `behind`: the name of an event, where the
    last line ends in one.
    """

    name: str = ""
    position: int = 0
    fields: dict[str, str] = field(default_factory=dict)
    last: str = ""
    size: int = 0
    torn: bytes = b""
    behind: str = ""

    def put(self, position: int, line: bytes, name: str, value: str) -> None:
        """A field; the first one of its name counts."""
        self.last = name
        self.position = self.position or position
        self.torn = self.torn or (line if name in self.fields or not self.name else b"")
        self.fields.setdefault(name, value)

    def go_on(self, text: str) -> None:
        """More of the last field."""
        self.size += len(text)
        if self.size < _LONGEST:
            self.fields[self.last] += f"\n{text}"

    def parted(self, position: int) -> _Event:
        """The event that began behind the last field, which this one loses."""
        if self.last:
            self.fields[self.last] = self.fields[self.last].removesuffix(self.behind)
        self.torn = self.torn or self.behind.encode()
        return _Event(self.behind.split()[1], position)


def _told(event: _Event, host: str) -> Iterator[ReaderItem]:
    """An event, and that another one's fields stand in it or before it."""
    if event.name:
        yield _map_event(event.fields, event.position, event.name, host)
    if event.torn:
        reason = "Fields without an event: a line is damaged, or a command line holds text that looks like fields."
        yield Reject(position=event.position, code="damaged-event", reason=reason, sample=event.torn[:SAMPLE_BYTES])


@guarded
def _map_event(fields: dict[str, str], position: int, name: str, host: str) -> ReaderItem:
    if name == "SYSMONEVENT_PROCESS_TERMINATE":
        return ended(fields, position, host, None)
    if name != "SYSMONEVENT_CREATE_PROCESS":
        return None
    return sysmon(without_unknown(fields), position, host=host, time=None, record_id=str(position), kind=SYSMON_LINUX)


READER = SysmonLogViewReader()
