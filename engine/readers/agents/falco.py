"""Falco's alerts as JSON (json_output), through Falcosidekick too, and `sysdig -j`.

falco.org, "Falco Outputs" and "Supported fields". An alert names the process that made some system call: only where that call is
an execve that came back (evt.type) has a process begun, and a rule that does not put evt.type into its output proves none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.domain.records import LINUX, ProcessEnd, ProcessEvent, ReaderItem, Reject
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.text.applets import told_by
from engine.readers.text.moments import Moments
from engine.readers.text.nested import group
from engine.readers.windows.windows_fields import number, sample_of, text

FORMATS = (
    Format(
        slug="falco",
        title="Falco",
        export="falco -o json_output=true, Falcosidekick, `sysdig -j -p …`; rules have to have %evt.type in their output",
        read="alerts about execve and execveat (proc.*, user.name); procexit ends a process",
        left_out="alerts about other system calls, whose process began before; failed execve",
        source="falco.org/docs/outputs, falco.org/docs/reference/rules/supported-fields",
    ),
)

_EXEC = frozenset(("execve", "execveat"))
_ANCESTORS = range(2, 9)


def recognises(record: Record) -> bool:
    """A rule beside output fields, or sysdig's fields by themselves."""
    if "rule" in record and ("priority" in record or "output" in record):
        return isinstance(record.get("output_fields"), dict) or any(key.startswith("output_fields.") for key in record)
    return "evt.type" in record and ("proc.name" in record or "proc.pid" in record)


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """The program that an execve began; None for alerts about anything else."""
    fields = group(record, "output_fields") or record
    called = text(fields.get("evt.type"))
    if called == "procexit":
        pid = number(fields.get("proc.pid"))
        return ProcessEnd(position=position, host=_host(record, fields), time_us=_time(record, fields, moments), pid=pid)
    if called not in _EXEC or text(fields.get("evt.dir")) == ">" or _failed(fields):
        return None
    image = text(fields.get("proc.exepath")) or text(fields.get("proc.exe")) or text(fields.get("proc.name"))
    if image is None:
        reason = "proc.exepath, proc.exe and proc.name are empty: there is no executable to judge."
        return Reject(position=position, code="no-image", reason=reason, sample=sample_of(record))
    pid = number(fields.get("proc.pid"))
    parent = text(fields.get("proc.pexepath")) or text(fields.get("proc.pname"))
    return ProcessEvent(
        kind="falco",
        image=told_by(image, text(fields.get("proc.name"))),
        os=LINUX,
        host=_host(record, fields),
        time_us=_time(record, fields, moments),
        pid=pid,
        guid=_call(fields, pid),
        ppid=number(fields.get("proc.ppid")),
        parent_image=told_by(parent, text(fields.get("proc.pname"))) if parent else None,
        ancestors=_ancestors(fields) if parent else (),
        command_line=text(fields.get("proc.cmdline")),
        parent_command_line=text(fields.get("proc.pcmdline")),
        user=text(fields.get("user.name")) or text(fields.get("user.uid")),
        cwd=text(fields.get("proc.cwd")),
        logon_id=text(fields.get("proc.sid")),
        record_id=text(record.get("uuid")) or text(fields.get("evt.num")) or str(position),
        position=position,
    )


def _call(fields: Mapping[str, Any], pid: int | None) -> str | None:
    """The execve that the alert is about: several rules may match one, and it is one process in all of their alerts."""
    time = text(fields.get("evt.rawtime")) or text(fields.get("evt.time")) or ""
    return f"{time}:{pid}" if pid is not None and time.isascii() and time.isdigit() else None


def _failed(fields: Mapping[str, Any]) -> bool:
    return fields.get("evt.failed") in (True, "true") or text(fields.get("evt.res")) not in (None, "SUCCESS")


def _host(record: Record, fields: Mapping[str, Any]) -> str:
    return text(record.get("hostname")) or text(fields.get("evt.hostname")) or ""


def _time(record: Record, fields: Mapping[str, Any], moments: Moments) -> int | None:
    """evt.time is a number where the alert is JSON, and a time of day, which dates nothing, where sysdig prints it."""
    for value in (fields.get("evt.rawtime"), fields.get("evt.time"), fields.get("evt.time.iso8601"), fields.get("evt.datetime")):
        if type(value) is int or (type(value) is str and (value.isdigit() or value[4:5] == "-")):
            return moments.utc(value)
    return moments.utc(record.get("time"))


def _ancestors(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """Above the parent, as far as the rule tells them without a gap."""
    images: list[str] = []
    for number_above in _ANCESTORS:
        name = text(fields.get(f"proc.aexepath[{number_above}]")) or text(fields.get(f"proc.aname[{number_above}]"))
        if name is None:
            break
        images.append(name)
    return tuple(images)
