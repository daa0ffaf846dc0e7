"""What sysmonLogView prints of Sysmon for Linux: a line that names the event, below it one field a line, indented.

github.com/microsoft/SysmonForLinux, sysmonLogView. Other lines continue the value above them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from engine.domain.records import ReaderItem
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
_LONGEST = 4 * 1024 * 1024


class SysmonLogViewReader:
    """Events of Sysmon for Linux as text."""

    name = "sysmon-logview"

    def sniff(self, head: bytes, path: str) -> float:
        """Sure where the first line that is not blank names an event."""
        first = head.lstrip().split(b"\n", 1)[0].decode("utf-8", "replace")
        return 0.97 if _EVENT.fullmatch(first) else 0.0

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """One item per event; positions are those of its first line."""
        name, start, fields, last, size = "", 0, dict[str, str](), "", 0
        for position, line in numbered_lines(as_utf8(stream), hint.path):
            text = line.decode("utf-8", "backslashreplace")
            if found := _EVENT.fullmatch(text):
                if name:
                    yield _map_event(fields, start, name, hint.host)
                name, start, fields, last, size = found.group(1), position, {}, "", 0
            elif found := _FIELD.fullmatch(text):
                last, value = found.groups()
                fields.setdefault(last, value)
            elif last and text.strip() and (size := size + len(text)) < _LONGEST:
                fields[last] += f"\n{text}"
        if name:
            yield _map_event(fields, start, name, hint.host)


@guarded
def _map_event(fields: dict[str, str], position: int, name: str, host: str) -> ReaderItem:
    if name == "SYSMONEVENT_PROCESS_TERMINATE":
        return ended(fields, position, host, None)
    if name != "SYSMONEVENT_CREATE_PROCESS":
        return None
    return sysmon(without_unknown(fields), position, host=host, time=None, record_id=str(position), kind=SYSMON_LINUX)


READER = SysmonLogViewReader()
