"""Wazuh's alerts and archives: Windows events with keys in camelCase (data.win), audit events, Sysmon for Linux.

The agent doubles the backslashes of Windows values. They are halved where each run of them in the record's paths is even.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from engine.domain.records import LINUX, ProcessEnd, ProcessEvent, ReaderItem, Reject
from engine.readers.agents.fields import at, first, group, process_number
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.text.moments import Moments
from engine.readers.text.timestamps import from_seconds_text
from engine.readers.windows.values.doubled import halved
from engine.readers.windows.windows_event import map_event
from engine.readers.windows.windows_fields import event_number, guid, number, sample_of, text

FORMATS = (
    Format(
        slug="wazuh",
        title="Wazuh alerts and archives",
        export="/var/ossec/logs/alerts/alerts.json or archives/archives.json (logall_json), or the indexer's export",
        read="Sysmon 1 and Security 4688 (data.win), Sysmon for Linux 1, successful execve (data.audit); 4689, Sysmon 5 as ends",
        left_out="all other alerts: syscheck, rootcheck, other events",
        source="documentation.wazuh.com/current/user-manual/manager/alert-management; github.com/wazuh/wazuh/issues/14171",
    ),
)

_WINDOWS = (
    ("data.win.system", "data.win.eventdata"),
    ("data.system", "data.eventdata"),
    ("data.EventChannel.System", "data.EventChannel.EventData"),
)
"""Windows, Sysmon for Linux, and Windows before Wazuh 3.9, whose keys began with capitals."""
_AUDIT = re.compile(r"audit\((\d{1,11}\.\d{1,9}):(\d{1,20})\)")
_EXECS = frozenset(("59", "322", "11", "358", "221", "281", "execve", "execveat"))
"""execve and execveat of x86-64, i386 and arm64; others are told by their arguments."""
_FLATTENED = frozenset(
    ("data.win.system.eventID", "data.win.system.channel", "data.audit.id", "data.audit.type", "data.audit.exe")
)
_MARKS = _FLATTENED | {"data", "manager", "manager.name"}
_ADDED = ("decoder.name", "rule.id", "agent.id", "location")
_SYSMON_END = 5
_ENDS = frozenset((_SYSMON_END, 4689))
_MOST_ARGUMENTS = 1000


def recognises(record: Record) -> bool:
    """An alert or an archived event of any kind: what the manager adds to each."""
    if _MARKS.isdisjoint(record):
        return False
    data = record.get("data")
    if isinstance(data, dict) and ("win" in data or "audit" in data or "EventChannel" in data):
        return "agent" in record or "rule" in record or "decoder" in record or "manager" in record
    if not _FLATTENED.isdisjoint(record):
        return True
    return at(record, "manager.name") is not None and any(at(record, name) is not None for name in _ADDED)


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """A creation, an end, or None for everything else that Wazuh tells."""
    for system_name, data_name in _WINDOWS:
        if system := group(record, system_name):
            return _windows(record, system, group(record, data_name), position, moments)
    audit = group(record, "data.audit")
    return _audit(record, audit, position, moments) if audit else None


def _windows(record: Record, system: Record, data: Record, position: int, moments: Moments) -> ReaderItem:
    system = {key[:1].lower() + key[1:]: value for key, value in system.items()}
    event = event_number(text(system.get("eventID", system.get("eventId"))))
    host = text(system.get("computer")) or first(record, ("agent.name", "predecoder.hostname")) or ""
    time = text(system.get("systemTime")) or first(record, ("timestamp", "@timestamp"))
    fields = _manifest(data)
    if event not in _ENDS:
        told = {
            "Provider": {"Name": text(system.get("providerName"))},
            "Channel": text(system.get("channel")),
            "EventID": event,
            "Computer": host,
            "TimeCreated": {"SystemTime": time},
            "EventRecordID": text(system.get("eventRecordID", system.get("eventRecordId"))),
        }
        return map_event({"System": told, "EventData": fields}, position)
    if event == _SYSMON_END and "ProcessGuid" not in fields:
        return None
    return ProcessEnd(
        position=position,
        host=host,
        time_us=moments.utc(text(fields.get("UtcTime")) or time),
        pid=number(fields.get("ProcessId")),
        guid=guid(fields.get("ProcessGuid")),
        image=text(fields.get("Image")) or text(fields.get("ProcessName")),
    )


def _manifest(data: Record) -> Mapping[str, Any]:
    """The event's data under the names of its manifest, single backslashes in its values."""
    return halved({key[:1].upper() + key[1:]: text(value) for key, value in data.items()})


def _audit(record: Record, audit: Record, position: int, moments: Moments) -> ReaderItem:
    """One execve, which Wazuh's decoder has put together from its records."""
    executed = group(audit, "execve")
    call = first(audit, ("syscall",))
    if (not executed and call not in _EXECS) or first(audit, ("success",)) == "no":
        return None
    image, pid = first(audit, ("exe",)), process_number(audit, ("pid",))
    if image is None or pid is None:
        reason = f"data.audit.{'exe' if image is None else 'pid'} is missing."
        return Reject(position=position, code="incomplete-event", reason=reason, sample=sample_of(record))
    stamp = _AUDIT.search(text(at(record, "full_log")) or "")
    arguments = (text(executed.get(f"a{place}")) for place in range(min(len(executed), _MOST_ARGUMENTS)))
    return ProcessEvent(
        kind="auditd",
        image=image,
        os=LINUX,
        host=first(record, ("agent.name", "predecoder.hostname")) or "",
        time_us=from_seconds_text(stamp.group(1)) if stamp else moments.utc(first(record, ("timestamp", "@timestamp"))),
        pid=pid,
        ppid=process_number(audit, ("ppid",)),
        command_line=" ".join(argument for argument in arguments if argument is not None) or None,
        user=first(audit, ("uid",)),
        cwd=first(audit, ("cwd",)),
        logon_id=first(audit, ("session",)),
        record_id=stamp.group(2) if stamp else first(audit, ("id",)) or str(position),
        position=position,
    )
