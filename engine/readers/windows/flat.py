"""Windows events whose envelope and fields stand side by side in one record: a JSON object, or a row of a table.

nxlog, Logstash, Fluent Bit and Fluentd, Telegraf, Azure's tables, PowerShell, Velociraptor, EvtxECmd, Log Parser, osquery …: all
have an event id, most the name of the provider or channel, and name both nearly alike. Where the event's own data is, tells
`flat_data`. ProcessId of an envelope is the logging service's own, never the process's.
"""

from __future__ import annotations

import re
from typing import Any

from engine.domain.records import ReaderItem, Reject
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded, unknown
from engine.readers.text.moments import Moments
from engine.readers.windows import hayabusa
from engine.readers.windows.flat_data import data_of_record, kind_by_data
from engine.readers.windows.other_events import map_windows
from engine.readers.windows.values.doubled import undoubled
from engine.readers.windows.windows_event import content
from engine.readers.windows.windows_fields import (
    CREATIONS,
    EVENT_NUMBERS,
    LOG_CLEARED,
    SECURITY_CLEARED,
    SYSMON,
    TOLD_BY,
    Clock,
    event_number,
    kind_of,
    sample_of,
    text,
)

FORMATS = (
    Format(
        slug="evtxecmd",
        title="EvtxECmd (KAPE), CSV and JSON",
        export="EvtxECmd -d C:\\Windows\\System32\\winevt\\Logs --csv OUT (or --json OUT)",
        read="Sysmon 1 and 5, Security 4688 and 4689, cleared logs and clocks set, from the column Payload",
        left_out="other events; the columns PayloadData1 to 6, which repeat parts of Payload",
        source="github.com/EricZimmerman/evtx",
    ),
    Format(
        slug="get-winevent",
        title="PowerShell: Get-WinEvent or Get-EventLog, as CSV or JSON",
        export="Get-WinEvent -Path Security.evtx | ConvertTo-Json -Depth 4 (better than Export-Csv, which drops Properties)",
        read="the same events, from Properties or ReplacementStrings by their places, else from Message in any language",
        left_out="events whose Properties and Message were not exported",
        source="learn.microsoft.com/powershell/module/microsoft.powershell.diagnostics/get-winevent",
    ),
    Format(
        slug="windows-flat",
        title="Windows events forwarded as flat records",
        export="nxlog xm_json, Fluent Bit winevtlog, osquery windows_events and the like",
        read="the same events, from named fields, EventData, StringInserts or the message",
        left_out="other events",
        source="docs.nxlog.co, docs.fluentbit.io/manual/pipeline/inputs/windows-event-log-winevtlog, Mordor's recordings",
    ),
    Format(
        slug="sentinel-windows",
        title="Sentinel: tables Event, SecurityEvent and WindowsEvent",
        export="Logs: Event | where Source == 'Microsoft-Windows-Sysmon', export as CSV; or the API's JSON",
        read="the same events, from columns, EventData, ParameterXml or the rendered description",
        left_out="other events",
        source="learn.microsoft.com/azure/azure-monitor/reference/tables/event",
    ),
)

_HOSTS = ("Hostname", "Computer", "MachineName", "ComputerName", "computer_name", "hostname", "HostName", "dvc", "computer")
_PROVIDERS = (
    *("SourceName", "ProviderName", "Provider", "Source", "EventSourceName", "source_name", "Provider_Name", "provider_name"),
    *("Provider Name", "provider", "providername", "sourcename"),
)
_CHANNELS = ("Channel", "LogName", "EventLog", "log_name", "ContainerLog", "Logfile", "LogFile", "channel", "Log Name", "logname")
_TIMES = (
    *("TimeCreated", "@timestamp", "TimeGenerated", "EventTime", "EventReceivedTime", "_time", "time", "TimeWritten"),
    *("datetime", "timecreated", "SystemTime", "time_created", "system_time", "Date and Time", "Event Time", "timestamp"),
)
"""nxlog's EventTime is the host's local time, so @timestamp, where there is one, is the better one."""
_RECORD_NUMBERS = (
    *("RecordNumber", "EventRecordID", "EventRecordId", "RecordId", "record_number", "EventOriginId", "Index", "Record ID"),
    *("record_id", "event_record_id"),
)
IDS = ("EventID", "EventId", "EventCode", "Id", "eventid", "event_id", "Event ID", "EventIdentifier")
_COMMON = frozenset(("provider", "channel", "hostname", "computer"))
"""Names that records of all sorts have."""
_COMPANIONS = frozenset((*_HOSTS, *_PROVIDERS, *_CHANNELS, "UtcTime", "ProcessGuid")) - _COMMON
_LOGGERS = frozenset((*_PROVIDERS, *_CHANNELS)) - _COMMON - {"Source"}
_OTEL = frozenset(("provider", "channel", "computer"))
"""Fields that OpenTelemetry's receiver has together."""
_WALL = frozenset(("MachineName", "LevelDisplayName", "ContainerLog", "EventTypeName"))
"""Fields that only .NET's event objects and Log Parser's rows have: their times are local unless they name a zone."""
_MACHINE = re.compile(r"[A-Za-z0-9][\w-]{0,62}(?:\.[\w-]{1,63}){0,8}")
_LOCAL = frozenset(("EventTime", "EventReceivedTime", "Date and Time", "Event Time"))


