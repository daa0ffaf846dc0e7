"""Which kind of record a dict is, a JSON object or a row of a table, and what it tells of a process.

Kinds are told by one or two keys each; the frequent ones come first. Those with a module of their own: ECS, Winlogbeat, oddkin's
own, and those that `record_kinds` names. What is wrapped around a record is taken off before (`envelopes`), or looked through
where nobody knows it (`buried`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from engine.domain.records import SAMPLE_BYTES, ReaderItem, Reject, Unknown
from engine.readers.contract import Record
from engine.readers.guard import PASSING, guarded, unforeseen
from engine.readers.guess.guessed import guess_record, is_guessable, told_keys
from engine.readers.records import ecs, own, winlogbeat
from engine.readers.records.envelopes import DEEPEST, filled_in, opened
from engine.readers.records.record_kinds import record_kinds
from engine.readers.records.wrapped.buried import found_in
from engine.readers.records.wrapped.embedded import records_in
from engine.readers.text.json_text import load_object
from engine.readers.text.moments import Moments
from engine.readers.windows.message import parse_message
from engine.readers.windows.windows_event import content, event_data, map_event
from engine.readers.windows.windows_fields import SECURITY, SYSMON, event_number, kind_of, map_windows, text
from engine.readers.windows.xml_event import fields_from_xml

_HOSTS = ("Hostname", "Computer", "MachineName", "ComputerName", "computer_name", "hostname", "HostName", "dvc")
_PROVIDERS = ("SourceName", "ProviderName", "Provider", "Source", "EventSourceName", "source_name", "Provider_Name")
_CHANNELS = ("Channel", "LogName", "EventLog", "log_name", "ContainerLog")
_TIMES = ("TimeCreated", "@timestamp", "TimeGenerated", "EventTime", "EventReceivedTime", "_time", "time")
"""nxlog's EventTime is the host's local time, so @timestamp, where there is one, is the better one."""
_RECORD_NUMBERS = ("RecordNumber", "EventRecordID", "EventRecordId", "RecordId", "record_number", "EventOriginId")
_PROCESS_ID = re.compile(r"\nProcessId: (\d{1,10})\s")
_CREATOR_ID = re.compile(r"\n\s*Creator Process ID:\s*(0x[0-9a-fA-F]{1,8})\s")
_MESSAGES = ("Message", "message", "RenderedDescription", "EventDescription")


_NO_ECS = frozenset(("SyslogMessage", "mach_time"))
"""Azure's rows and Apple's Endpoint Security have an event and a process of their own."""


def items_of(record: Record, position: int, moments: Moments, nesting: int = 0) -> Iterable[ReaderItem]:
    """What a record tells, envelopes taken off: one item for each record inside, one for a record that is none."""
    inner = _opened(record, position) if nesting < DEEPEST else None
    if inner is None:
        # Nearly every record is one item: a generator for each would cost a tenth of reading it.
        item = map_json(record, position, moments)
        if type(item) is not Unknown:
            return (item,)
        inner = _buried(record, position) if nesting < DEEPEST else None
        if inner is None:
            return (guess_record(record, position, moments),)
    if isinstance(inner, Reject):
        return (inner,)
    return _inside(inner, record, position, moments, nesting + 1)


def _inside(records: list[Any], envelope: Record, position: int, moments: Moments, nesting: int) -> Iterator[ReaderItem]:
    for value in records:
        held = value if isinstance(value, list) else [value] if isinstance(value, dict) else records_in(value)
        for record in held:
            if isinstance(record, dict):
                for item in items_of(record, position, moments, nesting):
                    yield filled_in(item, envelope, moments)
        if not any(isinstance(record, dict) for record in held):
            sample = str(value)[:SAMPLE_BYTES].encode("utf-8", "replace")[:SAMPLE_BYTES]
            yield Reject(
                position=position, code="bad-json", reason="A record inside of another is no JSON object.", sample=sample
            )


def _opened(record: Record, position: int) -> list[Any] | Reject | None:
    try:
        return opened(record, _known)
    except PASSING:
        raise
    except Exception as error:
        return unforeseen(error, record, position)


def _buried(record: Record, position: int) -> list[Any] | Reject | None:
    """The records inside of one that nobody knows, dotted names taken for nested ones."""
    try:
        if any("." in key for key in record):
            nested = ecs.nest(record)
            return [nested] if _known(nested) else found_in(nested, _known)
        return found_in(record, _known)
    except PASSING:
        raise
    except Exception as error:
        return unforeseen(error, record, position)


@guarded
def map_json(record: Record, position: int, moments: Moments) -> ReaderItem:
    """A record without envelope: an event, a Reject, None when it is no process creation, Unknown when nobody knows its kind."""
    event_id = record.get("EventID")
    if event_id is not None:
        return _flat(record, event_id, position)
    if "winlog" in record or "event_data" in record or "event_id" in record:
        if winlogbeat.recognises(record):
            return winlogbeat.map_record(record, position, moments)
    elif "event" in record and isinstance(record.get("process"), dict) and record.keys().isdisjoint(_NO_ECS):
        return ecs.map_record(record, position, moments)
    return _rarer(record, position, moments)


def recognised(record: Record, nesting: int = 0) -> bool:
    """Whether the record is of a kind that `map_json` knows, process creation or not, or holds one: for detection."""
    inner = _opened(record, 0) if nesting < DEEPEST else None
    if isinstance(inner, list):
        return any(isinstance(one, dict) and recognised(one, nesting + 1) for one in inner)
    return _known(record) or isinstance(_buried(record, 0), list)


def wraps(record: Record) -> bool:
    """Whether the record is an envelope around others, and none itself."""
    inner = _opened(record, 0)
    return isinstance(inner, list) or (not _known(record) and isinstance(_buried(record, 0), list))


def _known(record: Record) -> bool:
    """Whether the record itself is of a kind that `map_json` knows."""
    if own.recognises(record) or ecs.recognises(record) or any(shape.recognises(record) for shape in record_kinds()):
        return True
    keys = record.keys()
    if "EventID" in keys or "EventId" in keys or "EventCode" in keys:
        return any(key in keys for key in (*_HOSTS, *_PROVIDERS, *_CHANNELS, "UtcTime", "ProcessGuid"))
    return (
        winlogbeat.recognises(record)
        or _system(record)
        or _system(record.get("Event"))
        or ("ProviderName" in keys and "Id" in keys)
    )


def guessable(record: Record, nesting: int = 0) -> bool:
    """Whether a record of no known kind could be a process, or what is inside of it: for detection."""
    inner = _opened(record, 0) if nesting < DEEPEST else None
    if isinstance(inner, list):
        return any(isinstance(one, dict) and guessable(one, nesting + 1) for one in inner)
    return is_guessable(record)


def _system(event: object) -> bool:
    """Whether it has what every event of Windows has."""
    return isinstance(event, dict) and isinstance(event.get("System"), dict)


def _rarer(record: Record, position: int, moments: Moments) -> ReaderItem:
    event = record.get("Event")
    if isinstance(event, dict) and _system(event):
        return map_event(event, position, host=_host(record))
    if _system(record):
        return map_event(record, position)
    if own.recognises(record):
        return own.map_record(record, position)
    for shape in record_kinds():
        if shape.recognises(record):
            return shape.map_record(record, position, moments)
    if ecs.recognises(record):
        return ecs.map_record(record, position, moments)
    for key in ("EventId", "EventCode", "Id"):
        # Anything may have an Id: of Windows it is where the log says who wrote it.
        if key in record and (key != "Id" or "ProviderName" in record or "LogName" in record):
            return _flat(record, record[key], position)
    return Unknown(position=position, keys=told_keys(record))


def _flat(record: Record, event_id: Any, position: int) -> ReaderItem:
    """nxlog, Logstash, Azure rows, PowerShell's ConvertTo-Json, EQL library: fields and envelope side by side."""
    number = event_number(content(event_id))
    if number not in (1, 4688):
        # Security log rows of other events dominate real logs: leave before anything else is looked at.
        return None
    provider = record.get("SourceName")
    if type(provider) is not str:
        provider = _first(record, _PROVIDERS)
    channel = _first(record, _CHANNELS) if provider is None else None
    if provider is None and channel is None:
        # The EQL library's exports name no provider; nothing but Sysmon has these two together.
        kind = SYSMON if number == 1 and "ProcessGuid" in record and "Image" in record else None
        if number == 4688 and "NewProcessName" in record:
            kind = SECURITY
    else:
        kind = kind_of(provider, channel, number)
    if kind is None:
        return None
    fields = _fields(record, kind)
    # Sysmon's UtcTime is the event's own; the envelope's times are looked for only where it is missing.
    time = None if kind == SYSMON and "UtcTime" in fields else next((record[key] for key in _TIMES if record.get(key)), None)
    return map_windows(
        kind,
        fields,
        position,
        host=_host(record),
        time=time,
        record_id=_first(record, _RECORD_NUMBERS) or str(position),
    )


