"""OpenTelemetry logs as the collector's file exporter and OTLP/HTTP write them (opentelemetry.io, "Logs Data Model").

What a log record holds is in its body: an event of Windows (windowseventlog receiver), JSON, XML or a line of text; else its
attributes are the record.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.readers.contract import Format, Record
from engine.readers.records.wrapped.embedded import records_in

FORMATS = (
    Format(
        slug="otlp",
        title="OpenTelemetry logs (OTLP JSON)",
        export="the collector's file exporter, or OTLP over HTTP as JSON",
        read="the records in the bodies or attributes of log records, by what they are; events of Windows from its receiver",
        left_out="traces and metrics",
        source="opentelemetry.io/docs/specs/otel/logs/data-model; opentelemetry-collector-contrib windowseventlogreceiver",
    ),
)

_DEEPEST = 12


def logs_of(record: Record) -> list[Any] | None:
    """The records of `resourceLogs`; each has what its resource says of the host, unless it says so itself."""
    resources = record["resourceLogs"]
    if not isinstance(resources, list):
        return None
    return [held for resource in resources for held in _of_resource(resource)]


def _of_resource(resource: Any) -> Iterator[Any]:
    """What a resource holds. What is no log where one belongs is passed on as it is, to be told."""
    if not isinstance(resource, dict):
        yield resource
        return
    about = _attributes(_dict(resource.get("resource")).get("attributes"))
    scopes = resource.get("scopeLogs") or resource.get("instrumentationLibraryLogs")
    if not isinstance(scopes, list):
        yield resource
        return
    for scope in scopes:
        logs = scope.get("logRecords") if isinstance(scope, dict) else None
        if not isinstance(logs, list):
            yield scope
            continue
        for log in logs:
            yield from _held(log, about) if isinstance(log, dict) else [log]


def _held(log: Record, resource: Record) -> list[Any]:
    around: Record = {key: resource[key] for key in ("host.name",) if isinstance(resource.get(key), str)}
    time = log.get("timeUnixNano") or log.get("observedTimeUnixNano")
    if time:
        around["time"] = time
    body, attributes = _value(log.get("body")), _attributes(log.get("attributes"))
    if isinstance(body, dict):
        return [{**around, "record": _event(body) or {**attributes, **body}}]
    inner = records_in(body)
    if inner:
        return [{**around, "record": one} for one in inner if isinstance(one, dict)]
    return [{**around, **attributes, **({} if body is None else {"message": body})}]


def _event(body: Record) -> Record | None:
    """What the receiver makes of an event of Windows, as the event."""
    event_id, provider = body.get("event_id"), body.get("provider")
    if not isinstance(event_id, dict) or not isinstance(provider, dict) or "channel" not in body:
        return None
    data = _dict(body.get("event_data"))
    listed = data.get("data")
    if isinstance(listed, list):
        data = {key: value for item in listed if isinstance(item, dict) for key, value in item.items()}
    system = {
        "Provider": {"#attributes": {"Name": provider.get("name")}},
        "EventID": event_id.get("id"),
        "Channel": body.get("channel"),
        "Computer": body.get("computer"),
        "EventRecordID": body.get("record_id"),
        "TimeCreated": {"#attributes": {"SystemTime": body.get("system_time")}},
    }
    return {"Event": {"System": system, "EventData": data}}


def _attributes(listed: object) -> Record:
    pairs = [(item.get("key"), _value(item.get("value"))) for item in _list(listed) if isinstance(item, dict)]
    return {key: value for key, value in pairs if isinstance(key, str) and value is not None}


def _value(node: object, depth: int = 0) -> Any:
    """An AnyValue as the value that it wraps."""
    if not isinstance(node, dict) or depth > _DEEPEST:
        return None
    if "kvlistValue" in node:
        pairs = _list(_dict(node["kvlistValue"]).get("values"))
        return {
            item["key"]: _value(item.get("value"), depth + 1)
            for item in pairs
            if isinstance(item, dict) and isinstance(item.get("key"), str)
        }
    if "arrayValue" in node:
        return [_value(item, depth + 1) for item in _list(_dict(node["arrayValue"]).get("values"))]
    return next((node[key] for key in ("stringValue", "intValue", "doubleValue", "boolValue") if key in node), None)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _dict(value: object) -> Record:
    return value if isinstance(value, dict) else {}