def recognises(record: Record) -> bool:
    """A whole number as event id, and who logged it; without that, data or a message that only one event has."""
    name = _id_name(record)
    if name is None or event_number(content(record[name])) is None:
        return False
    if name in ("EventID", "EventId", "EventCode", "Event ID"):
        known = not _COMPANIONS.isdisjoint(record)
    else:
        known = not _LOGGERS.isdisjoint(record) or record.keys() >= _OTEL
    return known or kind_by_data(record, event_number(content(record[name]))) is not None


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """The event of a record that `recognises` knows."""
    name = _id_name(record)
    return map_flat(record, record[name] if name else None, position, moments)


def map_flat(record: Record, event_id: Any, position: int, moments: Moments) -> ReaderItem:
    """The event of a record with this event id; Unknown where nothing tells who logged it."""
    number = event_number(content(event_id))
    if number not in EVENT_NUMBERS:
        # Security log rows of other events dominate real logs: leave before anything else is looked at.
        return None if not _COMPANIONS.isdisjoint(record) or recognises(record) else unknown(record, position)
    if "Details" in record and hayabusa.recognises(record):
        return hayabusa.map_record(record, position, moments)
    provider = record.get("SourceName")
    if type(provider) is not str:
        provider = _first(record, _PROVIDERS)
    channel = _first(record, _CHANNELS) if provider is None else None
    if provider is None and channel is None:
        kind = kind_by_data(record, number)
        if kind is None:
            return unknown(record, position)
    else:
        kind = kind_of(provider, channel, number)
    if kind is None:
        return None
    whole = TOLD_BY[kind] in record and "ProcessId" in record and kind != LOG_CLEARED and "ThreadId" not in record
    fields = record if whole else data_of_record(record, kind)
    if fields is None and kind in (SECURITY_CLEARED, LOG_CLEARED):
        fields = {}
    host, record_id = host_of(record), _first(record, _RECORD_NUMBERS) or str(position)
    if fields is None:
        return _without_data(record, kind, position, host, record_id)
    # Sysmon's UtcTime is the event's own; the envelope's times are looked for only where it is missing.
    time, clock = (None, moments.utc) if kind == SYSMON and "UtcTime" in fields else _time(record, moments)
    told = undoubled(fields, TOLD_BY[kind])
    return map_windows(kind, told, position, host=host, time=time, record_id=record_id, clock=clock)


def host_of(record: Record) -> str:
    """The machine of the event: the record's own fields, then what a forwarder says."""
    name = record.get("Hostname")
    if type(name) is str and len(name) > 1:
        return name
    found = _first(record, _HOSTS)
    if found is not None:
        return found
    host = record.get("host")
    # Elastic writes an object; Logstash a string that names the collector, which is better than nothing only.
    if isinstance(host, dict):
        return text(host.get("name")) or text(host.get("hostname")) or ""
    return text(host) or _sender(record)


def _sender(record: Record) -> str:
    """Who sent a message to Graylog, which names that "source" beside its timestamp. Splunk's source is a path or an input."""
    sender = record.get("source")
    if not isinstance(sender, str) or "timestamp" not in record or "sourcetype" in record:
        return ""
    return sender if _MACHINE.fullmatch(sender) and "windows" not in sender.lower() else ""


def _id_name(record: Record) -> str | None:
    return next((name for name in IDS if name in record), None)


def _without_data(record: Record, kind: str, position: int, host: str, record_id: str) -> ReaderItem:
    if kind not in CREATIONS:
        return None
    reason = (
        "A process creation without its data: neither named fields nor values in a known order are there, and its message is"
        " missing or not in the order of this event."
    )
    return Reject(position=position, code="unknown-message", reason=reason, record_id=record_id, sample=sample_of(record))


def _time(record: Record, moments: Moments) -> tuple[object, Clock]:
    for name in _TIMES:
        value = record.get(name)
        if type(value) is str and value[-1:] == "Z":
            return value, moments.utc
        if isinstance(value, dict):
            # PowerShell 5 writes a date with its decorations: {"value": "/Date(…)/", "DateTime": …}.
            value = value.get("value", value.get("SystemTime"))
        if value:
            local = name in _LOCAL or not _WALL.isdisjoint(record)
            return value, moments.local if local and not (isinstance(value, str) and "Date(" in value) else moments.utc
    return None, moments.utc


def _first(record: Record, keys: tuple[str, ...]) -> str | None:
    for key in keys:
        value = text(record.get(key))
        if value is not None:
            return value
        if key in record and isinstance(record[key], dict):
            # osquery and OpenTelemetry name the provider in an object.
            value = text(record[key].get("name", record[key].get("Name")))
            if value is not None:
                return value
    return None
