"""Trellix Endpoint Security HX (FireEye): process events of triage packages, alerts and Helix (`processEvent/…`)."""

from __future__ import annotations

from engine.domain.records import ReaderItem
from engine.readers.agents.fields import FieldNames, created, ended, first
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.text.moments import Moments

FORMATS = (
    Format(
        slug="trellix-hx",
        title="Trellix Endpoint Security HX (FireEye), process events",
        export="alerts or triage results of the API as JSON; Helix: class=hx_process_event, Export",
        read="processEvent with eventType start: path, command line, account, parent; end as ends",
        left_out="other events and event types",
        source="docs.trellix.com/docs/process-event",
        sample=False,
    ),
)


def _names(*names: str) -> tuple[str, ...]:
    return tuple(before + name for name in names for before in _BEFORE)


_BEFORE = ("processEvent/", "event_values.processEvent/", "processEvent.")
_TYPE = _names("eventType", "eventTypeRaw")
_STARTS = frozenset(("start", "1", "running"))
_ENDS = frozenset(("end", "2"))
_FIELDS = FieldNames(
    kind="edr-trellix",
    image=_names("processPath"),
    file=_names("process"),
    pid=_names("pid"),
    ppid=_names("parentPid"),
    parent_image=_names("parentProcessPath"),
    parent_file=_names("parentProcess"),
    command=_names("processCmdLine"),
    user=_names("username"),
    md5=_names("md5"),
    host=("hostname", "host.hostname", "agenthostname", "agent.hostname", "agent._id", "agentid"),
    times=(*_names("startTime", "timestamp"), "event_at", "reported_at"),
    ended=(*_names("timestamp"), "event_at"),
    record=("event_id", "_id"),
)
_MARKS = frozenset((*_TYPE, "event_values", "processEvent", "event_type"))
_OTHER = ("fileWriteEvent", "regKeyEvent", "ipv4NetworkEvent", "dnsLookupEvent", "imageLoadEvent", "urlMonitorEvent")


def recognises(record: Record) -> bool:
    """A process event by its type, or an event of another kind by its name."""
    if _MARKS.isdisjoint(record):
        return False
    return first(record, _TYPE) is not None or first(record, ("event_type",)) in _OTHER


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """A start, an end, or None for other events."""
    kind = (first(record, _TYPE) or "").lower()
    if kind in _STARTS:
        return created(_FIELDS, record, position, moments)
    return ended(_FIELDS, record, position, moments) if kind in _ENDS else None
