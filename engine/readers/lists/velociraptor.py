"""Velociraptor's lists of processes: Windows.System.Pslist, Linux.Sys.Pslist, MacOS.Sys.Pslist, Generic.System.Pstree."""

from __future__ import annotations

from typing import Any

from engine.domain.records import ReaderItem
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.lists.listed import end, event, first, told, with_end
from engine.readers.text.moments import Moments

FORMATS = (
    Format(
        slug="velociraptor-pslist",
        title="Velociraptor Pslist and Pstree",
        export="Collect Windows.System.Pslist, Linux.Sys.Pslist or Generic.System.Pstree; results as JSON lines or CSV, or "
        "the zip",
        read="every process with its parent, times, program, command line, account, hash; ends where Pstree has them",
        left_out="the call chain as text, signatures, memory",
        source="docs.velociraptor.app/artifact_references: windows.system.pslist, linux.sys.pslist, generic.system.pstree",
    ),
)

_CREATED = ("CreateTime", "CreatedTime", "StartTime", "Created", "ProcessCreateTime")
_MARKS = ("Exe", "CommandLine", "Username", "TokenIsElevated", "CallChain", *_CREATED)
_END = "EndTime"
_NO_TIME = "0001-01-01"
"""How Go writes that there is none."""


def recognises(record: Record) -> bool:
    """Pid, Ppid and Name in this spelling beside another of its columns; or the end that `expanded` made of such a row."""
    if "Pid" not in record:
        return False
    if "Ppid" not in record:
        return _END in record and "Name" in record and "Exe" in record and len(record) <= _ENDING
    return "Name" in record and "PPid" not in record and any(mark in record for mark in _MARKS)


_ENDING = 6


def expanded(record: Record) -> list[Any] | None:
    """A process that has ended as its beginning and its end; None for any other record."""
    if "Ppid" not in record or not recognises(record) or _moment(record.get(_END)) is None:
        return None
    return with_end(record, _END, ("Pid", "Name", "Exe", "Fqdn", "Hostname"))


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """A process, or its end. Velociraptor tells times in UTC."""
    host = first(record, "Fqdn", "Hostname", "_Hostname", "ClientName")
    if "Ppid" not in record:
        return end(position, moments.utc(_moment(record.get(_END))), first(record, "Pid"), first(record, "Exe", "Name"), host)
    created = next((value for name in _CREATED if (value := _moment(record.get(name))) is not None), None)
    return event(
        record,
        position,
        moments.utc(created),
        path=first(record, "Exe", "Path"),
        name=first(record, "Name"),
        pid=first(record, "Pid"),
        ppid=first(record, "Ppid"),
        host=host,
        command_line=first(record, "CommandLine", "Cmdline"),
        user=first(record, "Username", "User"),
        cwd=first(record, "Cwd"),
        hashes=_hashes(record.get("Hash")),
    )


def _moment(value: Any) -> Any:
    """A time, None for none."""
    if isinstance(value, str) and value.startswith(_NO_TIME):
        return None
    return value if isinstance(value, int | float) and value else told(value)


def _hashes(value: Any) -> str | None:
    if isinstance(value, dict):
        found = [f"{name}={told(value.get(name))}" for name in ("SHA256", "SHA1", "MD5") if told(value.get(name))]
        return ",".join(found) or None
    return None
