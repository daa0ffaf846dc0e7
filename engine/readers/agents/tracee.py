"""Tracee: JSON events, in the layout of versions up to 0.2x (eventName, args) and of the newer API (name, workload, data).

aquasecurity.github.io/tracee, "sched_process_exec", "sched_process_exit", and types/trace. Process ids of the host are used and
not those of a container. processEntityId stays over an execve, so it names no exec and is left alone.
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

_SINCE_1970_NS = 10**18
_VALUES = ("value", "str", "strArray", "str_array", "bool", "int32", "int64", "uInt32", "uInt64")


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
        host=text(record.get("hostName")) or text(at(record, "workload.host.name")) or "",
        time_us=_time(record, moments),
        pid=_pid(record, "hostProcessId", "processId", "workload.process.hostPid", "workload.process.pid"),
        ppid=_pid(record, "hostParentProcessId", "parentProcessId") or _parent(record),
        command_line=shlex.join(argv) or None,
        user=text(record.get("userId")) or text(at(record, "workload.process.realUser.id")),
        record_id=str(position),
        position=position,
    )


def _end(record: Record, arguments: Mapping[str, Any], position: int, moments: Moments) -> ReaderItem:
    """Threads end with this event, too."""
    whole = arguments.get("process_group_exit")
    pid = _pid(record, "hostProcessId", "processId", "workload.process.hostPid", "workload.process.pid")
    if whole is None:
        whole = pid is not None and pid == _pid(record, "hostThreadId", "threadId", "workload.process.thread.hostTid")
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
    value = next((entry[key] for key in _VALUES if key in entry), None)
    return value.get("value") if isinstance(value, Mapping) else value


def _time(record: Record, moments: Moments) -> int | None:
    """Nanoseconds since 1970, or a date; since the boot it is when Tracee was told so."""
    value = record.get("timestamp")
    if type(value) is str and value.isdigit():
        value = int(value)
    return None if type(value) is int and value < _SINCE_1970_NS else moments.utc(value)


def _pid(record: Record, *paths: str) -> int | None:
    return next((pid for path in paths if (pid := number(at(record, path))) is not None), None)


def _parent(record: Record) -> int | None:
    found = at(record, "workload.process.ancestors")
    first = found[0] if type(found) is list and found and isinstance(found[0], Mapping) else {}
    return number(first.get("hostPid")) or number(first.get("pid"))
