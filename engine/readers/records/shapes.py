"""Which kind of record a dict is, a JSON object or a row of a table, and what it tells of a process.

Kinds are told by one or two keys each; the frequent ones come first. Those with a module of their own: ECS, Winlogbeat, oddkin's
own, and those that `record_kinds` names. What is wrapped around a record is taken off before (`envelopes`), or looked through
where nobody knows it (`buried`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from engine.domain.records import SAMPLE_BYTES, ProcessEvent, ReaderItem, Reject, Unknown
from engine.readers.contract import Record
from engine.readers.guard import PASSING, guarded, unforeseen, unknown
from engine.readers.guess.guessed import guess_record, is_guessable
from engine.readers.guess.nested import processes_in
from engine.readers.records import ecs, own, winlogbeat
from engine.readers.records.envelopes import DEEPEST, filled_in, opened
from engine.readers.records.record_kinds import record_kinds
from engine.readers.records.wrapped.buried import found_in
from engine.readers.records.wrapped.embedded import records_in
from engine.readers.text.moments import Moments
from engine.readers.windows import flat
from engine.readers.windows.windows_event import map_event

_NO_ECS = frozenset(("SyslogMessage", "mach_time"))
"""Azure's rows and Apple's Endpoint Security have an event and a process of their own."""


def items_of(record: Record, position: int, moments: Moments, nesting: int = 0) -> Iterable[ReaderItem]:
    """What a record tells, envelopes taken off: one item for each record inside, one for a record that is none."""
    inner = _opened(record, position) if nesting < DEEPEST else None
    if inner is None:
        # Nearly every record is one item: a generator for each would cost a tenth of reading it.
        item = map_json(record, position, moments)
        if type(item) is not Unknown:
            return (item,)
        inner = _buried(record, position) if nesting < DEEPEST else None
        if inner is None:
            return _guessed(record, position, moments)
    if isinstance(inner, Reject):
        return (inner,)
    return _inside(inner, record, position, moments, nesting + 1)


def _inside(records: list[Any], envelope: Record, position: int, moments: Moments, nesting: int) -> Iterator[ReaderItem]:
    for value in records:
        held = value if isinstance(value, list) else [value] if isinstance(value, dict) else records_in(value)
        for record in held:
            if isinstance(record, dict):
                for item in items_of(record, position, moments, nesting):
                    yield filled_in(item, envelope, moments)
        if not any(isinstance(record, dict) for record in held):
            sample = str(value)[:SAMPLE_BYTES].encode("utf-8", "replace")[:SAMPLE_BYTES]
            yield Reject(
                position=position, code="bad-json", reason="A record inside of another is no JSON object.", sample=sample
            )


def _guessed(record: Record, position: int, moments: Moments) -> Iterable[ReaderItem]:
    """What a record of no known kind is, and the processes in lists inside of it."""
    item = guess_record(record, position, moments)
    # What is known to be something else is not looked through: a finding names processes that it did not see start.
    inner = _listed(record, position) if item is not None else None
    if not inner:
        return (item,)
    if isinstance(inner, Reject):
        return (inner,)
    told = (filled_in(guess_record(one, position, moments), record, moments) for one in inner)
    return (item, *told) if isinstance(item, ProcessEvent) else tuple(told)


def _listed(record: Record, position: int) -> list[Record] | Reject:
    try:
        return processes_in(record)
    except PASSING:
        raise
    except Exception as error:
        return unforeseen(error, record, position)


def _opened(record: Record, position: int) -> list[Any] | Reject | None:
    try:
        return opened(record, _known)
    except PASSING:
        raise
    except Exception as error:
        return unforeseen(error, record, position)


def _buried(record: Record, position: int) -> list[Any] | Reject | None:
    """The records inside of one that nobody knows, dotted names taken for nested ones."""
    try:
        if any("." in key for key in record):
            nested = ecs.nest(record)
            return [nested] if _known(nested) else found_in(nested, _known)
        return found_in(record, _known)
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
    if "winlog" in record or "event_data" in record or "event_id" in record:
        if winlogbeat.recognises(record):
            return winlogbeat.map_record(record, position, moments)
    elif "event" in record and isinstance(record.get("process"), dict) and record.keys().isdisjoint(_NO_ECS):
        return ecs.map_record(record, position, moments)
    return _rarer(record, position, moments)


def recognised(record: Record, nesting: int = 0) -> bool:
    """Whether the record is of a kind that `map_json` knows, process creation or not, or holds one: for detection."""
    inner = _opened(record, 0) if nesting < DEEPEST else None
    if isinstance(inner, list):
        return any(isinstance(one, dict) and recognised(one, nesting + 1) for one in inner)
    return _known(record) or isinstance(_buried(record, 0), list)


def wraps(record: Record) -> bool:
    """Whether the record is an envelope around others, and none itself."""
    inner = _opened(record, 0)
    return isinstance(inner, list) or (not _known(record) and isinstance(_buried(record, 0), list))


def _known(record: Record) -> bool:
    """Whether the record itself is of a kind that `map_json` knows."""
    if own.recognises(record) or ecs.recognises(record) or any(shape.recognises(record) for shape in record_kinds()):
        return True
    return winlogbeat.recognises(record) or _system(record) or _system(record.get("Event")) or flat.recognises(record)


def guessable(record: Record, nesting: int = 0) -> bool:
    """Whether a record of no known kind could be a process, or what is inside of it: for detection."""
    inner = _opened(record, 0) if nesting < DEEPEST else None
    if isinstance(inner, list):
        return any(isinstance(one, dict) and guessable(one, nesting + 1) for one in inner)
    return is_guessable(record) or bool(processes_in(record))


def _system(event: object) -> bool:
    """Whether it has what every event of Windows has."""
    return isinstance(event, dict) and isinstance(event.get("System"), dict)


def _rarer(record: Record, position: int, moments: Moments) -> ReaderItem:
    event = record.get("Event")
    if isinstance(event, dict) and _system(event):
        return map_event(event, position, host=flat.host_of(record), clock=moments.utc)
    if _system(record):
        return map_event(record, position, clock=moments.utc)
    if own.recognises(record):
        return own.map_record(record, position)
    for shape in record_kinds():
        if shape.recognises(record):
            return shape.map_record(record, position, moments)
    if ecs.recognises(record):
        return ecs.map_record(record, position, moments)
    if flat.recognises(record):
        return flat.map_record(record, position, moments)
    return unknown(record, position)
