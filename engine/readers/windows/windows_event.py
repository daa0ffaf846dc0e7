"""The {"System": …, "EventData": …} structure of a Windows event, from EVTX, evtx_dump JSON or XML, to `ProcessEvent`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.domain.records import ReaderItem
from engine.readers.guard import guarded
from engine.readers.windows.windows_fields import kind_of, map_windows, text


@guarded
def map_event(event: Mapping[str, Any], position: int, *, record_id: str | None = None, host: str = "") -> ReaderItem:
    """One event in the layout of python-evtx-rs: attributes under "#attributes", text beside them under "#text".

    None when it is no process creation. `record_id` overrides the event's own EventRecordID; `host` fills a missing Computer.
    """
    system = event.get("System")
    if not isinstance(system, Mapping):
        return None
    kind = kind_of(attribute(system, "Provider", "Name"), content(system.get("Channel")), content(system.get("EventID")))
    if kind is None:
        return None
    data = event.get("EventData")
    fields = event_data(data) if isinstance(data, Mapping) else {}
    return map_windows(
        kind,
        fields,
        position,
        host=text(content(system.get("Computer"))) or host,
        time=attribute(system, "TimeCreated", "SystemTime"),
        record_id=record_id or text(content(system.get("EventRecordID"))) or str(position),
    )


def attribute(system: Mapping[str, Any], element: str, name: str) -> object:
    """An attribute in any of the spellings of the JSON dumpers: "#attributes": {…}, "Provider_attributes", "@Name" or direct."""
    node = system.get(element)
    if not isinstance(node, Mapping):
        node = system.get(element + "_attributes", node)
    if not isinstance(node, Mapping):
        return node
    inner = node.get("#attributes")
    if isinstance(inner, Mapping):
        return inner.get(name)
    return node.get(name, node.get("@" + name))


def content(node: object) -> object:
    """The text of an element, with or without attributes beside it."""
    if isinstance(node, Mapping):
        return node.get("#text", node.get("Value"))
    return node


def event_data(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """EventData as name -> value; also from a list of {"@Name": …, "#text": …} (xmltodict)."""
    items = data.get("Data")
    if not isinstance(items, list):
        return data
    fields: dict[str, Any] = {}
    for item in items:
        if isinstance(item, Mapping):
            name = item.get("@Name", item.get("Name", attribute({"Data": item}, "Data", "Name")))
            if isinstance(name, str):
                fields[name] = content(item)
    return fields or data
