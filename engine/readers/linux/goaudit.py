"""go-audit: one JSON object an event, with the kernel's records of it as text.

slackhq/go-audit, marshaller.go: {"sequence", "timestamp": "SECONDS.MILLIS", "messages": [{"type": 1300, "data": "…"}],
"uid_map": {"0": "root"}}.
"""

from __future__ import annotations

from typing import cast

from msgspec.structs import replace

from engine.domain.records import ProcessEvent, ReaderItem, Reject
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.linux.auditd_assemble import whole
from engine.readers.linux.auditd_interpreted import LocaleDates
from engine.readers.linux.auditd_records import AuditLine, as_bytes
from engine.readers.text.moments import Moments
from engine.readers.windows.windows_fields import text

FORMATS = (
    Format(
        slug="go-audit",
        title="go-audit",
        export="the file or syslog that go-audit's configuration names",
        read="as auditd; names of users from uid_map",
        left_out="as auditd",
        source="github.com/slackhq/go-audit, marshaller.go",
    ),
)

_MAX_MESSAGES = 4096


def recognises(record: Record) -> bool:
    """A sequence, a timestamp, and messages with a type and data."""
    messages = record.get("messages")
    if "sequence" not in record or "timestamp" not in record or type(messages) is not list or not messages:
        return False
    first = messages[0]
    return isinstance(first, dict) and "type" in first and "data" in first


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """The event as auditd's; None unless it is a successful execve."""
    stamp = as_bytes(f"{text(record['timestamp']) or ''}:{text(record['sequence']) or ''}")
    lines = [
        AuditLine(node=None, type=as_bytes(text(message.get("type")) or ""), stamp=stamp, body=as_bytes(message["data"]))
        for message in record["messages"][:_MAX_MESSAGES]
        if isinstance(message, dict) and type(message.get("data")) is str
    ]
    item = whole(lines, position, LocaleDates(moments))
    if item is None or isinstance(item, Reject):
        return item
    event = cast("ProcessEvent", item)
    names = record.get("uid_map")
    user = text(names.get(event.user)) if isinstance(names, dict) else None
    host = text(record.get("hostname")) or text(record.get("host")) or ""
    return replace(event, user=user or event.user, host=host)
