"""Sophos' process journal, from Live Discover and the data lake: `sophos_pid` is the process id and when it started.

Columns keep their names or are told by the query's author in capitals (SOPHOS_PID, Sophos_PID): both are read.
"""

from __future__ import annotations

from msgspec.structs import replace

from engine.domain.records import ProcessEvent, ReaderItem
from engine.readers.agents.fields import FieldNames, created, first, lower_case
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.text.moments import Moments
from engine.readers.text.timestamps import parse_utc
from engine.readers.windows.windows_fields import number

FORMATS = (
    Format(
        slug="sophos",
        title="Sophos process journal",
        export="Live Discover or Data Lake: SELECT … FROM sophos_process_journal (or xdr_data), Export as CSV or JSON",
        read="processes by sophos_pid: path, command line, account, parent",
        left_out="rows of other journals",
        source="github.com/SophosRapidResponse (queries of sophos_process_journal)",
        sample=False,
    ),
)

_KEY = ("sophos_pid", "sophos_process_id", "sophospid")
_MARKS = frozenset((*_KEY, "SOPHOS_PID", "Sophos_PID", "sophos_PID", "Sophos_Pid", "SophosPID"))
_PARENT = ("parent_sophos_pid", "sophos_parent_pid", "parent_sophos_process_id")
_FIELDS = FieldNames(
    kind="edr-sophos",
    prefix="sophos-",
    image=("path", "path_name"),
    file=("process_name", "name"),
    key=_KEY,
    parent_key=_PARENT,
    parent_image=("parent_path", "parent_path_name"),
    parent_file=("parent_process_name", "parent_name"),
    command=("cmd_line", "cmdline", "command_line"),
    parent_command=("parent_cmd_line", "parent_cmdline"),
    user=("username", "user_name", "sid"),
    sha1=("sha1",),
    sha256=("sha256",),
    host=("meta_hostname", "hostname", "endpoint_name", "ep_name", "host"),
    times=("process_start_time", "creation_time", "start_time", "time", "date_time"),
    system=("meta_os_platform", "meta_os_type"),
)
_OTHER_JOURNALS = ("destination_ip", "destination", "source_ip", "target_path", "object", "registry_key", "url", "domain")


def recognises(record: Record) -> bool:
    """A row of any journal, by its sophos_pid."""
    return not _MARKS.isdisjoint(record)


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """A process; None for rows of other journals and for what tells no program."""
    record = lower_case(record)
    if any(name in record for name in _OTHER_JOURNALS) or not any(first(record, (name,)) for name in _NAMED):
        return None
    item = created(_FIELDS, record, position, moments)
    if not isinstance(item, ProcessEvent):
        return item
    pid, started = _parts(first(record, _KEY))
    # The key's own time is that of the start, to 100 ns.
    return replace(item, pid=pid, ppid=_parts(first(record, _PARENT))[0], time_us=started or item.time_us)


_NAMED = (*_FIELDS.image, *_FIELDS.file, *_FIELDS.command)


def _parts(key: str | None) -> tuple[int | None, int | None]:
    """The process id and the start of "6320:133591176071230000"."""
    pid, _, started = (key or "").partition(":")
    return number(pid), parse_utc(started)
