"""Tetragon: its JSON export, one event a line.

tetragon.io, "Process execution" and the gRPC API (process_exec, process_exit). `exec_id` is another one after every execve, and
an execve without fork has what the process was before as its parent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.domain.records import LINUX, ProcessEnd, ProcessEvent, ReaderItem, Reject
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.text.applets import told_by
from engine.readers.text.moments import Moments
from engine.readers.text.nested import at, group
from engine.readers.windows.windows_fields import number, sample_of, text

FORMATS = (
    Format(
        slug="tetragon",
        title="Tetragon",
        export="/var/run/cilium/tetragon/tetragon.log*, `tetra getevents -o json`",
        read="process_exec with its parent; process_exit ends a process",
        left_out="kprobes, tracepoints and all other events",
        source="tetragon.io/docs/use-cases/process-lifecycle/process-execution",
    ),
)

_EVENTS = (
    *("process_exec", "process_exit", "process_kprobe", "process_tracepoint", "process_loader", "process_uprobe"),
    *("process_lsm", "process_usdt", "process_throttle", "rate_limit_info", "process_dns"),
)
_MOST_ANCESTORS = 8


def recognises(record: Record) -> bool:
    """One of the events, beside a time or a node; flattened too."""
    if any(key in record for key in _EVENTS):
        return "time" in record or "node_name" in record
    return "node_name" in record and any(key.startswith("process_") and ".process." in key for key in record)


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """A process that began to run an image, or the end of one; None for other events."""
    left = group(record, "process_exit")
    if left:
        return _end(record, left, position, moments)
    exec_event = group(record, "process_exec")
    if not exec_event:
        return None
    process, parent = group(exec_event, "process"), group(exec_event, "parent")
    binary = text(at(process, "binary"))
    if binary is None:
        reason = "process_exec.process.binary is empty: there is no executable to judge."
        return Reject(position=position, code="no-image", reason=reason, sample=sample_of(record))
    start = at(process, "start_time")
    return ProcessEvent(
        kind="tetragon",
        image=_image(process) or binary,
        os=LINUX,
        host=text(record.get("node_name")) or "",
        time_us=moments.utc(record.get("time") if start is None else start),
        pid=number(at(process, "pid")),
        ppid=number(at(parent, "pid")),
        guid=text(at(process, "exec_id")),
        parent_guid=text(at(parent, "exec_id")) or text(at(process, "parent_exec_id")),
        parent_image=_image(parent),
        ancestors=_ancestors(exec_event),
        command_line=_command(process),
        parent_command_line=_command(parent),
        user=text(at(process, "user.name")) or text(at(process, "uid")),
        cwd=text(at(process, "cwd")),
        record_id=str(position),
        position=position,
    )


def _end(record: Record, left: Mapping[str, Any], position: int, moments: Moments) -> ReaderItem:
    process = group(left, "process")
    return ProcessEnd(
        position=position,
        host=text(record.get("node_name")) or "",
        time_us=moments.utc(at(left, "time") or record.get("time")),
        pid=number(at(process, "pid")),
        guid=text(at(process, "exec_id")),
        image=_image(process),
    )


def _image(process: Mapping[str, Any]) -> str | None:
    binary = text(at(process, "binary"))
    words = _arguments(process)[:256].split(None, 1)
    return told_by(binary, binary, *words[:1]) if binary else None


def _command(process: Mapping[str, Any]) -> str | None:
    """Tetragon writes the program and its arguments apart, the latter quoted where they hold blanks."""
    binary, arguments = text(at(process, "binary")), _arguments(process)
    return f"{binary} {arguments}" if binary and arguments else binary


def _arguments(process: Mapping[str, Any]) -> str:
    """As they are: "-" is an argument as good as any."""
    found = at(process, "arguments")
    return found if type(found) is str else text(found) or ""


def _ancestors(exec_event: Mapping[str, Any]) -> tuple[str, ...]:
    found = at(exec_event, "ancestors")
    if type(found) is not list:
        return ()
    images = [_image(process) for process in found[:_MOST_ANCESTORS] if isinstance(process, Mapping)]
    return tuple(image for image in images if image)
