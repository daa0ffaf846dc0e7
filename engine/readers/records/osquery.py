"""Process rows of osquery's results log: process_events, bpf_process_events, es_process_events, and differences and
snapshots of the processes table. Queries have names of the user's choice, so columns decide what a row is.

Log formats: osquery.readthedocs.io, "Logging" (event, batch and snapshot format).
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

from engine.domain.records import LINUX, SAMPLE_BYTES, ProcessEvent, ReaderItem, Reject
from engine.readers.contract import Format
from engine.readers.text.moments import Moments
from engine.readers.text.timestamps import parse_utc

FORMATS = (
    Format(
        slug="osquery",
        title="osquery results log",
        export="osqueryd's filesystem logger (osqueryd.results.log, osqueryd.snapshots.log), event, batch and snapshot format",
        read="rows of process_events, bpf_process_events, es_process_events and of the processes table",
        left_out="rows that went away, forks, failed execs, other tables",
        source="osquery.readthedocs.io/en/stable/deployment/logging",
    ),
)

_PARENT = ("parent", "ppid", "parent_pid")
_EXEC_EVENTS = frozenset(("exec", "execve", "execveat"))


def recognises(record: dict[str, Any]) -> bool:
    """Any line of a results or snapshot log."""
    return "hostIdentifier" in record and ("columns" in record or "snapshot" in record or "diffResults" in record)


def expand(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One record per row: batches and snapshots carry many. Records in event format come back as they are."""
    rows: list[tuple[str, Any]] = []
    changes = record.get("diffResults")
    if isinstance(changes, dict):
        rows += [("added", row) for row in _rows(changes.get("added"))]
    rows += [("snapshot", row) for row in _rows(record.get("snapshot"))]
    if not rows:
        yield record
        return
    shared = {key: value for key, value in record.items() if key not in {"diffResults", "snapshot"}}
    for action, row in rows:
        yield {**shared, "columns": row, "action": action}


def map_record(record: dict[str, Any], position: int, moments: Moments) -> ReaderItem:
    """One row. Rows that went away ("removed") started in an earlier row or before the log did: None."""
    columns = record.get("columns")
    if not isinstance(columns, dict):
        held = [row["columns"] for row in expand(record) if isinstance(row.get("columns"), dict)]
        if any(_is_process(record, row) for row in held):
            return _reject(record, position, "many-rows", f"{len(held)} rows in one record; they have to be expanded first.")
        return None
    # Tuples and not sets: a value may be a list, which has no hash.
    if record.get("action", "added") not in ("added", "snapshot") or not _is_process(record, columns) or not _started(columns):
        return None
    pid = _number(columns.get("pid"))
    if pid is None:
        return _reject(record, position, "bad-pid", "columns.pid is no process id.")
    command = _text(columns.get("cmdline"))
    parent_command = _text(columns.get("pcmdline"))
    # `path` is empty for other users' processes and kernel threads. The command line comes before `name`: queries that
    # join the parent in often select the parent's name under that column.
    image = _text(columns.get("path")) or _first_word(command) or _text(columns.get("name")) or ""
    return ProcessEvent(
        kind="osquery",
        image=image,
        # The log does not say; the tables of Windows and macOS have other paths.
        os="" if "\\" in image else LINUX,
        host=_text(record.get("hostIdentifier")) or "",
        time_us=_time(record, columns),
        pid=pid,
        ppid=next((number for key in _PARENT if (number := _number(columns.get(key))) is not None), None),
        parent_image=_text(columns.get("parent_path")) or _text(columns.get("ppath")) or _first_word(parent_command),
        command_line=command,
        parent_command_line=parent_command,
        user=_text(columns.get("username")) or _text(columns.get("uid")),
        cwd=_text(columns.get("cwd")),
        record_id=_text(columns.get("eid")),
        position=position,
    )


def _rows(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_process(record: dict[str, Any], columns: dict[str, Any]) -> bool:
    if "pid" not in columns or not ("path" in columns or "name" in columns or "cmdline" in columns):
        return False
    # Sockets, open files and logins have pid and path, too; only processes have a parent, or a query that says so.
    return any(key in columns for key in _PARENT) or ("cmdline" in columns and "process" in str(record.get("name", "")))


def _started(columns: dict[str, Any]) -> bool:
    """Whether an event row is a successful exec; rows of the processes table always are one."""
    event = columns.get("syscall") or columns.get("event_type") or "exec"
    failed = columns.get("exit_code") if "probe_error" in columns else "0"
    return str(event) in _EXEC_EVENTS and str(failed or "0") == "0"


def _time(record: dict[str, Any], columns: dict[str, Any]) -> int | None:
    for value in (columns.get("time"), columns.get("start_time"), record.get("unixTime"), record.get("calendarTime")):
        if (moment := parse_utc(value)) is not None:
            return moment
    return None


def _first_word(command: str | None) -> str | None:
    if command is None:
        return None
    try:
        words = shlex.split(command[:4096], posix=True) if command[:1] in {'"', "'"} else command.split(None, 1)
    except ValueError:
        words = command.split(None, 1)
    return words[0] if words else None


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _number(value: object) -> int | None:
    """Process id; osquery writes numbers as text unless `numerics` is on. -1 stands for an unknown parent."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if 0 < value < 2**32 else None
    text = value if isinstance(value, str) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 and text != "0" else None


def _reject(record: dict[str, Any], position: int, code: str, reason: str) -> Reject:
    sample = str(record)[:SAMPLE_BYTES].encode("utf-8", "replace")[:SAMPLE_BYTES]
    return Reject(position=position, code=code, reason=reason, sample=sample)
