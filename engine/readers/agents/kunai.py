"""Kunai: JSON events, one a line.

why.kunai.rocks, events "execve", "execve_script", "exit_group": {"data": {…}, "info": {"host", "event", "task", "parent_task",
"utc_time"}}. A task's guuid stays over an execve, so it names no exec and is left alone.
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
        slug="kunai",
        title="Kunai",
        export="the file that Kunai's configuration names as output, or its standard output",
        read="execve and execve_script (the interpreter is the program) with parent and ancestors; exit_group ends a process",
        left_out="all other events",
        source="why.kunai.rocks/docs/events",
    ),
)

_EXEC = frozenset(("execve", "execve_script"))
_MOST_ANCESTORS = 8
_USER = ("info.task.user", "info.task.creds.effective.user", "info.task.uid", "info.task.creds.effective.uid")


def recognises(record: Record) -> bool:
    """An event's name and its task."""
    if "info" not in record and "info.event.name" not in record:
        return False
    return text(at(record, "info.event.name")) is not None and (
        at(record, "info.task") is not None or at(record, "info.task.pid") is not None
    )


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """A program that began to run, or the end of a process; None for other events."""
    name = text(at(record, "info.event.name"))
    pid = number(at(record, "info.task.tgid")) or number(at(record, "info.task.pid"))
    host = text(at(record, "info.host.name")) or text(at(record, "info.host.hostname")) or ""
    time = at(record, "info.utc_time")
    whole = name == "exit_group" or (name == "exit" and pid == number(at(record, "info.task.pid")))
    if whole and pid is not None:
        return ProcessEnd(position=position, host=host, time_us=moments.utc(time), pid=pid, image=_path(record, "exe"))
    if name not in _EXEC:
        return None
    script = name == "execve_script"
    image = (script and _path(record, "interpreter")) or _path(record, "exe")
    if not image:
        reason = "data.exe is empty: there is no executable to judge."
        return Reject(position=position, code="no-image", reason=reason, sample=sample_of(record))
    command = text(at(record, "data.command_line"))
    parent_command = text(at(record, "data.parent_command_line"))
    parent = text(at(record, "data.parent_exe"))
    return ProcessEvent(
        kind="kunai",
        image=told_by(image, *_words(command)),
        os=LINUX,
        host=host,
        time_us=moments.utc(time),
        pid=pid,
        ppid=number(at(record, "info.parent_task.tgid")) or number(at(record, "info.parent_task.pid")),
        parent_image=told_by(parent, *_words(parent_command)) if parent else None,
        ancestors=_ancestors(at(record, "data.ancestors"), parent),
        command_line=command,
        parent_command_line=parent_command,
        user=next((user for path in _USER if (user := text(at(record, path))) is not None), None),
        hashes=_hashes(group(record, "data.exe")),
        record_id=text(at(record, "info.event.uuid")) or str(position),
        position=position,
    )


def _path(record: Record, name: str) -> str | None:
    """Files are objects with a path (once called file) and hashes."""
    file = group(record, f"data.{name}")
    return text(file.get("path")) or text(file.get("file")) or text(at(record, f"data.{name}"))


def _hashes(exe: Mapping[str, Any]) -> str | None:
    found = [(name, text(exe.get(name))) for name in ("md5", "sha1", "sha256")]
    return ",".join(f"{name.upper()}={value}" for name, value in found if value) or None


def _ancestors(value: Any, parent: str | None) -> tuple[str, ...]:
    """Above the parent, nearest first. Kunai writes the oldest first, the parent last, in one text with | between."""
    names = [name for name in (text(value) or "").split("|") if name]
    if not names or parent is None:
        return ()
    if names[-1] == parent:
        names.pop()
    return tuple(reversed(names[-_MOST_ANCESTORS:]))


def _words(command: str | None) -> list[str]:
    return command[:4096].split(None, 2)[:2] if command else []
