"""OCSF's Process Activity (class_uid 1007), as Security Lake, data lakes and agents write it.

The parent is `process.parent_process`; `actor.process` is the one that made it, nearly always the same, and stands in where no
parent is told.
"""

from __future__ import annotations

from engine.domain.records import ReaderItem
from engine.readers.agents.fields import FieldNames, created, ended, first
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.text.moments import Moments

FORMATS = (
    Format(
        slug="ocsf",
        title="OCSF Process Activity",
        export="JSON of class 1007 (process_activity), from a data lake or an agent",
        read="launches that did not fail: process, parent_process (or the actor's process), user, device; terminations as ends",
        left_out="other classes and activities, launches that failed or were blocked",
        source="schema.ocsf.io/classes/process_activity",
    ),
)

_FIELDS = FieldNames(
    kind="ocsf",
    image=("process.file.path", "process.path"),
    file=("process.file.name", "process.name"),
    pid=("process.pid", "process.cpid"),
    ppid=("process.parent_process.pid", "actor.process.pid"),
    key=("process.uid",),
    parent_key=("process.parent_process.uid", "actor.process.uid"),
    parent_image=(
        *("process.parent_process.file.path", "process.parent_process.path"),
        *("actor.process.file.path", "process.parent_process.name", "process.parent_process.file.name"),
        *("actor.process.name", "actor.process.file.name"),
    ),
    grandparent=("process.parent_process.parent_process.file.path", "process.parent_process.parent_process.name"),
    command=("process.cmd_line",),
    parent_command=("process.parent_process.cmd_line", "actor.process.cmd_line"),
    domain=("process.user.domain", "actor.user.domain"),
    user=("process.user.name", "actor.user.name", "process.user.uid"),
    integrity=("process.integrity",),
    cwd=("process.working_directory",),
    logon=("process.session.uid", "actor.session.uid"),
    original=("process.file.original_name",),
    host=("device.hostname", "device.name", "device.uid"),
    times=("process.created_time", "process.created_time_dt", "time", "time_dt", "metadata.original_time"),
    ended=("process.terminated_time", "process.terminated_time_dt", "time", "time_dt"),
    record=("metadata.uid", "metadata.event_code"),
    system=("device.os.type", "device.os.name"),
)
_PROCESS_ACTIVITY = "1007"
_BLOCKED = frozenset(("2", "denied", "blocked"))


def recognises(record: Record) -> bool:
    """An event of any class, by class and category or activity."""
    return "class_uid" in record and ("activity_id" in record or "category_uid" in record or "type_uid" in record)


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """A launch, a termination, or None for other classes, activities and outcomes."""
    if first(record, ("class_uid",)) != _PROCESS_ACTIVITY:
        return None
    # type_uid is the class and the activity: 100701.
    activity = first(record, ("activity_id",)) or (first(record, ("type_uid",)) or "")[-2:].lstrip("0")
    if activity == "2":
        return ended(_FIELDS, record, position, moments)
    if activity != "1" or _stopped(record):
        return None
    return created(_FIELDS, record, position, moments)


def _stopped(record: Record) -> bool:
    """Whether the launch failed, or was denied by the product that tells of it."""
    failed = first(record, ("status_id",)) == "2" or (first(record, ("status",)) or "").lower() == "failure"
    denied = first(record, ("action_id",)) in _BLOCKED or (first(record, ("action", "disposition")) or "").lower() in _BLOCKED
    return failed or denied or first(record, ("disposition_id",)) == "2"
