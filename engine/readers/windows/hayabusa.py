"""Hayabusa's timelines (csv-timeline, json-timeline): rows of process events, from Details and ExtraFieldInfo.

Details has short names ("Cmdline: … ¦ Proc: … ¦ PID: …", or a JSON object), ExtraFieldInfo what is left under the event's own
names. A row is a hit of a rule: a timeline holds the processes that rules are about, and one process may be several hits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from engine.domain.records import ReaderItem, Reject
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.text.moments import Moments
from engine.readers.windows.other_events import map_windows
from engine.readers.windows.windows_fields import (
    CREATIONS,
    SECURITY,
    SECURITY_END,
    TOLD_BY,
    event_number,
    kind_of,
    sample_of,
    text,
)

FORMATS = (
    Format(
        slug="hayabusa",
        title="Hayabusa: csv-timeline, json-timeline",
        export="hayabusa csv-timeline -d LOGS -o timeline.csv -p verbose (or json-timeline -L), rules of all levels",
        read="Sysmon 1 and 5, Security 4688 and 4689: hits with their fields",
        left_out="hits on other events; processes that no rule hit; --US-time and other formats of time without ISO order",
        source="github.com/Yamato-Security/hayabusa, hayabusa-rules/config/default_details.txt",
    ),
)

CHANNELS = {"Sec": "Security", "Sysmon": "Microsoft-Windows-Sysmon/Operational", "Sys": "System"}
"""Its abbreviations; any other is taken as the channel's name."""
IDS = ("EventID", "EID", "EventId")
_RULES = ("RuleTitle", "Title", "RuleFile", "RuleID")
_PARTS = ("Details", "ExtraFieldInfo", "AllFieldInfo")
_FIELD = re.compile(r"(?:\A| ¦ )([A-Za-z]{2,24}): ")
_NAMES = {
    "Cmdline": "CommandLine",
    "PGUID": "ProcessGuid",
    "ParentCmdline": "ParentCommandLine",
    "ParentPID": "ParentProcessId",
    "ParentPGUID": "ParentProcessGuid",
    "ParentProc": "ParentImage",
    "LGUID": "LogonGuid",
}


def recognises(record: Record) -> bool:
    """A hit: a rule and what it says, beside computer, channel and event id."""
    if "Details" not in record and "AllFieldInfo" not in record:
        return False
    rule = any(name in record for name in _RULES)
    return rule and "Computer" in record and "Channel" in record and _number(record) is not None


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """The process event that was hit; None for hits on other events."""
    channel = text(record.get("Channel")) or ""
    kind = kind_of(None, CHANNELS.get(channel, channel), _number(record))
    if kind is None:
        return None
    fields: dict[str, Any] = {}
    for part in _PARTS:
        found = _fields(record.get(part))
        if found is None:
            reason = f"A field stands twice in {part}: a command line holds text like fields, so they cannot be told apart."
            return Reject(position=position, code="shifted-fields", reason=reason, sample=sample_of(record))
        fields |= {_named(name, kind): value for name, value in found.items()}
    record_id = text(record.get("RecordID")) or str(position)
    if kind in CREATIONS and TOLD_BY[kind] not in fields:
        reason = "A hit on a process creation that tells no executable: its rule has details of its own."
        return Reject(position=position, code="no-image", reason=reason, record_id=record_id, sample=sample_of(record))
    time = next((record[name] for name in ("Timestamp", "datetime", "timestamp") if record.get(name)), None)
    host = text(record.get("Computer")) or ""
    return map_windows(kind, fields, position, host=host, time=time, record_id=record_id, clock=moments.utc)


def _number(record: Record) -> int | None:
    return next((event_number(record[name]) for name in IDS if name in record), None)


def _fields(part: object) -> Mapping[str, Any] | None:
    """Name -> value of one part; None where a name stands twice, which only a command line can bring about."""
    if isinstance(part, Mapping):
        return part
    if not isinstance(part, str):
        return {}
    places = list(_FIELD.finditer(part))
    ends = [*(match.start() for match in places[1:]), len(part)]
    fields = {match.group(1): part[match.end() : end] for match, end in zip(places, ends, strict=False)}
    return fields if len(fields) == len(places) else None


def _named(name: str, kind: str) -> str:
    """The name in the event's manifest."""
    security = kind in (SECURITY, SECURITY_END)
    if name == "Proc":
        return TOLD_BY[kind]
    if name == "PID":
        return "NewProcessId" if kind == SECURITY else "ProcessId"
    if name == "User":
        return "SubjectUserName" if security else "User"
    if name == "LID":
        return "SubjectLogonId" if security else "LogonId"
    return _NAMES.get(name, name)
