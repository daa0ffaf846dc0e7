"""The {"System": …, "EventData": …} structure of a Windows event, from EVTX, evtx_dump JSON or XML, to `ProcessEvent`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.domain.records import ReaderItem
from engine.readers.guard import guarded
from engine.readers.text.timestamps import parse_utc
from engine.readers.windows.other_events import map_windows
from engine.readers.windows.values.positions import by_position
from engine.readers.windows.windows_fields import Clock, kind_of, text


@guarded
def map_event(
    event: Mapping[str, Any], position: int, *, record_id: str | None = None, host: str = "", clock: Clock = parse_utc
) -> ReaderItem:
    """One event in the layout of python-evtx-rs: attributes under "#attributes", text beside them under "#text".

    None when it is nothing that is read. `record_id` overrides the event's own EventRecordID; `host` fills a missing Computer.
    """
    system = event.get("System")
    if not isinstance(system, dict):
        return None
    kind = kind_of(attribute(system, "Provider", "Name"), content(system.get("Channel")), content(system.get("EventID")))
    if kind is None:
        return None
    return map_windows(
        kind,
        data_of(event, kind),
        position,
        host=text(content(system.get("Computer"))) or host,
        time=attribute(system, "TimeCreated", "SystemTime"),
        record_id=record_id or text(content(system.get("EventRecordID"))) or str(position),
        clock=clock,
    )


def data_of(event: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """EventData, or what stands in UserData (the event log's own events), as name -> value."""
    data = event.get("EventData")
    if isinstance(data, dict):
        return event_data(data, kind)
    user = event.get("UserData")
    if not isinstance(user, dict):
        return {}
    # The element in it is named after its template: LogFileCleared.
    inner = next((node for name, node in user.items() if isinstance(node, dict) and name[:1] != "#"), None)
    return user if inner is None else inner


def attribute(system: Mapping[str, Any], element: str, name: str) -> object:
    """An attribute in any of the spellings of the JSON dumpers: "#attributes": {…}, "Provider_attributes", "@Name" or direct."""
    node = system.get(element)
    if not isinstance(node, dict):
        node = system.get(element + "_attributes", node)
    if not isinstance(node, dict):
        return node
    inner = node.get("#attributes")
    if isinstance(inner, dict):
        return inner.get(name)
    return node.get(name, node.get("@" + name))


def content(node: object) -> object:
    """The text of an element, with or without attributes beside it."""
    if isinstance(node, dict):
        return next((node[name] for name in ("#text", "Value", "value", "id") if name in node), None)
    return node


def event_data(data: Mapping[str, Any], kind: str = "") -> Mapping[str, Any]:
    """EventData as name -> value; also from {"Data": …} with an object, or with a list: of {"@Name": …, "#text": …} (xmltodict),
    of objects of one field each, or of plain values in the order of the event's manifest. What stands beside it counts, too.
    """
    name = "Data" if "Data" in data else "data"
    items = data.get(name)
    # The first is how nearly all come, and the second is dear.
    if items is None or not isinstance(items, dict | list):
        return data
    fields = _listed(items, kind)
    if len(data) > 1:
        fields = {**fields, **{key: value for key, value in data.items() if key != name}}
    return fields or data


def _listed(items: Any, kind: str) -> Mapping[str, Any]:
    if isinstance(items, dict) and isinstance(items.get("#text"), list):
        # Elements without names, as evtx_dump has them.
        items = items["#text"]
    if isinstance(items, dict):
        name = _name_of(items)
        return {name: content(items)} if isinstance(name, str) else items
    fields: dict[str, Any] = {}
    for item in items:
        if isinstance(item, dict):
            name = _name_of(item)
            if isinstance(name, str):
                fields[name] = content(item)
            elif len(item) == 1:
                fields.update(item)
    return fields or by_position(kind, items) or {}


def _name_of(item: Mapping[str, Any]) -> object:
    direct = next((item[name] for name in ("@Name", "Name", "name") if name in item), None)
    return direct if direct is not None else attribute({"Data": item}, "Data", "Name")
