"""Process rows of osquery: process_events, bpf_process_events, es_process_events, process_etw_events, and the processes table, as
differences, events and snapshots of the results log, as osqueryi prints them, and as Fleet and Elastic hand them over. Queries
have names of the user's choice, so columns decide what a row is.

Log formats: osquery.readthedocs.io, "Logging" (event, batch and snapshot format); tables: osquery.io/schema; Fleet: fleetdm.com,
"Understanding queries" and its REST API (reports).
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

from engine.domain.records import LINUX, WINDOWS, ProcessEnd, ProcessEvent, ReaderItem, Reject
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.text.applets import told_by
from engine.readers.text.json_text import load_object
from engine.readers.text.moments import Moments
from engine.readers.text.nested import at
from engine.readers.text.timestamps import parse_utc
from engine.readers.windows.windows_event import map_event
from engine.readers.windows.windows_fields import sample_of, text

FORMATS = (
    Format(
        slug="osquery",
        title="osquery results log",
        export="osqueryd's filesystem logger (osqueryd.results.log, osqueryd.snapshots.log), event, batch and snapshot format",
        read="rows of process_events, bpf_, es_ and process_etw_events, of the processes table, and of windows_events",
        left_out="rows that went away, forks, failed execs, other tables; ends close a pid",
        source="osquery.readthedocs.io/en/stable/deployment/logging, osquery.io/schema",
    ),
    Format(
        slug="osquery-rows",
        title="osqueryi and Fleet",
        export="osqueryi --json (or --csv) 'SELECT * FROM processes'; Fleet: export of a live query or a report, fleetctl query",
        read="rows with pid, parent and a path, name or command line; processes start at start_time",
        left_out="as the results log; rows without parent",
        source="osquery.io/schema (processes), fleetdm.com/docs/rest-api",
    ),
)

_PARENT = ("parent", "ppid", "parent_pid")
_EXEC_EVENTS = frozenset(("exec", "execve", "execveat", "processstart"))
_END_EVENTS = frozenset(("exit", "exit_group", "processstop"))
_HOSTS = ("hostIdentifier", "host_identifier", "host_display_name", "host_hostname", "hostname", "host_name", "Host", "host")
_COLUMNS = frozenset(
    (
        *("pid", "parent", "ppid", "path", "name", "cmdline", "cwd", "uid", "gid", "euid", "egid", "suid", "sgid", "username"),
        *("start_time", "state", "root", "on_disk", "pgroup", "threads", "nice", "resident_size", "total_size", "elapsed_time"),
        *("time", "eid", "syscall", "event_type", "auid", "mode", "ctime", "btime", "mtime", "uptime", "cmdline_size", "ntime"),
        *("process_sequence_number", "parent_process_sequence_number", "mandatory_label", "datetime", "session_id", "exit_code"),
    )
)
_JOINED = frozenset(("fd", "socket", "local_port", "remote_port", "remote_address", "local_address", "port", "handle"))
"""Columns of tables that queries join with processes: what stands there is a connection or an open file of one."""
_ENOUGH = 4
"""Columns of a row that stands alone, besides the numbers of process and parent being numbers."""
_MACOS = ("/System/", "/Applications/", "/Library/", "/Users/", "/private/", "/usr/libexec/")


def recognises(record: Record) -> bool:
    """Any line of a results or snapshot log, a row of Fleet or Elastic, or a process row by itself."""
    if "columns" in record:
        return any(key in record for key in ("hostIdentifier", "host_name", "host_id", "host_identifier"))
    if "hostIdentifier" in record:
        return "snapshot" in record or "diffResults" in record
    if "rows" in record:
        return _fleet_rows(record)
    if _is_bare(record) or _is_windows_event(record):
        return True
    osquery = record.get("osquery")
    return isinstance(osquery, dict) and (isinstance(at(osquery, "result.columns"), dict) or _is_bare(osquery))


def _is_bare(record: Record) -> bool:
    if _number(record.get("pid")) is None or not _has_image(record) or not record.keys().isdisjoint(_JOINED):
        return False
    parent = record.get("parent")
    if parent is None and "process_sequence_number" in record:
        return "ppid" in record
    # The parent is a number in osquery's tables and nearly nowhere else.
    return (_number(parent) is not None or str(parent) in ("0", "-1")) and len(record.keys() & _COLUMNS) >= _ENOUGH


def _fleet_rows(record: Record) -> bool:
    """What `fleetctl query` prints for each host."""
    rows = record["rows"]
    return "host" in record and type(rows) is list and bool(rows) and isinstance(rows[0], dict) and _is_bare(rows[0])


_LOGGED = frozenset(("columns", "snapshot", "diffResults"))
"""What no row has and every record of the results log has one of."""


def expand(record: Record) -> Iterator[Record]:
    """One record per row: batches and snapshots carry many. Records in event format come back as they are."""
    rows: list[tuple[str, Any]] = []
    changes = record.get("diffResults")
    if isinstance(changes, dict):
        rows += [("added", row) for row in _rows(changes.get("added"))]
    rows += [("snapshot", row) for row in _rows(record.get("snapshot"))]
    if "columns" not in record:
        rows += [("snapshot", row) for row in _rows(record.get("rows"))]
    if not rows:
        yield record
        return
    shared = {key: value for key, value in record.items() if key not in {"diffResults", "snapshot", "rows"}}
    if "hostIdentifier" not in shared:
        shared["hostIdentifier"] = _host(record)
    for action, row in rows:
        # Behind a record that is cut in its list the next ones stand in that list.
        whole = isinstance(row, dict) and not _LOGGED.isdisjoint(row)
        yield row if whole else {**shared, "columns": row, "action": action}


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """One row. Rows that went away ("removed") started in an earlier row or before the log did: None."""
    record = _logged(record)
    columns = record.get("columns")
    if isinstance(columns, dict) and _is_windows_event(columns):
        return _windows_event(record, columns, position)
    if not isinstance(columns, dict):
        held = [row["columns"] for row in expand(record) if isinstance(row.get("columns"), dict)]
        if any(_is_process(record, row) for row in held):
            return _reject(record, position, "many-rows", f"{len(held)} rows in one record; they have to be expanded first.")
        return None
    # Tuples and not sets: a value may be a list, which has no hash.
    if record.get("action", "added") not in ("added", "snapshot") or not _is_process(record, columns):
        return None
    event = str(columns.get("syscall") or columns.get("event_type") or _etw(columns) or "exec").lower()
    if event in _END_EVENTS:
        return _end(record, columns, position)
    if event not in _EXEC_EVENTS or _failed(columns):
        return None
    pid = _number(columns.get("pid"))
    if pid is None:
        return _reject(record, position, "bad-pid", "columns.pid is no process id.")
    command = _text(columns.get("cmdline"))
    parent_command = _text(columns.get("pcmdline")) or _text(columns.get("parent_cmdline"))
    # `path` is empty for other users' processes and kernel threads. The command line comes before `name`: queries that
    # join the parent in often select the parent's name under that column.
    image = _text(columns.get("path")) or _first_word(command) or _text(columns.get("name")) or ""
    parent_image = _text(columns.get("parent_path")) or _text(columns.get("ppath"))
    return ProcessEvent(
        kind="osquery",
        image=told_by(image, *_words(command)),
        os=_system(image),
        host=_host(record),
        time_us=_time(record, columns, moments),
        pid=pid,
        ppid=next((number for key in _PARENT if (number := _number(columns.get(key))) is not None), None),
        parent_image=told_by(parent_image, *_words(parent_command)) if parent_image else _first_word(parent_command),
        command_line=command,
        parent_command_line=parent_command,
        user=_text(columns.get("username")) or _text(columns.get("uid")),
        cwd=_text(columns.get("cwd")),
        record_id=_text(columns.get("eid")) or _listed(columns, pid),
        position=position,
    )


def _logged(record: Record) -> Record:
    """A row by itself, or as Elastic has it, in the results log's words."""
    if "columns" in record or "snapshot" in record or "diffResults" in record or "rows" in record:
        return record
    osquery = record.get("osquery")
    if not isinstance(osquery, dict):
        return {"columns": record, "hostIdentifier": _host(record)}
    host = _text(at(record, "host.hostname")) or _text(at(record, "host.name")) or _text(at(record, "agent.hostname"))
    result = osquery.get("result")
    if not isinstance(result, dict):
        return {"columns": osquery, "hostIdentifier": host}
    times = {"unixTime": result.get("unix_time"), "calendarTime": result.get("calendar_time")}
    return {**result, **times, "hostIdentifier": _text(result.get("host_identifier")) or host}


