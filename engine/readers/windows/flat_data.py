"""Where a flat record keeps the event's own data: beside the envelope, in a field, in a list by position, or in its message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from engine.readers.contract import Record
from engine.readers.text.json_text import load_object
from engine.readers.windows.message import parse_message
from engine.readers.windows.values.positions import by_folded_names, by_position, folded, joined_by
from engine.readers.windows.values.quoted_list import quoted_list
from engine.readers.windows.windows_event import event_data
from engine.readers.windows.windows_fields import LOG_CLEARED, SECURITY, SECURITY_END, SYSMON, SYSMON_END, TOLD_BY, text
from engine.readers.windows.xml_event import event_from_xml, fields_from_xml, values_from_xml

_DATA = ("EventData", "Payload", "event_data", "UserData", "data", "Event Data", "EventXML", "EventXml", "Xml", "XML")
_VALUES = ("Properties", "ReplacementStrings", "StringInserts", "InsertionStrings", "Strings", "strings", "EventData")
_MESSAGES = ("Message", "message", "RenderedDescription", "EventDescription", "Description", "description")
NET_ENVELOPE = frozenset(("MachineName", "ThreadId"))
"""Fields of .NET's event objects, whose ProcessId is the logging service's."""
_IDS = {
    SYSMON: re.compile(r"\nProcessId: (\d{1,10})\s"),
    SECURITY: re.compile(r"\n\s*Creator Process ID:\s*(0x[0-9a-fA-F]{1,8})\s"),
}


def kind_by_data(record: Record, number: int | None) -> str | None:
    """The kind of a record that names neither provider nor channel: by fields or a message that nothing else has."""
    if number == 1 and "ProcessGuid" in record and "Image" in record:
        return SYSMON
    if number == 5 and "ProcessGuid" in record and "Image" in record:
        return SYSMON_END
    if number == 4688 and "NewProcessName" in record:
        return SECURITY
    if number == 4689 and "ProcessName" in record and "Status" in record:
        return SECURITY_END
    # The EQL library's exports and PowerShell's Select-Object drop the provider.
    kind = {1: SYSMON, 4688: SECURITY}.get(number or 0)
    if kind is None or not (_from_values(record, kind) or _from_message(record, kind)):
        return None
    return kind


def data_of_record(record: Record, kind: str) -> Mapping[str, Any] | None:
    """Field -> value of the event, named as in its manifest; None when the record holds nothing of it."""
    if TOLD_BY[kind] in record:
        return _complete(record, kind)
    for look in (_from_data, _from_values, _prefixed, _respelled, _from_message):
        if found := look(record, kind):
            return found
    return None


def _complete(record: Record, kind: str) -> Record:
    if kind == LOG_CLEARED:
        # The record's own Channel is the log that tells of it, not the one that was cleared.
        return {name: value for name, value in record.items() if name.startswith("Subject")}
    if "ProcessId" in record and not record.keys() >= NET_ENVELOPE:
        return record
    # Pipelines without regard to case lose ProcessId to the envelope's ProcessID, scripts that add the data to .NET's event
    # object to its ProcessId: both are the logging service's own.
    if values := _from_values(record, kind):
        return dict(values)
    message, pattern = record.get("Message"), _IDS.get(kind)
    if pattern is not None and isinstance(message, str) and (found := pattern.search(message)):
        return {**record, "ProcessId": found.group(1)}
    # Of the Security log the event's own is hexadecimal, the envelope's is not. Of Sysmon nothing tells the two apart.
    own = kind in (SECURITY, SECURITY_END) and str(record.get("ProcessId")).startswith("0x")
    return record if own else {**record, "ProcessId": None}


def _from_data(record: Record, kind: str) -> Mapping[str, Any]:
    """EventData as an object, as JSON text or as XML text (Sentinel's Event and WindowsEvent, EvtxECmd's Payload, osquery)."""
    for name in _DATA:
        data = record.get(name)
        if isinstance(data, str):
            data = _parsed(data)
        if isinstance(data, Mapping):
            fields = _unwrapped(data, kind)
            if TOLD_BY[kind] in fields:
                return fields
    return {}


def _parsed(data: str) -> Mapping[str, Any] | None:
    start = data.lstrip()
    encoded = start.encode("utf-8", "replace")
    if start[:1] == "{":
        return load_object(encoded)
    if start.startswith("<Event>") or start.startswith("<Event "):
        return event_from_xml(encoded)
    return fields_from_xml(encoded) if "<Data" in start else None


def _unwrapped(data: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """The fields inside of {"EventData": …}, {"Event": {"EventData": …}} or the fields themselves."""
    for name in ("Event", "EventData", "UserData"):
        inner = data.get(name)
        if isinstance(inner, Mapping):
            data = inner
    if TOLD_BY[kind] not in data and len(data) == 1 and isinstance(inner := next(iter(data.values())), Mapping):
        data = inner if "Data" not in data else data
    return event_data(data, kind)


def _from_values(record: Record, kind: str) -> Mapping[str, Any]:
    """Values without names, in the order of the event's manifest."""
    for name in _VALUES:
        values = record.get(name)
        if isinstance(values, str):
            values = quoted_list(values) or (joined_by(kind, values, "|") if "|" in values else None)
            if isinstance(values, dict):
                return values
        if isinstance(values, list) and (fields := by_position(kind, values) or event_data({"Data": values}, kind)):
            return fields if TOLD_BY[kind] in fields else {}
    parameters = record.get("ParameterXml")
    if isinstance(parameters, str):
        return by_position(kind, values_from_xml(parameters.encode("utf-8", "replace")))
    return {}


def _prefixed(record: Record, kind: str) -> Mapping[str, Any]:
    """Names behind a common beginning that ends in a separator: Data_Image (Telegraf), EventData.Image, Event.EventData.Image."""
    told = TOLD_BY[kind]
    for key in record:
        begin = key[: -len(told)]
        if key.endswith(told) and begin and not begin[-1].isalnum() and not folded(begin[:-1]).endswith("parent"):
            return {name[len(begin) :]: value for name, value in record.items() if name.startswith(begin)}
    return {}


def _respelled(record: Record, kind: str) -> Mapping[str, Any]:
    fields = by_folded_names(kind, record)
    return fields if TOLD_BY[kind] in fields else {}


def _from_message(record: Record, kind: str) -> Mapping[str, Any]:
    for key in _MESSAGES:
        message = text(record.get(key))
        if message is not None and TOLD_BY[kind] in (parsed := parse_message(message, kind)):
            return parsed
    return {}
