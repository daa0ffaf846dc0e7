"""`Get-WinEvent | Export-Clixml`: events as serialised .NET objects, read as the records that they are in JSON.

One <Obj> below <Objs> is one event; its properties are elements named by the attribute N, lists are <LST>. Nothing is
deserialised: of the XML only names and texts are taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element

from engine.domain.records import SAMPLE_BYTES, ReaderItem, Reject
from engine.readers.contract import Format, ReadOptions
from engine.readers.guard import guarded
from engine.readers.text.encoding import as_utf8
from engine.readers.text.hosts import named
from engine.readers.text.moments import Moments
from engine.readers.windows import flat
from engine.readers.windows.xml_event import element_from_xml

FORMATS = (
    Format(
        slug="clixml",
        title="PowerShell: Get-WinEvent or Get-EventLog | Export-Clixml",
        export="Get-WinEvent -Path Security.evtx | Export-Clixml events.xml",
        read="Sysmon 1 and 5, Security 4688 and 4689, cleared logs, clocks set, from Properties by their places or the message",
        left_out="other objects and other events",
        source="learn.microsoft.com/powershell/module/microsoft.powershell.utility/export-clixml",
    ),
)

_BLOCK = 1 << 18
MAX_OBJECT = 8 * 2**20
_ROOT = re.compile(rb"<Objs\s[^<>]{0,200}http://schemas\.microsoft\.com/powershell/2004/04")
_TAG = re.compile(rb"<Obj\s[^<>]{0,200}/>|<Obj[\s>]|</Obj>")
_FIRST_TYPE = re.compile(rb"<Obj\s[^<>]{0,200}>\s{0,200}<TN(?:Ref)?\s{1,9}RefId=.0[\"']")
"""An object of the type that stands first in the file, that of the events."""
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_DEEPEST = 6


class ClixmlReader:
    """Serialised objects of PowerShell."""

    name = "clixml"

    def sniff(self, head: bytes, path: str) -> float:
        """The root element with PowerShell's namespace, and an event's type in it."""
        return 0.97 if _ROOT.search(head[:1024]) and b"EventLog" in head else 0.0

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """One item per object; positions count them from 1."""
        moments = Moments.of(hint)
        items = (_map(data, position, moments) for position, data in enumerate(_objects(as_utf8(stream)), 1))
        yield from named(items, hint.host) if hint.host else items
        yield from moments.notes()


READER = ClixmlReader()


@guarded
def _map(data: bytes, position: int, moments: Moments) -> ReaderItem:
    root = element_from_xml(data) if len(data) < MAX_OBJECT else None
    record = _properties(root, 0) if root is not None else None
    if record is None:
        reason = "The object is cut off, too large, or no well-formed XML."
        return Reject(position=position, code="bad-xml", reason=reason, sample=data[:SAMPLE_BYTES])
    return flat.map_record(record, position, moments) if flat.recognises(record) else None


def _properties(element: Element, depth: int) -> dict[str, Any]:
    """Name -> value of an object; PowerShell's own additions (<MS>) count like the object's properties (<Props>)."""
    return {
        name: _plain(child, depth)
        for part in element
        if part.tag.rpartition("}")[2] in ("Props", "MS")
        for child in part
        if (name := child.get("N")) is not None
    }


def _plain(element: Element, depth: int) -> Any:
    """A value: a text, a list, or an object as {property: value}; None for what is nested too deeply or has neither."""
    tag = element.tag.rpartition("}")[2]
    if tag == "Nil" or depth > _DEEPEST:
        return None
    if tag != "Obj":
        return _ESCAPED.sub(_character, element.text or "")
    for part in element:
        if part.tag.rpartition("}")[2] in ("LST", "IE"):
            return [_plain(child, depth + 1) for child in part]
    return _properties(element, depth + 1) or None


def _character(match: re.Match[str]) -> str:
    code = int(match.group(1), 16)
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else chr(code)


def _objects(stream: BinaryIO) -> Iterator[bytes]:
    """The bytes of each object below the root. Objects nest; texts cannot hold a tag, "<" is escaped in them. Nothing inside
    of an event is one: where one begins before another has ended, that one is cut off.
    """
    text, depth, begin, at = b"", 0, 0, 0
    while block := stream.read(_BLOCK):
        text += block
        while tag := _TAG.search(text, at):
            at = tag.end()
            if tag.group().endswith(b"/>"):
                continue
            if tag.group().startswith(b"</"):
                depth -= depth > 0
                if not depth:
                    yield text[begin:at]
                    begin = at
            elif not depth or _FIRST_TYPE.match(text, tag.start()):
                if depth:
                    yield text[begin : tag.start()]
                begin, depth = tag.start(), 1
            else:
                depth += 1
        if len(text) - begin > MAX_OBJECT:
            yield text[begin : begin + MAX_OBJECT]
            text, depth, begin, at = b"", 0, 0, 0
            continue
        # Keep what may be the first part of a tag.
        keep = begin if depth else max(at, len(text) - 300)
        text, at, begin = text[keep:], max(at - keep, 0 if not depth else at - keep), 0
    if depth:
        yield text[begin:]
