"""One row of a list of processes as an event: the process began when the list says that it was created."""

from __future__ import annotations

from typing import Any

from engine.domain.records import SAMPLE_BYTES, ProcessEnd, ProcessEvent, ReaderItem, Reject
from engine.readers.contract import Record
from engine.readers.guess.guessed import system_of
from engine.readers.text.csv_common import process_id
from engine.readers.windows.windows_fields import text

KIND = "list"


def first(record: Record, *names: str) -> str | None:
    """The first of these fields that holds something, as text."""
    for name in names:
        if (value := told(record.get(name))) is not None:
            return value
    return None


def told(value: Any) -> str | None:
    """A value as text; None for nothing, also as lists write it: "N/A", "-"."""
    if isinstance(value, list) and all(isinstance(part, str | int) for part in value):
        value = " ".join(map(str, value))
    found = text(value)
    return None if found is None or found.strip() in ("", "-", "N/A", "Unknown", "Disabled") else found.strip()


def event(record: Record, position: int, time_us: int | None, **fields: str | None) -> ReaderItem:
    """The event, or a Reject where neither program nor name is there. `fields`: path, name, pid, ppid, host, command_line, user,
    hashes, os, as the list has them.
    """
    get = fields.get
    image = get("path") or get("name")
    pid = process_id(get("pid"))
    # Pid 0 of Windows is no process: the idle loop, under whatever name.
    if image is None:
        if (get("pid") or "").strip() == "0":
            return None
        return Reject(
            position=position, code="no-image", reason="Neither the program nor its name is there.", sample=_sample(record)
        )
    if pid is None and (get("pid") or "").strip() != "0":
        reason = f"{str(get('pid'))[:60]!r} is no process id."
        return Reject(position=position, code="bad-pid", reason=reason, sample=_sample(record))
    if pid is None:
        return None
    return ProcessEvent(
        kind=KIND,
        image=image,
        os=get("os") or system_of(image),
        host=get("host") or "",
        time_us=time_us,
        pid=pid,
        ppid=process_id(get("ppid")),
        command_line=get("command_line"),
        user=get("user"),
        cwd=get("cwd"),
        hashes=get("hashes"),
        record_id=str(position),
        position=position,
    )


def end(position: int, time_us: int | None, pid: str | None, image: str | None, host: str | None = None) -> ProcessEnd:
    """The end of a process in a list that has ended ones, too."""
    return ProcessEnd(position=position, host=host or "", time_us=time_us, pid=process_id(pid), image=image)


def with_end(record: Record, exit_key: str, kept: tuple[str, ...]) -> list[Record]:
    """A row of a process that has ended, as its beginning and its end: the row without `exit_key`, and what names the end."""
    begun = {key: value for key, value in record.items() if key != exit_key}
    return [begun, {key: record[key] for key in (*kept, exit_key) if key in record}]


def _sample(record: Record) -> bytes:
    return str(dict(record))[: SAMPLE_BYTES * 2].encode("utf-8", "replace")[:SAMPLE_BYTES]
