"""What Splunk wraps around records: exports of search results (JSON, JSON rows, CSV), and events as sent to its collector.

`_raw` is the event as it was logged; where it cannot be read, the fields that Splunk extracted stand beside it. A field that was
extracted twice has its value twice, as a list, or as lines of one cell.
Export formats: docs.splunk.com, "Export search results", and the REST API's output_mode (json, json_rows, json_cols).
"""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import Any

from engine.readers.contract import Format, Record
from engine.readers.text.json_text import load_object
from engine.readers.windows.xml_event import event_from_xml

FORMATS = (
    Format(
        slug="splunk",
        title="Splunk, search results and collector events",
        export="Export as CSV, JSON or raw events; | outputcsv; splunk search -output; the REST API (json, json_rows, json_cols)",
        read="_raw as XML, JSON or the text of WinEventLog, by what it holds; else the fields that Splunk extracted",
        left_out="events of formats that are not read",
        source="docs.splunk.com, Export search results; REST API reference, output_mode",
    ),
)

_HEADER_LINES = 40
_EVENT = re.compile(r"<Event[\s>]")
_SYSLOG = 400
"""Characters that a forwarder may have put before an event: a syslog header."""
_LONGEST_REPEAT = 4096
_ENVELOPE = frozenset(("_raw", "event"))


def recognises(record: Record) -> bool:
    """A search result ("result" or "_raw") or a collector event ("event" beside "sourcetype")."""
    return (
        isinstance(record.get("result"), dict)
        or isinstance(record.get("_raw"), str)
        or ("event" in record and "sourcetype" in record)
    )


def unwrap(record: Record) -> Record | str | None:
    """What is inside: a record (of the XML text of an event its {"Event"}, beside Splunk's host), a text that was meant to be
    one, or None when it is none.
    """
    result = record.get("result")
    if isinstance(result, dict):
        return result
    raw = record.get("_raw", record.get("event"))
    if isinstance(raw, dict):
        return _hosted(raw, record)
    if isinstance(raw, str):
        found = _logged(raw, record)
        if found is not None:
            return found
    # Fields that Splunk extracted stand beside _raw.
    fields = {key: value for key, value in record.items() if key not in _ENVELOPE}
    if "EventCode" in fields or "EventID" in fields:
        return fields
    broken = isinstance(raw, str) and _EVENT.match(raw.lstrip()) is not None
    return raw if broken and isinstance(raw, str) else None


def rows(record: Record) -> list[Any] | None:
    """The records of an answer of the REST API; None when the record is none.

    json has them in "results", json_rows values under the names in "fields", json_cols a list of values for each name.
    """
    found = record.get("results")
    if isinstance(found, list) and all(isinstance(one, dict) for one in found):
        return found
    names = _field_names(record.get("fields"))
    if names is None:
        return None
    for key, across in (("rows", True), ("columns", False)):
        values = record.get(key)
        if isinstance(values, list) and all(isinstance(one, list) for one in values):
            lines = values if across else zip_longest(*values)
            return [_present(names, line) for line in lines]
    return None


def single(record: Record) -> Record | None:
    """The record with what was extracted twice once; None where nothing was."""
    once = {key: found for key, value in record.items() if (found := _repeated(value)) is not None}
    return {**record, **once} if once else None


def event_code(record: Record) -> list[Any] | None:
    """Fields from the text of an event beside an id that is named as its XML names it: under the text's name for it."""
    if "EventID" not in record or "EventCode" in record:
        return None
    return [{("EventCode" if key == "EventID" else key): value for key, value in record.items()}]


def _field_names(value: object) -> list[str] | None:
    """Names from a list of names or of {"name": …}."""
    if not isinstance(value, list) or not value:
        return None
    names = [one.get("name") if isinstance(one, dict) else one for one in value]
    return [name for name in names if isinstance(name, str)] if all(isinstance(name, str) for name in names) else None


def _present(names: list[str], values: Any) -> Record:
    return {name: value for name, value in zip(names, values, strict=False) if value not in (None, "")}


def _repeated(value: Any) -> Any:
    """The value that a list, or each line of a text, holds over and over; None for others."""
    if type(value) is list:
        return value[0] if len(value) > 1 and all(one == value[0] for one in value[1:]) else None
    if type(value) is str and "\n" in value and len(value) < _LONGEST_REPEAT:
        lines = value.split("\n")
        return lines[0] if lines[0] and all(line == lines[0] for line in lines[1:]) else None
    return None


def _logged(raw: str, record: Record) -> Record | None:
    """The event as it was logged: XML, JSON, or the text of WinEventLog; syslog's header left out."""
    start = _EVENT.search(raw, 0, _SYSLOG)
    if start is not None:
        if "Linux-Sysmon" in raw[:2048]:
            return {"SyslogMessage": raw, "HostName": record.get("host")}
        event = event_from_xml(raw[start.start() :].strip().encode("utf-8", "replace"))
        return None if event is None else {"Event": event, "host": record.get("host")}
    text = raw.lstrip()
    if text.startswith("{") and (inner := load_object(text.encode("utf-8", "replace"))) is not None:
        return _hosted(inner, record)
    if "type=AUOMS_" in raw[:256]:
        return {"SyslogMessage": raw, "Computer": record.get("host")}
    if "\nEventCode=" in raw:
        return classic(raw, record)
    return None


def _hosted(inner: Record, record: Record) -> Record:
    """The inner record with Splunk's host where it has none of that name."""
    host = record.get("host")
    return inner if not isinstance(host, str) or "host" in inner or "_source" in inner else {**inner, "host": host}


def classic(raw: str, record: Record) -> Record:
    """WinEventLog text: KEY=value lines, then "Message=" and the rendered message to the end.

    Its first line is the machine's wall clock; `_time` has a zone and is the better one.
    """
    head, found, message = raw.partition("\nMessage=")
    fields: dict[str, Any] = {}
    for line in head.splitlines()[:_HEADER_LINES]:
        key, equals, value = line.partition("=")
        if equals and key.isidentifier():
            fields[key] = value
    if found:
        fields["Message"] = message
    first = head.lstrip().split("\n", 1)[0].strip()
    moment = record.get("_time")
    if moment:
        fields["_time"] = moment
    elif "=" not in first:
        fields["TimeCreated"] = first
    if isinstance(host := record.get("host"), str):
        fields.setdefault("host", host)
    return fields
