"""Splunk's common information model: the Processes dataset of the Endpoint data model, `| tstats`, `| datamodel` or `| table`."""

from __future__ import annotations

from engine.domain.records import ReaderItem
from engine.readers.agents.fields import FieldNames, at, created, first
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.text.moments import Moments

FORMATS = (
    Format(
        slug="splunk-cim",
        title="Splunk, Endpoint.Processes",
        export="| tstats … from datamodel=Endpoint.Processes by … | outputcsv, or Export as CSV or JSON",
        read="processes with their parents, by the names of the data model, with and without Processes. before them",
        left_out="rows with action blocked or deferred",
        source="docs.splunk.com/Documentation/CIM/latest/User/Endpoint",
    ),
)


def _names(*fields: str) -> tuple[str, ...]:
    return tuple(before + field for field in fields for before in ("", "Processes.", "All_Processes."))


_FIELDS = FieldNames(
    kind="splunk-cim",
    image=_names("process_path", "process_exec"),
    file=_names("process_name"),
    pid=_names("process_id"),
    ppid=_names("parent_process_id"),
    key=_names("process_guid"),
    parent_key=_names("parent_process_guid"),
    parent_image=_names("parent_process_path", "parent_process_exec"),
    parent_file=_names("parent_process_name"),
    command=_names("process"),
    parent_command=_names("parent_process"),
    user=_names("user"),
    integrity=_names("process_integrity_level"),
    cwd=_names("process_current_directory"),
    original=_names("original_file_name"),
    sha256=_names("process_sha256"),
    host=_names("dest", "dvc", "host"),
    times=_names("_time", "firstTime", "lastTime"),
    system=_names("os"),
)
_MARKS = frozenset((*_names("process_name"), "Processes", "All_Processes"))
_PARENTS = ("parent_process_name", "parent_process_path", "parent_process", "parent_process_id")
_BLOCKED = frozenset(("blocked", "deferred", "failure"))


def recognises(record: Record) -> bool:
    """A row of the dataset: the command line and program of a process beside its parent's or its machine."""
    if _MARKS.isdisjoint(record) or "Image" in record or "NewProcessName" in record:
        # The event's own fields stand beside what the data model takes from them.
        return False
    for before in ("", "Processes.", "All_Processes."):
        # A row that the model's name stands before needs less of a parent: searches list the fields that they want.
        parents = _PARENTS if before else _PARENTS[:2]
        if at(record, before + "process_name") is not None and any(at(record, before + name) is not None for name in parents):
            return at(record, before + "process") is not None or at(record, before + "dest") is not None
    return False


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """A process; None for those that were kept from running, and for rows that an event code tells to be of another event."""
    if (first(record, _names("action")) or "").lower() in _BLOCKED:
        return None
    if first(record, ("EventCode", "EventID", "signature_id")) not in (None, "1", "4688"):
        return None
    return created(_FIELDS, record, position, moments)
