"""What sysmonLogView prints of Sysmon for Linux: a line that names the event, below it one field a line, indented.

github.com/microsoft/SysmonForLinux, sysmonLogView. Other lines continue the value above them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
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
        name, start, fields, last, size = "", 0, dict[str, str](), "", 0
        torn = b""
        for position, line in numbered_lines(as_utf8(stream), hint.path):
            text = line.decode("utf-8", "backslashreplace")
            if found := _EVENT.fullmatch(text):
                yield from _told(fields, start, name, hint.host, torn)
                name, start, fields, last, size = found.group(1), position, {}, "", 0
                torn = b""
            elif found := _FIELD.fullmatch(text):
                last, value = found.groups()
                start = start or position
                torn = torn or (line if last in fields or not name else b"")
                fields.setdefault(last, value)
            elif last and text.strip() and (size := size + len(text)) < _LONGEST:
                fields[last] += f"\n{text}"
        yield from _told(fields, start, name, hint.host, torn)


def _told(fields: dict[str, str], position: int, name: str, host: str, torn: bytes) -> Iterator[ReaderItem]:
    """An event, and that another one's fields stand in it or before it."""
    if name:
        yield _map_event(fields, position, name, host)
    if torn:
        reason = "Fields without an event: a line is damaged, or a command line holds text that looks like fields."
        yield Reject(position=position, code="damaged-event", reason=reason, sample=torn[:SAMPLE_BYTES])


@guarded
def _map_event(fields: dict[str, str], position: int, name: str, host: str) -> ReaderItem:
    if name == "SYSMONEVENT_PROCESS_TERMINATE":
        return ended(fields, position, host, None)
    if name != "SYSMONEVENT_CREATE_PROCESS":
        return None
    return sysmon(without_unknown(fields), position, host=host, time=None, record_id=str(position), kind=SYSMON_LINUX)


READER = SysmonLogViewReader()
