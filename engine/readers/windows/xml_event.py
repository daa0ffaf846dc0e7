"""One <Event> as XML text to the {"System", "EventData"} structure that `windows_event` maps.

The caller cuts single events out of the stream, so a declaration can only be inside an event, where XML forbids it;
it is refused before parsing all the same, which leaves no way to declare an entity. The standard parser in C is then
safe; defusedxml was rejected because it parses in Python code and would see nothing here that is not refused before.
"""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import Element, ParseError, XMLParser

_FORBIDDEN = re.compile(rb"<!(?!--|\[CDATA\[)")
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_CHARACTER = re.compile(r"&#(?:x0*([0-9a-fA-F]+)|0*([0-9]+));")


def event_from_xml(data: bytes) -> dict[str, Any] | None:
    """{"System": …, "EventData": …}, with UserData where the event has that instead; None when it is no well-formed event.
    Never raises.
    """
    root = _parse(data)
    if root is None or _name(root) != "Event":
        return None
    event: dict[str, Any] = {}
    for part in root:
        name = _name(part)
        if name == "System":
            event["System"] = {_name(child): _node(child) for child in part}
        elif name == "EventData":
            event["EventData"] = _data(part)
        elif name == "UserData":
            event["UserData"] = {_name(child): {_name(leaf): leaf.text or "" for leaf in child} for child in part}
    return event


def values_from_xml(data: bytes) -> list[str]:
    """The <Param> elements of a fragment in their order (Sentinel's ParameterXml column has no root); [] when broken."""
    root = _parse(b"<Params>" + data + b"</Params>")
    return [] if root is None else [element.text or "" for element in root.iter() if _name(element) == "Param"]


def fields_from_xml(data: bytes) -> dict[str, Any]:
    """Name -> value of the <Data Name="…"> elements anywhere in a fragment (Sentinel's EventData column); {} when broken."""
    root = _parse(data)
    return {} if root is None else _data(root)


def element_from_xml(data: bytes) -> Element | None:
    """The root element of a fragment; None when it is not well-formed or declares something. Never raises."""
    return _parse(data)


def _parse(data: bytes) -> Element | None:
    if _FORBIDDEN.search(data):
        return None
    try:
        return _feed(data)
    except ParseError:
        pass
    # Forwarders pass on control characters from command lines, raw or as &#8;, which XML 1.0 does not allow.
    try:
        text = _NOT_XML.sub("\ufffd", data.decode("utf-8", "replace"))
        return _feed(_CHARACTER.sub(_allowed, text).encode("utf-8"))
    except ParseError:
        return None


def _feed(data: bytes) -> Element:
    parser = XMLParser(encoding="utf-8")  # noqa: S314 - declarations are refused above
    parser.feed(data)
    root: Element = parser.close()
    return root


def _allowed(match: re.Match[str]) -> str:
    hexadecimal, decimal = match.groups()
    code = int(hexadecimal[:8], 16) if hexadecimal else int(decimal[:9])
    sound = code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
    return match.group() if sound else "\ufffd"


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _node(element: Element) -> Any:
    if element.attrib:
        return {"#attributes": dict(element.attrib), "#text": element.text}
    return element.text


def _data(root: Element) -> dict[str, Any]:
    """Name -> value; of elements without names {"Data": values}."""
    fields: dict[str, Any] = {}
    nameless = []
    for element in root.iter():
        if _name(element) != "Data":
            continue
        name = element.get("Name")
        if name is None:
            nameless.append(element.text or "")
        else:
            fields.setdefault(name, element.text or "")
    return {"Data": nameless} if nameless and not fields else fields
