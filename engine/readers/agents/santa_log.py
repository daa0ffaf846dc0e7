"""Santa's text log: `[2024-05-02T10:00:00.123Z] I santad: action=EXEC|decision=ALLOW|…|path=/bin/ls|args=ls -l`.

santa.dev, "Logs". A value's own | is written <pipe>.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from engine.domain.records import SAMPLE_BYTES, ProcessEnd, ProcessEvent, ReaderItem, Reject
from engine.readers.contract import Format, ReadOptions
from engine.readers.guard import guarded
from engine.readers.text.bounded_lines import numbered_lines
from engine.readers.text.encoding import as_utf8
from engine.readers.text.moments import Moments
from engine.readers.windows.windows_fields import number, text

FORMATS = (
    Format(
        slug="santa-log",
        title="Santa, text log",
        export="/var/db/santa/santa.log*",
        read="action=EXEC with decision=ALLOW…; action=EXIT ends a process",
        left_out="denied executions, forks, file and disk events",
        source="santa.dev, Logs",
    ),
)

_LINE = re.compile(rb"(?:\[(\S{19,35})\]|(\S{19,35}) \S+) .{0,64}?santad[^:]{0,32}: (action=[A-Z_]{2,40}(?:\|.*)?)$", re.DOTALL)
_SNIFF_LINES = 200
_ALLOWED = "ALLOW"


class SantaLogReader:
    """Lines of santa.log."""

    name = "santa-log"

    def sniff(self, head: bytes, path: str) -> float:
        """Share of the first lines that tell an action of santad."""
        lines = [line for line in head.split(b"\n")[:_SNIFF_LINES] if line.strip()]
        hits = sum(_LINE.match(line.rstrip(b"\r")) is not None for line in lines)
        return 0.95 * hits / len(lines) if lines else 0.0

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """One item per line."""
        moments = Moments.of(hint)
        for position, line in numbered_lines(as_utf8(stream), hint.path):
            if line.strip():
                yield _map_line(line, position, moments, hint.host)
        yield from moments.notes()


@guarded
def _map_line(line: bytes, position: int, moments: Moments, host: str) -> ReaderItem:
    found = _LINE.match(line)
    if found is None:
        return None
    fields = {
        name: value.replace("<pipe>", "|")
        for part in found.group(3).decode("utf-8", "backslashreplace").split("|")
        for name, equals, value in (part.partition("="),)
        if equals
    }
    get = fields.get
    time = moments.utc((found.group(1) or found.group(2)).decode("utf-8", "replace"))
    host = get("machineid") or host
    if get("action") == "EXIT":
        return ProcessEnd(position=position, host=host, time_us=time, pid=number(get("pid")))
    if get("action") != "EXEC" or not get("decision", "").startswith(_ALLOWED):
        return None
    image = text(get("path"))
    if image is None:
        return Reject(position=position, code="no-image", reason="path is empty.", sample=line[:SAMPLE_BYTES])
    return ProcessEvent(
        kind="santa",
        image=image,
        host=host,
        time_us=time,
        pid=number(get("pid")),
        ppid=number(get("ppid")),
        command_line=text(get("args")),
        user=text(get("user")) or text(get("uid")),
        hashes=f"SHA256={fields['sha256']}" if get("sha256") else None,
        record_id=str(position),
        position=position,
    )


READER = SantaLogReader()
