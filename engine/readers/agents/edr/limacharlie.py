"""LimaCharlie's events: {"event": …, "routing": …}, NEW_PROCESS and what else its sensor tells."""

from __future__ import annotations

from engine.domain.records import ReaderItem
from engine.readers.agents.fields import FieldNames, at, created, ended, first
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.text.moments import Moments

FORMATS = (
    Format(
        slug="limacharlie",
        title="LimaCharlie",
        export="an output of the event stream (files, S3), or Historical events, Download",
        read="NEW_PROCESS and EXISTING_PROCESS with the parent in the event, linked by atoms; TERMINATE_PROCESS as ends",
        left_out="other events",
        source="docs.limacharlie.io, Reference: EDR events (NEW_PROCESS)",
        sample=False,
    ),
)

_STARTS = frozenset(("NEW_PROCESS", "EXISTING_PROCESS"))
_SYSTEMS = {0x10000000: "windows", 0x20000000: "linux", 0x30000000: "macos"}
"""`routing.plat`."""
_FIELDS = FieldNames(
    kind="edr-limacharlie",
    prefix="lc-",
    image=("event.FILE_PATH",),
    pid=("event.PROCESS_ID",),
    ppid=("event.PARENT_PROCESS_ID", "event.PARENT.PROCESS_ID"),
    key=("routing.this", "event.THIS_ATOM"),
    parent_key=("routing.parent", "event.PARENT.THIS_ATOM", "event.PARENT_ATOM"),
    parent_image=("event.PARENT.FILE_PATH",),
    grandparent=("event.PARENT.PARENT.FILE_PATH",),
    command=("event.COMMAND_LINE",),
    parent_command=("event.PARENT.COMMAND_LINE",),
    user=("event.USER_NAME", "event.USER_ID"),
    sha256=("event.HASH",),
    host=("routing.hostname", "routing.sid"),
    times=("event.CREATION_TIME", "routing.event_time", "event.TIMESTAMP", "ts"),
    ended=("routing.event_time", "event.TIMESTAMP", "ts"),
    record=("routing.event_id",),
    system=("platform",),
)
_END = FieldNames(
    kind=_FIELDS.kind,
    prefix=_FIELDS.prefix,
    image=_FIELDS.image,
    pid=_FIELDS.pid,
    # An end is an event of its own: the atom of the process is the one above it.
    key=("routing.parent", "event.PARENT_ATOM"),
    host=_FIELDS.host,
    times=_FIELDS.ended,
)


def recognises(record: Record) -> bool:
    """An event of any type with its routing."""
    return at(record, "routing.event_type") is not None and (
        at(record, "routing.sid") is not None
        or at(record, "routing.oid") is not None
        or at(record, "routing.hostname") is not None
    )


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """A start, an end, or None for other events."""
    event = first(record, ("routing.event_type",))
    if event == "TERMINATE_PROCESS":
        return ended(_END, record, position, moments)
    if event not in _STARTS:
        return None
    platform = at(record, "routing.plat")
    known = _SYSTEMS.get(platform & 0xF0000000) if type(platform) is int else None
    return created(_FIELDS, {**record, "platform": known} if known else record, position, moments)
