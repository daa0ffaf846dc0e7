"""Which kind of record a dict is, a JSON object or a row of a table, and what it tells of a process.

Kinds are told by one or two keys each; the frequent ones come first. Those with a module of their own: ECS, oddkin's own, and
those that `record_kinds` names. What is wrapped around a record is taken off before (`envelopes`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from engine.domain.records import SAMPLE_BYTES, ReaderItem, Reject
from engine.readers.contract import Record
from engine.readers.guard import PASSING, guarded, unforeseen, unknown
from engine.readers.records import ecs, own
from engine.readers.records.envelopes import DEEPEST, opened
from engine.readers.records.record_kinds import record_kinds
from engine.readers.text.moments import Moments
from engine.readers.windows import flat
from engine.readers.windows.message import parse_message
from engine.readers.windows.other_events import map_windows
from engine.readers.windows.windows_event import map_event
from engine.readers.windows.windows_fields import TOLD_BY, kind_of, text


def items_of(record: Record, position: int, moments: Moments, nesting: int = 0) -> Iterable[ReaderItem]:
    """What a record tells, envelopes taken off: one item for each record inside, one for a record that is none."""
    inner = _opened(record, position) if nesting < DEEPEST else None
    if inner is None:
        # Nearly every record is one item: a generator for each would cost a tenth of reading it.
        return (map_json(record, position, moments),)
    if isinstance(inner, Reject):
        return (inner,)
    return _inside(inner, position, moments, nesting + 1)


def _inside(records: list[Any], position: int, moments: Moments, nesting: int) -> Iterator[ReaderItem]:
    for record in records:
        if isinstance(record, dict):
            yield from items_of(record, position, moments, nesting)
        else:
            sample = str(record)[:SAMPLE_BYTES].encode("utf-8", "replace")[:SAMPLE_BYTES]
            yield Reject(
                position=position, code="bad-json", reason="A record inside of another is no JSON object.", sample=sample
            )


def _opened(record: Record, position: int) -> list[Any] | Reject | None:
    try:
        return opened(record)
    except PASSING:
        raise
    except Exception as error:
        return unforeseen(error, record, position)


@guarded
def map_json(record: Record, position: int, moments: Moments) -> ReaderItem:
    """A record without envelope: an event, a Reject, None when it is no process creation, Unknown when nobody knows its kind."""
    event_id = record.get("EventID")
    if event_id is not None:
        return flat.map_flat(record, event_id, position, moments)
    if "winlog" in record:
        return _winlogbeat7(record, position)
    if ("event_data" in record or "event_id" in record) and ("log_name" in record or "source_name" in record):
        return _winlogbeat6(record, position)
    if "event" in record and isinstance(record.get("process"), dict) and "SyslogMessage" not in record:
        return ecs.map_record(record, position)
    return _rarer(record, position, moments)


def recognised(record: Record, nesting: int = 0) -> bool:
    """Whether the record is of a kind that `map_json` knows, process creation or not: for detection."""
    inner = _opened(record, 0) if nesting < DEEPEST else None
    if isinstance(inner, list):
        return any(isinstance(one, dict) and recognised(one, nesting + 1) for one in inner)
    if own.recognises(record) or ecs.recognises(record) or any(shape.recognises(record) for shape in record_kinds()):
        return True
    keys = record.keys()
    if "event_id" in keys and ("log_name" in keys or "source_name" in keys):
        return True
    return "winlog" in keys or isinstance(record.get("Event"), dict) or "System" in keys or flat.recognises(record)


def _rarer(record: Record, position: int, moments: Moments) -> ReaderItem:
    event = record.get("Event")
    if isinstance(event, dict):
        return map_event(event, position, host=flat.host_of(record), clock=moments.utc)
    if isinstance(record.get("System"), dict):
        return map_event(record, position, clock=moments.utc)
    if own.recognises(record):
        return own.map_record(record, position)
    for shape in record_kinds():
        if shape.recognises(record):
            return shape.map_record(record, position, moments)
    if ecs.recognises(record):
        return ecs.map_record(record, position)
    if flat.recognises(record):
        return flat.map_record(record, position, moments)
    return unknown(record, position)


def _winlogbeat7(record: Record, position: int) -> ReaderItem:
    winlog = record["winlog"]
    if not isinstance(winlog, dict):
        return None
    event = record.get("event")
    code = winlog.get("event_id", event.get("code") if isinstance(event, dict) else None)
    kind = kind_of(winlog.get("provider_name"), winlog.get("channel"), code)
    if kind is None:
        return None
    data = winlog.get("event_data")
    number = text(winlog.get("record_id"))
    if not isinstance(data, dict) or TOLD_BY[kind] not in data:
        # The Sysmon and Security modules of Winlogbeat 7 move the fields to ECS and may drop event_data's.
        message = record.get("message")
        parsed = parse_message(message, kind) if isinstance(message, str) else {}
        if not parsed:
            return ecs.map_record(record, position, record_id=number)
        data = parsed
    host = text(winlog.get("computer_name")) or flat.host_of(record)
    return map_windows(kind, data, position, host=host, time=record.get("@timestamp"), record_id=number or str(position))


def _winlogbeat6(record: Record, position: int) -> ReaderItem:
    kind = kind_of(record.get("source_name"), record.get("log_name"), record.get("event_id"))
    if kind is None:
        return None
    data = record.get("event_data")
    if not isinstance(data, dict) or TOLD_BY[kind] not in data:
        message = record.get("message")
        data = parse_message(message, kind) if isinstance(message, str) else {}
    number = text(record.get("record_number")) or str(position)
    return map_windows(kind, data, position, host=flat.host_of(record), time=record.get("@timestamp"), record_id=number)
