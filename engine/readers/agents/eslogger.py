"""eslogger: events of Apple's Endpoint Security as JSON, one a line.

eslogger(1) and the headers of EndpointSecurity: process is who did it, for exec the process as it was before;
event.exec.target is what it became. The parent is the target's ppid, not the process's.
"""

from __future__ import annotations

import shlex
from typing import Any

from engine.domain.records import ProcessEnd, ProcessEvent, ReaderItem, Reject
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.text.moments import Moments
from engine.readers.text.nested import at
from engine.readers.windows.windows_fields import number, sample_of, text

FORMATS = (
    Format(
        slug="eslogger",
        title="eslogger (macOS)",
        export="sudo eslogger exec fork exit > events.json",
        read="exec: the target with its arguments; exit ends a process",
        left_out="fork and all other events; execs that were denied",
        source="eslogger(1), developer.apple.com/documentation/endpointsecurity",
    ),
)

_DENIED = 1
_NOBODY = "4294967294"


def recognises(record: Record) -> bool:
    """An event beside a process, and what only Endpoint Security has."""
    marks = "event_type" in record and ("mach_time" in record or "global_seq_num" in record or "schema_version" in record)
    return marks and isinstance(record.get("event"), dict) and isinstance(record.get("process"), dict)


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """An exec, or the end of a process; None for other events."""
    event: dict[str, Any] = record["event"]
    time = record.get("time")
    if "exit" in event:
        pid = number(at(record, "process.audit_token.pid"))
        image = text(at(record, "process.executable.path"))
        return ProcessEnd(position=position, time_us=moments.utc(time), pid=pid, image=image)
    run = event.get("exec")
    if not isinstance(run, dict) or at(record, "action.result.result.auth") == _DENIED:
        return None
    image = text(at(run, "target.executable.path"))
    if image is None:
        reason = "event.exec.target.executable.path is empty: there is no executable to judge."
        return Reject(position=position, code="no-image", reason=reason, sample=sample_of(record))
    arguments = run.get("args")
    argv = [word for word in arguments if type(word) is str] if type(arguments) is list else []
    return ProcessEvent(
        kind="eslogger",
        image=image,
        host=text(record.get("hostname")) or "",
        time_us=moments.utc(time),
        pid=number(at(run, "target.audit_token.pid")),
        ppid=number(at(run, "target.ppid")) or number(at(run, "target.parent_audit_token.pid")),
        command_line=shlex.join(argv) or None,
        user=_user(at(run, "target.audit_token.euid")),
        cwd=text(at(run, "cwd.path")),
        logon_id=text(at(run, "target.audit_token.asid")),
        record_id=text(record.get("global_seq_num")) or str(position),
        position=position,
    )


def _user(value: Any) -> str | None:
    """A user's number; nobody's, -2, is written without its sign."""
    found = text(value)
    return "-2" if found == _NOBODY else found
