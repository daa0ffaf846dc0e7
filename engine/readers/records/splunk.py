"""Envelopes of Splunk: JSON exports of search results, and events as sent to the HTTP event collector."""

from __future__ import annotations

from typing import Any

from engine.readers.text.json_text import load_object
from engine.readers.windows.xml_event import event_from_xml

_HEADER_LINES = 40


def recognises(record: dict[str, Any]) -> bool:
    """A search result ("result" or "_raw") or a collector event ("event" beside "sourcetype")."""
    return (
        isinstance(record.get("result"), dict)
        or isinstance(record.get("_raw"), str)
        or ("event" in record and "sourcetype" in record)
    )


def unwrap(record: dict[str, Any]) -> dict[str, Any] | None:
    """What is inside: a record (of the XML text of an event its {"Event"}, beside Splunk's host), or None when it is none."""
    result = record.get("result")
    if isinstance(result, dict):
        return result
    raw = record.get("_raw", record.get("event"))
    if isinstance(raw, dict):
        return raw
    if isinstance(raw, str):
        start = raw.lstrip()
        if start.startswith("<Event"):
            event = event_from_xml(start.encode("utf-8", "replace"))
            return {"Event": event or {}, "host": record.get("host")}
        if start.startswith("{"):
            inner = load_object(start.encode("utf-8", "replace"))
            if inner is not None:
                return inner
        if "\nEventCode=" in raw:
            return _classic(raw)
    # Fields that Splunk extracted stand beside _raw.
    fields = {key: value for key, value in record.items() if key not in ("_raw", "event")}
    return fields if "EventCode" in fields or "EventID" in fields else None


def _classic(raw: str) -> dict[str, Any]:
    """WinEventLog text: KEY=value lines, then "Message=" and the rendered message to the end."""
    head, found, message = raw.partition("\nMessage=")
    fields: dict[str, Any] = {}
    for line in head.splitlines()[:_HEADER_LINES]:
        key, equals, value = line.partition("=")
        if equals and key.isidentifier():
            fields[key] = value
    if found:
        fields["Message"] = message
    first = head.split("\n", 1)[0].strip()
    if "=" not in first:
        fields["TimeCreated"] = first
    return fields
