"""Rows of plaso's timelines (log2timeline, psort, Timesketch) that are Windows events.

A timeline holds everything that has a time; rows of other sources are other records, not unknown ones. Of an event the row keeps,
depending on the output: its XML, its values by their places ("strings"), or both inside of the message:
"[4688 / 0x1250] Provider identifier: {…} Source Name: … Strings: ['…', …] Computer Name: … Record Number: …".
"""

from __future__ import annotations

import re
from typing import Any

from engine.domain.records import ReaderItem, Reject
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.text.moments import Moments
from engine.readers.windows.other_events import map_windows
from engine.readers.windows.values.positions import by_position
from engine.readers.windows.values.quoted_list import list_at, quoted_list
from engine.readers.windows.windows_event import map_event
from engine.readers.windows.windows_fields import CREATIONS, event_number, kind_of, sample_of, text
from engine.readers.windows.xml_event import event_from_xml

FORMATS = (
    Format(
        slug="plaso",
        title="plaso and Timesketch: json_line, l2tcsv, dynamic, Timesketch's CSV",
        export="psort.py -o json_line -w timeline.jsonl case.plaso (keeps the XML of events); Timesketch: Export as CSV",
        read="Windows events in it: Sysmon 1 and 5, Security 4688 and 4689, cleared logs, clocks set; by XML or by strings",
        left_out="everything else in a timeline: files, registry, browsers …",
        source="plaso.readthedocs.io, output modules; github.com/log2timeline/plaso, parser winevtx",
    ),
)

_EVTX = "windows:evtx:record"
_L2T = frozenset(("MACB", "sourcetype", "desc"))
_TITLE = re.compile(r"\[(\d{1,6}) / 0x[0-9a-fA-F]{4,8}\]")
_SOURCE = re.compile(r"Source Name: (\S{1,100}(?: [A-Z]\S{0,40}){0,4}?) (?:Strings|Message string|Computer Name): ?")
_COMPUTER = re.compile(r" Computer Name: (\S{1,255})")
_NUMBER = re.compile(r" Record Number: (\d{1,20})")
_STRINGS = "Strings: ["


def recognises(record: Record) -> bool:
    """A row of a timeline: what its time means stands beside it, and what found it."""
    if "timestamp_desc" in record:
        return any(name in record for name in ("parser", "data_type", "source_long", "display_name", "message"))
    return record.keys() >= _L2T


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """The Windows event of a row; None for rows of other sources and other events."""
    message = text(record.get("message")) or text(record.get("desc")) or ""
    title = _TITLE.match(message)
    number = event_number(record.get("event_identifier"))
    if number is None and title is not None:
        number = int(title.group(1))
    source = text(record.get("source_name"))
    if source is None and (named := _SOURCE.search(message)):
        source = named.group(1)
    kind = kind_of(source, None, number)
    if kind is None:
        return None
    record_id = text(record.get("record_number")) or _found(_NUMBER, message) or str(position)
    host = text(record.get("computer_name")) or _found(_COMPUTER, message) or text(record.get("host")) or ""
    if (event := _event(record)) is not None:
        return map_event(event, position, record_id=record_id, host=host, clock=moments.utc)
    fields = by_position(kind, _strings(record, message))
    if not fields and kind in CREATIONS:
        reason = "A process creation in a timeline that kept neither its XML nor its strings in a known order."
        return Reject(position=position, code="unknown-message", reason=reason, record_id=record_id, sample=sample_of(record))
    time, clock = _time(record), moments.utc
    if text(record.get("timezone")) not in (None, "UTC"):
        clock = moments.local
    return map_windows(kind, fields, position, host=host, time=time, record_id=record_id, clock=clock)


def _event(record: Record) -> dict[str, Any] | None:
    xml = record.get("xml_string")
    if xml is None and isinstance(extra := record.get("extra"), str) and "<Event" in extra:
        # l2tcsv puts all that has no column into one: "name: value; name: value".
        xml = extra[extra.index("<Event") : extra.rfind("</Event>") + len("</Event>")]
    event = event_from_xml(xml.encode("utf-8", "replace")) if isinstance(xml, str) and "<Event" in xml else None
    return event if event is not None and ("EventData" in event or "UserData" in event) else None


def _strings(record: Record, message: str) -> list[Any]:
    values = record.get("strings")
    if isinstance(values, str):
        values = quoted_list(values)
    if isinstance(values, list):
        return values
    at = message.find(_STRINGS)
    return list_at(message, at + len(_STRINGS) - 1) or [] if at >= 0 else []


def _time(record: Record) -> object:
    for name in ("timestamp", "datetime"):
        value = record.get(name)
        if value:
            return value
    day, hour = text(record.get("date")), text(record.get("time"))
    return f"{day} {hour}" if day and hour else None


def _found(pattern: re.Pattern[str], message: str) -> str | None:
    match = pattern.search(message, message.rfind("]"))
    return match.group(1) if match else None
