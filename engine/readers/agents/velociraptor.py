"""Velociraptor's event artifacts of process starts: Windows.Events.ProcessCreation and Linux.Events.ProcessExecutions.

Its artifacts of event logs hold Windows events under their own names and are read as such, its process lists as lists.
"""

from __future__ import annotations

from msgspec.structs import replace

from engine.domain.records import LINUX, WINDOWS, ProcessEvent, ReaderItem
from engine.readers.agents.fields import FieldNames, created, first
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.text.moments import Moments

FORMATS = (
    Format(
        slug="velociraptor-processes",
        title="Velociraptor, Windows.Events.ProcessCreation and Linux.Events.ProcessExecutions",
        export="Client or server events, Download results as JSON or CSV",
        read="each row: name or path, ids, command line, account; of Windows the call chain as parent and ancestors",
        left_out="nothing",
        source="docs.velociraptor.app/artifact_references",
    ),
)

_HOST = ("Fqdn", "Hostname", "HostName", "ClientId", "client_id")
_WINDOWS = FieldNames(
    kind="velociraptor",
    image=("Exe", "Name"),
    pid=("PID", "Pid"),
    ppid=("PPID", "Ppid"),
    parent_image=("ParentExe", "ParentName"),
    command=("CommandLine",),
    parent_command=("ParentCommandLine",),
    user=("Username", "User"),
    host=_HOST,
    times=("Timestamp", "CreateTime", "_ts"),
)
_LINUX = FieldNames(
    kind="velociraptor",
    image=("Exe",),
    pid=("Pid",),
    ppid=("Ppid",),
    command=("CmdLine",),
    parent_command=("Parent",),
    user=("User", "UserId"),
    cwd=("CWD",),
    host=_HOST,
    times=("Time", "_ts"),
)
_STEP = " <- "
_MOST_ANCESTORS = 20


def recognises(record: Record) -> bool:
    """A row of one of the two artifacts."""
    if "CallChain" in record and "PID" in record and "PPID" in record:
        return "Name" in record or "Exe" in record
    return "CmdLine" in record and "Exe" in record and "Ppid" in record and "Pid" in record and "Time" in record


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """The process of the row."""
    if "PPID" not in record:
        item: ReaderItem = created(_LINUX, record, position, moments)
        return replace(item, os=LINUX) if isinstance(item, ProcessEvent) else item
    item = created(_WINDOWS, record, position, moments)
    if not isinstance(item, ProcessEvent):
        return item
    chain = (first(record, ("CallChain",)) or "").split(_STEP)[1 : _MOST_ANCESTORS + 1]
    above = [name for name in chain if name]
    parent = item.parent_image or (above[0] if above else None)
    return replace(item, os=WINDOWS, parent_image=parent, ancestors=tuple(above[1:]))