def _is_windows_event(columns: Record) -> bool:
    return "eventid" in columns and "provider_name" in columns and "data" in columns


def _listed(columns: Record, pid: int) -> str | None:
    """The same in each list of processes that a process is in, so that it is one however often the list was taken."""
    start = _number(columns.get("start_time"))
    return None if start is None else f"{pid}@{start}"


def _windows_event(record: Record, columns: Record, position: int) -> ReaderItem:
    """A row of windows_events or windows_eventlog, whose `data` is the event's as JSON."""
    if record.get("action", "added") not in ("added", "snapshot"):
        return None
    data = columns["data"]
    held = load_object(data.encode("utf-8", "replace")) if isinstance(data, str) else data
    system = {
        "Provider": {"Name": columns["provider_name"]},
        "EventID": columns["eventid"],
        "Channel": columns.get("source") or columns.get("channel"),
        "Computer": columns.get("computer_name"),
        "TimeCreated": {"SystemTime": columns.get("datetime") or columns.get("time")},
        "EventRecordID": columns.get("eid"),
    }
    return map_event({"System": system, **(held if isinstance(held, dict) else {})}, position, host=_host(record))


def _end(record: Record, columns: Record, position: int) -> ReaderItem:
    pid = _number(columns.get("pid"))
    if pid is None:
        return None
    moment = next((time for key in ("datetime", "time") if (time := parse_utc(columns.get(key))) is not None), None)
    return ProcessEnd(position=position, host=_host(record), time_us=moment, pid=pid, image=_text(columns.get("path")))


