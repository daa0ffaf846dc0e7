"""Records inside of a text: JSON or an event's XML that a collector keeps as one field, alone or behind a syslog header."""

from __future__ import annotations

import base64
import re
import zlib
from typing import Any

import orjson

from engine.readers.contract import Record
from engine.readers.text.json_text import load_object
from engine.readers.windows.xml_event import event_from_xml

_HEADER = 512
"""Where the object behind a syslog header begins at the latest."""
_LONGEST = 16 * 2**20
_SYSLOG = re.compile(
    r"(?:<\d{1,3}>)?(?:1 )?"
    r"(?:(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S{0,16})|[A-Z][a-z]{2} [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d) "
    r"(?P<host>[\w.:-]{1,255}) "
)
"""RFC 3164, whose time has no year, and RFC 5424."""
_CODED = ("eyJ", "W3si", "PEV2", "H4sI")
"""How base64 of {", [{", <Ev and of what gzip compressed begins: Kinesis, Event Hubs and Pub/Sub hand it out."""
_OBJECT = re.compile(r'[\s:\]]\{\s*"')


def records_in(value: object) -> list[Any]:
    """What the text holds: one object, the objects of an array, one {"Event": …}; [] when it is no text that holds any."""
    if type(value) is not str or not 2 < len(value) < _LONGEST:
        return []
    start = value.lstrip("\ufeff \t\r\n")
    match start[:1]:
        case "{":
            record = load_object(start.encode("utf-8", "surrogatepass"))
            return [] if record is None else [record]
        case "[":
            return _array(start)
        case "<":
            return _event(start)
    return records_in(_uncoded(start)) if start.startswith(_CODED) else _behind_header(start)


def _uncoded(text: str) -> str:
    """What a queue has coded in base64, compressed or not; "" when it is nothing of the kind."""
    try:
        data = base64.b64decode(text.rstrip(), validate=True)
        if data[:2] == b"\x1f\x8b":
            data = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(data, _LONGEST)
    except (ValueError, zlib.error):
        return ""
    return data.decode("utf-8", "surrogateescape") if data[:1] in (b"{", b"[", b"<") else ""


def records_in_line(line: bytes) -> tuple[list[Record], Record]:
    """The records of a line that is no JSON object itself: a text in quotes that holds one, or one behind a syslog header; and
    what that header tells (host, time), {} where there is none.
    """
    text = line.decode("utf-8", "surrogateescape").strip(" \t\r\n\x00,")
    if text[:1] == "{":
        return [], {}
    header = _SYSLOG.match(text)
    told = {} if header is None else {"host": header["host"], "time": header["time"]}
    if text[:1] == '"':
        try:
            text = orjson.loads(text)
        except ValueError:
            return [], told
    return [record for held in records_in(text) for record in ([held] if isinstance(held, dict) else _events_in(held))], told


def _events_in(value: object) -> list[Any]:
    """What a text in an array holds where it is the XML of an event."""
    return records_in(value) if isinstance(value, str) and value.startswith("<Event") else []


def _array(text: str) -> list[Any]:
    if text[1:2] not in '{ \t\r\n"':
        return []
    try:
        found = orjson.loads(text)
    except ValueError:
        return []
    return found if type(found) is list else []


def _event(text: str) -> list[Any]:
    at = text.find("<Event", 0, _HEADER)
    # "<134>May  2 10:00:00 host laurel: {…}" begins so, too.
    if at < 0:
        return _behind_header(text)
    event = event_from_xml(text[at:].rstrip().encode("utf-8", "replace"))
    return [] if not event else [{"Event": event}]


def _behind_header(text: str) -> list[Any]:
    found = _OBJECT.search(text, 0, _HEADER)
    if found is None or not text.rstrip().endswith("}"):
        return []
    record = load_object(text[found.start() + 1 :].encode("utf-8", "surrogatepass"))
    return [] if record is None else [record]
