"""Santa (macOS): its events as JSON, one a line; `santa_log` reads the text log.

github.com/google/santa, Source/common/santa.proto and santad/testdata/protobuf: {"event_time", "machine_id", "execution": {…}}.
Arguments are bytes, base64 in JSON.
"""

from __future__ import annotations

import shlex
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from typing import Any

from engine.domain.records import ProcessEnd, ProcessEvent, ReaderItem, Reject
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.text.moments import Moments
from engine.readers.text.nested import at, group
from engine.readers.windows.windows_fields import number, sample_of, text

FORMATS = (
    Format(
        slug="santa-json",
        title="Santa, JSON",
        export="the file of EventLogType json (/var/db/santa/santa.log)",
        read="executions that were allowed; exit ends a process",
        left_out="executions that were denied, fork, file and login events",
        source="github.com/google/santa, Source/common/santa.proto",
    ),
)

_EVENTS = (
    *("execution", "exit", "fork", "close", "rename", "unlink", "link", "exchangedata", "disk", "bundle", "allowlist"),
    *("file_access", "codesigning_invalidated", "login_window_session", "login_logout", "screen_sharing", "open_ssh"),
)


def recognises(record: Record) -> bool:
    """One of the events beside Santa's envelope, or an execution with its instigator, target and decision."""
    if "event_time" in record and ("machine_id" in record or "boot_session_uuid" in record or "processed_time" in record):
        return any(key in record for key in _EVENTS)
    inner = record.get("execution")
    return isinstance(inner, Mapping) and "instigator" in inner and "target" in inner


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """An execution that was let run, or the end of a process; None for other events."""
    host = text(record.get("machine_id")) or ""
    time = record.get("event_time")
    if (left := group(record, "exit")) and (process := group(left, "instigator")):
        pid, image = number(at(process, "id.pid")), text(at(process, "executable.path"))
        return ProcessEnd(position=position, host=host, time_us=moments.utc(time), pid=pid, image=image)
    run = group(record, "execution")
    if not run or (text(at(run, "decision")) or "").removeprefix("DECISION_") in ("DENY", "BLOCK"):
        return None
    image = text(at(run, "target.executable.path"))
    if image is None:
        reason = "execution.target.executable.path is empty: there is no executable to judge."
        return Reject(position=position, code="no-image", reason=reason, sample=sample_of(record))
    hashed = text(at(run, "target.executable.hash.hash"))
    start = at(run, "target.start_time")
    return ProcessEvent(
        kind="santa",
        image=image,
        host=host,
        time_us=moments.utc(start if time is None else time),
        pid=number(at(run, "target.id.pid")),
        ppid=number(at(run, "target.parent_id.pid")),
        command_line=shlex.join(_arguments(at(run, "args"))) or None,
        user=text(at(run, "target.effective_user.name")) or text(at(run, "target.effective_user.uid")),
        cwd=text(at(run, "working_directory.path")),
        logon_id=text(at(run, "target.session_id")),
        hashes=f"SHA256={hashed}" if hashed else None,
        record_id=str(position),
        position=position,
    )


def _arguments(value: Any) -> list[str]:
    return [_decoded(word) for word in value if type(word) is str] if type(value) is list else []


def _decoded(word: str) -> str:
    try:
        return b64decode(word, validate=True).decode("utf-8", "backslashreplace")
    except (Base64Error, ValueError):
        return word