def _rows(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _has_image(columns: Record) -> bool:
    return "path" in columns or "name" in columns or "cmdline" in columns


def _is_process(record: Record, columns: Record) -> bool:
    if "pid" not in columns or not _has_image(columns):
        return False
    # Sockets, open files and logins have pid and path, too; only processes have a parent, or a query that says so.
    return any(key in columns for key in _PARENT) or ("cmdline" in columns and "process" in str(record.get("name", "")))


def _etw(columns: Record) -> object:
    """ProcessStart or ProcessStop of process_etw_events; other tables have a type, too."""
    kind = columns.get("type")
    return kind if isinstance(kind, str) and kind.startswith("Process") and "ppid" in columns else None


def _failed(columns: Record) -> bool:
    return "probe_error" in columns and str(columns.get("exit_code") or "0") != "0"


def _time(record: Record, columns: Record, moments: Moments) -> int | None:
    times = (columns.get("datetime"), columns.get("time"), columns.get("start_time"))
    logged = (record.get("unixTime"), record.get("calendarTime"))
    for value in (*times, *logged):
        if (moment := parse_utc(value)) is not None:
            return moment
    told = next((value for value in (*times, *logged) if value not in (None, "", "0", "-1", 0, -1)), None)
    return moments.utc(told)


def _host(record: Record) -> str:
    columns = record.get("columns")
    for held in (record, columns if isinstance(columns, dict) else {}):
        for key in _HOSTS:
            value = held.get(key)
            if isinstance(value, dict):
                value = value.get("display_name") or value.get("hostname")
            if (name := _text(value)) is not None:
                return name
    return ""


def _system(image: str) -> str:
    """The log does not say; the tables of Windows and macOS have other paths."""
    if "\\" in image:
        return WINDOWS
    return "" if image.startswith(_MACOS) else LINUX


def _words(command: str | None) -> list[str]:
    return command[:4096].split(None, 2)[:2] if command else []


def _first_word(command: str | None) -> str | None:
    if command is None:
        return None
    try:
        words = shlex.split(command[:4096], posix=True) if command[:1] in {'"', "'"} else command.split(None, 1)
    except ValueError:
        words = command.split(None, 1)
    return words[0] if words else None


def _text(value: object) -> str | None:
    """As `text`, but "-" and the like are names of programs as good as any."""
    return (value or None) if isinstance(value, str) else text(value)


def _number(value: object) -> int | None:
    """Process id; osquery writes numbers as text unless `numerics` is on. -1 stands for an unknown parent."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if 0 < value < 2**32 else None
    if isinstance(value, float) and value.is_integer():
        return _number(int(value))
    found = value.removesuffix(".0") if isinstance(value, str) else ""
    return int(found) if found.isascii() and found.isdigit() and len(found) <= 10 and found != "0" else None


def _reject(record: Record, position: int, code: str, reason: str) -> Reject:
    return Reject(position=position, code=code, reason=reason, sample=sample_of(record))