def _fields(record: Record, kind: str) -> Record:
    if ("NewProcessName" if kind == SECURITY else "Image") not in record:
        return _hidden_fields(record)
    if "ProcessId" not in record:
        # Pipelines without regard to case lose ProcessId to the envelope's ProcessID (the logging service's own).
        message = record.get("Message")
        pattern = _CREATOR_ID if kind == SECURITY else _PROCESS_ID
        if isinstance(message, str) and (found := pattern.search(message)):
            return {**record, "ProcessId": found.group(1)}
    return record


def _hidden_fields(record: Record) -> Record:
    """EventData as XML text, JSON text or object (Sentinel's Event and WindowsEvent tables), or the rendered message."""
    data = record.get("EventData")
    if isinstance(data, str):
        text_data = data.encode("utf-8", "replace")
        if "<Data" in data and (fields := fields_from_xml(text_data)):
            return fields
        data = load_object(text_data) if data.startswith("{") else None
    if isinstance(data, dict):
        return dict(event_data(data))
    for key in _MESSAGES:
        message = record.get(key)
        if isinstance(message, str) and (parsed := parse_message(message)):
            return dict(parsed)
    return record


def _first(record: Record, keys: tuple[str, ...]) -> str | None:
    for key in keys:
        value = text(record.get(key))
        if value is not None:
            return value
    return None


def _host(record: Record) -> str:
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
    return text(host) or ""
