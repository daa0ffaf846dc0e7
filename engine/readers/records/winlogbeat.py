"""Documents of Winlogbeat and Elastic Agent's Windows integrations that hold an event of Windows beside what ECS makes of it.

The event's own fields are read where they are: in event_data, in the rendered message, in the event's XML. Where a pipeline has
dropped all three, what the modules copied into ECS is.
"""

from __future__ import annotations

from typing import Any

from engine.domain.records import ReaderItem
from engine.readers.contract import Format, Record
from engine.readers.records import ecs
from engine.readers.text.moments import Moments
from engine.readers.windows.message import parse_message
from engine.readers.windows.other_events import map_windows
from engine.readers.windows.windows_event import event_data, map_event
from engine.readers.windows.windows_fields import TOLD_BY, event_number, kind_of, text
from engine.readers.windows.xml_event import event_from_xml

FORMATS = (
    Format(
        slug="winlogbeat",
        title="Winlogbeat 6, 7 and 8, and Elastic Agent's Windows and System integrations",
        export="Kibana or Elasticsearch, as of ECS; Winlogbeat's output.file",
        read="Sysmon 1 and Security 4688, from event_data, the message, event.original or the fields of ECS; the machine is "
        "winlog.computer_name, and not the collector",
        left_out="other events",
        source="elastic.co/guide/en/beats/winlogbeat/current/exported-fields-winlog.html; github.com/elastic/beats#13706",
    ),
)

_ENDS = frozenset((5, 4689))


def recognises(record: Record) -> bool:
    """A document with `winlog`, or one of Winlogbeat 6 (`event_data` or `event_id` beside the log's name)."""
    if isinstance(record.get("winlog"), dict):
        return True
    return ("event_id" in record or "event_data" in record) and ("log_name" in record or "source_name" in record)


def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """The process creation that the document tells of; None for other events."""
    winlog = record.get("winlog")
    return _new(record, winlog, position, moments) if isinstance(winlog, dict) else _old(record, position)


def _new(record: Record, winlog: Record, position: int, moments: Moments) -> ReaderItem:
    event = record.get("event")
    if not isinstance(event, dict):
        event = {}
    code = winlog.get("event_id", event.get("code"))
    kind = kind_of(_text(winlog.get("provider_name")), _text(winlog.get("channel")), code)
    number = text(winlog.get("record_id"))
    if kind is None:
        return ecs.map_record(record, position, moments, number) if event_number(code) in _ENDS else None
    data = winlog.get("event_data")
    fields = event_data(data) if isinstance(data, dict) else {}
    if TOLD_BY[kind] not in fields:
        # The Sysmon and Security modules of Winlogbeat 7 move the fields to ECS and may drop event_data's.
        message, original = record.get("message"), event.get("original")
        fields = parse_message(message, kind) if isinstance(message, str) else {}
        if not fields and isinstance(original, str) and original.lstrip().startswith("<Event"):
            parsed = event_from_xml(original.lstrip().encode("utf-8", "replace"))
            if parsed:
                return map_event(parsed, position, record_id=number, host=ecs.machine_of(record))
        if not fields:
            return ecs.map_record(record, position, moments, number)
    time = record.get("@timestamp")
    host = text(winlog.get("computer_name")) or ecs.machine_of(record)
    return map_windows(kind, fields, position, host=host, time=time, record_id=number or str(position))


def _old(record: Record, position: int) -> ReaderItem:
    kind = kind_of(_text(record.get("source_name")), _text(record.get("log_name")), record.get("event_id"))
    if kind is None:
        return None
    data: Any = record.get("event_data")
    if not isinstance(data, dict) or TOLD_BY[kind] not in data:
        message = record.get("message")
        data = parse_message(message, kind) if isinstance(message, str) else {}
    number = text(record.get("record_number")) or str(position)
    host = text(record.get("computer_name")) or ecs.machine_of(record)
    return map_windows(kind, data, position, host=host, time=record.get("@timestamp"), record_id=number)


def _text(value: object) -> str | None:
    return value if type(value) is str else text(value)
