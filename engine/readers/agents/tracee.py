"""Tracee: JSON events, in the layout of versions up to 0.2x (eventName, args) and of the newer API (name, workload, data).

aquasecurity.github.io/tracee, "sched_process_exec", "sched_process_exit", "Event Output Structure"; types/trace. Process ids of
the host are used and not those of a container. processEntityId stays over an execve, so it names no exec and is left alone.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from engine.domain.records import LINUX, ProcessEnd, ProcessEvent, ReaderItem, Reject
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.text.applets import told_by
from engine.readers.text.moments import Moments
from engine.readers.text.nested import at
from engine.readers.windows.windows_fields import number, sample_of, text

FORMATS = (
    Format(
        slug="tracee",
        title="Tracee",
        export="tracee --output json --events sched_process_exec,sched_process_exit",
        read="sched_process_exec; sched_process_exit of a process ends it",
        left_out="all other events, system calls too; times relative to the boot",
        source="aquasecurity.github.io/tracee, sched_process_exec",
    ),
)

_SINCE_1970_DIGITS = 19
"""Of nanoseconds since 1970; an uptime has fewer."""
_VALUES = ("value", "str", "strArray", "str_array", "bool", "int32", "int64", "uInt32", "u_int32", "uInt64", "u_int64")
_PROCESS = "workload.process."
_PID = ("hostProcessId", "processId", *(_PROCESS + name for name in ("hostPid", "host_pid", "pid")))
_PPID = ("hostParentProcessId", "parentProcessId")
_TID = ("hostThreadId", "threadId", *(_PROCESS + name for name in ("thread.hostTid", "thread.host_tid", "thread.tid")))
_USER = ("userId", _PROCESS + "realUser.id", _PROCESS + "real_user.id")


def recognises(record: Record) -> bool:
    """An event name beside the host's process id, or a workload beside data."""
    if "eventName" in record:
        return "hostProcessId" in record or "processId" in record
    return "name" in record and "workload" in record and "timestamp" in record


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """A program that began to run, or the end of a process; None for other events."""
    name = text(record.get("eventName")) or text(record.get("name"))
    arguments = _arguments(record)
    if name == "sched_process_exit":
        return _end(record, arguments, position, moments)
    if name != "sched_process_exec":
        return None
    argv = [word for word in arguments.get("argv") or () if type(word) is str] if type(arguments.get("argv")) is list else []
    image = text(arguments.get("pathname")) or text(arguments.get("cmdpath")) or text(at(record, "executable.path"))
    if image is None:
        reason = "The arguments pathname and cmdpath are empty: there is no executable to judge."
        return Reject(position=position, code="no-image", reason=reason, sample=sample_of(record))
    return ProcessEvent(
        kind="tracee",
        image=told_by(image, *argv[:2]),
        os=LINUX,
        host=text(record.get("hostName")) or "",
        time_us=_time(record, moments),
        pid=_pid(record, _PID),
        ppid=_pid(record, _PPID) or _parent(record),
        command_line=shlex.join(argv) or None,
        user=next((user for path in _USER if (user := text(_plain(at(record, path)))) is not None), None),
        record_id=str(position),
        position=position,
    )


def _end(record: Record, arguments: Mapping[str, Any], position: int, moments: Moments) -> ReaderItem:
    """Threads end with this event, too."""
    whole = arguments.get("process_group_exit")
    pid = _pid(record, _PID)
    if whole is None:
        whole = pid is not None and pid == _pid(record, _TID)
    if pid is None or whole not in (True, 1, "true", "1"):
        return None
    host = text(record.get("hostName")) or ""
    image = text(at(record, "executable.path")) or text(at(record, "workload.process.executable.path"))
    return ProcessEnd(position=position, host=host, time_us=_time(record, moments), pid=pid, image=image)


def _arguments(record: Record) -> Mapping[str, Any]:
    found = record.get("args", record.get("data"))
    if type(found) is not list:
        return found if isinstance(found, Mapping) else {}
    return {entry["name"]: _value(entry) for entry in found if isinstance(entry, Mapping) and type(entry.get("name")) is str}


def _value(entry: Mapping[str, Any]) -> Any:
    return _plain(next((entry[key] for key in _VALUES if key in entry), None))


def _plain(value: Any) -> Any:
    """Protobuf wraps numbers that may be missing, and lists."""
    return value.get("value") if isinstance(value, Mapping) else value


def _time(record: Record, moments: Moments) -> int | None:
    """Nanoseconds since 1970, or a date, or seconds and nanoseconds; since the boot it is when Tracee was told so."""
    value = record.get("timestamp")
    if isinstance(value, Mapping):
        seconds = moments.utc(text(value.get("seconds")))
        nanos = value.get("nanos")
        return seconds if seconds is None or type(nanos) is not int else seconds + nanos // 1_000
    digits = text(value) or ""
    relative = digits.isascii() and digits.isdigit() and len(digits) < _SINCE_1970_DIGITS
    return None if relative else moments.utc(value)


def _pid(record: Record, paths: tuple[str, ...]) -> int | None:
    return next((pid for path in paths if (pid := number(_plain(at(record, path)))) is not None), None)


def _parent(record: Record) -> int | None:
    found = at(record, "workload.process.ancestors")
    first = found[0] if type(found) is list and found and isinstance(found[0], Mapping) else {}
    return _pid(dict(first), ("hostPid", "host_pid", "pid"))
