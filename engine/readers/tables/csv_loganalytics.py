"""CSV exports of Log Analytics (Sentinel): SecurityEvent 4688, and auditd's SYSCALL_EXECVE rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import BinaryIO

from engine.domain.records import LINUX, ProcessEvent, ReaderItem, Reject
from engine.readers.contract import Format, ReadOptions
from engine.readers.guard import guarded
from engine.readers.text.csv_common import head_rows, header_of, process_id, table
from engine.readers.text.timestamps import from_seconds_text, parse_utc
from engine.readers.windows.other_events import map_windows
from engine.readers.windows.values.doubled import undoubled
from engine.readers.windows.windows_fields import TOLD_BY, kind_of, text

FORMATS = (
    Format(
        slug="sentinel-security",
        title="Microsoft Sentinel, SecurityEvent",
        export="Logs: SecurityEvent | where EventID in (4688, 4689), Export as CSV",
        read="4688; 4689 as ends",
        left_out="other event ids",
        source="learn.microsoft.com/azure/azure-monitor/reference/tables/securityevent",
    ),
    Format(
        slug="sentinel-auditd",
        title="auditd's events in Log Analytics",
        export="Logs: the table of the audit log (EventType, exe, pid, ppid, cmdline), Export as CSV",
        read="successful execve",
        left_out="failed calls, other events",
        source="github.com/microsoft/msticpy/tree/main/tests/testdata (linux_proc_test.csv)",
    ),
)

_SECURITY_COLUMNS = frozenset(("NewProcessName", "NewProcessId", "ProcessId"))
_FORWARDERS = frozenset(("SourceName", "Hostname"))
"""nxlog's columns: its rows are read as its JSON is."""
_AUDIT_COLUMNS = frozenset(("exe", "pid", "ppid", "cmdline"))
_AUDIT_MARKS = frozenset(("mssg_id", "EventType", "SerialNumber", "proctitle"))


class LogAnalyticsReader:
    """Rows of one table per file; which one, the header tells."""

    name = "loganalytics-csv"

    def sniff(self, head: bytes, path: str) -> float:
        """How surely the header is that of a Log Analytics export."""
        rows = head_rows(head)
        columns = frozenset(header_of(rows[0])) if rows else frozenset()
        security_events = columns >= _SECURITY_COLUMNS and not columns & _FORWARDERS
        return 0.96 if security_events or (columns >= _AUDIT_COLUMNS and columns & _AUDIT_MARKS) else 0.0

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """One item per row."""
        for row in table(stream, hint.path):
            if isinstance(row, Reject):
                yield row
            elif "NewProcessName" in row[1]:
                yield map_security(row[1], row[0], hint.host)
            else:
                yield map_audit(row[1], row[0], hint.host)


@guarded
def map_security(record: Mapping[str, str], position: int, host: str = "") -> ReaderItem:
    """A SecurityEvent row; None for events that tell nothing of processes."""
    kind = kind_of(None, "Security", record.get("EventID") or "4688")
    if kind is None:
        return None
    moment = next((value for name in ("TimeCreatedUtc", "TimeCreated", "TimeGenerated") if (value := record.get(name))), None)
    own = text(record.get("Computer")) or host
    return map_windows(
        kind, undoubled(record, TOLD_BY[kind]), position, host=own, time=moment, record_id=_number(record, position)
    )


@guarded
def map_audit(record: Mapping[str, str], position: int, host: str = "") -> ReaderItem:
    """One execve row; None for other events and failed calls."""
    get = record.get
    if get("EventType", "SYSCALL_EXECVE") not in {"SYSCALL_EXECVE", "EXECVE", "AUOMS_EXECVE", ""} or get("success", "yes") in {
        "no",
        "False",
    }:
        return None
    message = text(get("mssg_id")) or text(get("SerialNumber"))
    record_id = message or _number(record, position)
    image, pid = text(get("exe")), process_id(get("pid"))
    if image is None or pid is None:
        name = "exe" if image is None else "pid"
        return Reject(position=position, code="incomplete-event", reason=f"The column {name} is empty or no value of its kind.",
                      record_id=record_id, sample=str(dict(record)).encode("utf-8", "replace")[:400])  # fmt: skip
    stamped = from_seconds_text(message.partition(":")[0]) if message else None
    return ProcessEvent(
        kind="auditd-la",
        image=image,
        os=LINUX,
        host=text(get("Computer")) or host,
        time_us=stamped if stamped is not None else parse_utc(get("TimeGenerated")),
        pid=pid,
        ppid=process_id(get("ppid")),
        command_line=_command(record),
        user=text(get("user")) or _plain(get("uid")),
        cwd=text(get("cwd")),
        logon_id=_plain(get("ses")),
        record_id=record_id,
        position=position,
    )


def _command(record: Mapping[str, str]) -> str | None:
    """Cmdline is put together from the first three arguments only; proctitle goes on where it is the same line."""
    command = (record.get("cmdline") or "").rstrip()
    title = (record.get("proctitle") or "").rstrip()
    return (title if len(title) > len(command) and title.startswith(command) else command) or None


def _plain(cell: str | None) -> str | None:
    """A number as a data frame wrote it, "0.0", as "0"; -1 and 4294967295 mean unset."""
    value = (cell or "").removesuffix(".0")
    return None if value in {"", "-1", "4294967295"} else value


def _number(record: Mapping[str, str], position: int) -> str:
    """The export's own row index (data frames write it under no name) or event number, else the row number."""
    for name in ("EventRecordId", ""):
        if value := record.get(name):
            return value
    return str(position)


READER = LogAnalyticsReader()
