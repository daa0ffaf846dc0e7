"""Items of a block as bytes and back: what a reading process hands to the one that writes.

By column, with each text that repeats once: what is the same text is the same object again, in a batch as well. MessagePack and
arrays, nothing that could run: pickle was rejected, although both ends are ours, because what a reading process holds is made of
the log.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, repeat
from typing import Any

import msgspec
import numpy as np
from msgspec.structs import astuple, replace

from engine.domain.arrays import NO_TIME
from engine.domain.records import HostFact, Note, ProcessEnd, ProcessEvent, ReaderItem, Reject, Unknown

NUMBERS = ("time_us", "pid", "ppid", "position")
PLAIN = ("guid", "record_id")
"""Texts that hardly repeat."""
TOLD = tuple(name for name in ProcessEvent.__struct_fields__ if name not in {*NUMBERS, *PLAIN, "ancestors"})
"""Texts that repeat."""
KINDS: tuple[type[Reject | ProcessEnd | HostFact | Unknown | Note], ...] = (Reject, ProcessEnd, HostFact, Unknown, Note)
MISSING = NO_TIME
_NUMBER = np.dtype("<i8")
_PLACE = np.dtype("<i4")


class PackedItems(msgspec.Struct, array_like=True):
    """The items of a block."""

    size: int
    places: bytes
    """Where the process creations are, [events] _PLACE; empty where all items are some."""
    texts: list[str | None]
    told: list[bytes]
    """[TOLD] of each [events] _PLACE: index into `texts`."""
    numbers: list[bytes]
    """[NUMBERS] of each [events] _NUMBER, MISSING for None."""
    plain: list[list[str | None]]
    """[PLAIN][events]"""
    ancestors: dict[int, tuple[str, ...]]
    """By number of the process creation."""
    others: list[tuple[int, int, bytes]]
    """Place, index into KINDS, the item. What is at no place is None."""


class Unpackable(Exception):
    """Items that no other process can be told of: parts of events that go on in other blocks, texts that are no Unicode."""


_encode = msgspec.msgpack.Encoder().encode
_decoders = [msgspec.msgpack.Decoder(kind).decode for kind in KINDS]


def pack(items: Sequence[ReaderItem]) -> PackedItems:
    """Raises Unpackable, also for numbers that no 64 bits hold."""
    events = [item for item in items if type(item) is ProcessEvent]
    places = b""
    others: list[tuple[int, int, bytes]] = []
    if len(events) < len(items):
        places = _places([place for place, item in enumerate(items) if type(item) is ProcessEvent])
        others = [_other(place, item) for place, item in enumerate(items) if item is not None and type(item) is not ProcessEvent]
    columns: list[Sequence[Any]] = list(zip(*map(astuple, events), strict=True)) or [()] * len(ProcessEvent.__struct_fields__)
    of = dict(zip(ProcessEvent.__struct_fields__, columns, strict=True))
    texts = dict.fromkeys(chain.from_iterable(of[name] for name in TOLD))
    index = dict(zip(texts, range(len(texts)), strict=True))
    above = {place: value for place, value in enumerate(of["ancestors"]) if value} if any(of["ancestors"]) else {}
    try:
        return PackedItems(
            size=len(items),
            places=places,
            texts=list(texts),
            told=[_places(map(index.__getitem__, of[name])) for name in TOLD],
            numbers=[_numbers(of[name]) for name in NUMBERS],
            plain=[list(of[name]) for name in PLAIN],
            ancestors=above,
            others=others,
        )
    except OverflowError as error:
        raise Unpackable from error


def unpack(packed: PackedItems, shift: int = 0) -> list[ReaderItem]:
    """Inverse of `pack`, with all positions `shift` higher."""
    text_of = packed.texts.__getitem__
    columns: dict[str, Any] = {
        name: map(text_of, np.frombuffer(indexes, _PLACE).tolist()) for name, indexes in zip(TOLD, packed.told, strict=True)
    }
    columns.update(zip(PLAIN, packed.plain, strict=True))
    for name, stored in zip(NUMBERS, packed.numbers, strict=True):
        column = np.frombuffer(stored, _NUMBER)
        columns[name] = _known(column + shift if name == "position" and shift else column)
    columns["ancestors"] = repeat(())
    if packed.ancestors:
        columns["ancestors"] = [packed.ancestors.get(place, ()) for place in range(len(packed.plain[0]))]
    events = list(map(ProcessEvent, *(columns[name] for name in ProcessEvent.__struct_fields__)))
    if len(events) == packed.size:
        return list(events)
    items: list[ReaderItem] = [None] * packed.size
    for place, event in zip(np.frombuffer(packed.places, _PLACE).tolist(), events, strict=True):
        items[place] = event
    for place, kind, told in packed.others:
        items[place] = _shifted(_decoders[kind](told), shift)
    return items


def _other(place: int, item: ReaderItem) -> tuple[int, int, bytes]:
    for number, kind in enumerate(KINDS):
        if type(item) is kind:
            try:
                return place, number, _encode(item)
            except (UnicodeError, OverflowError) as error:
                raise Unpackable from error
    raise Unpackable


def _shifted(item: Reject | ProcessEnd | HostFact | Unknown | Note, shift: int) -> ReaderItem:
    return item if not shift or isinstance(item, Note) else replace(item, position=item.position + shift)


def _places(numbers: Any) -> bytes:
    return np.array(list(numbers), _PLACE).tobytes()


def _numbers(column: Sequence[int | None]) -> bytes:
    return np.array(column if None not in column else [MISSING if one is None else one for one in column], _NUMBER).tobytes()


def _known(column: Any) -> list[int | None]:
    values: list[int | None] = column.tolist()
    for place in np.flatnonzero(column == MISSING).tolist():
        values[place] = None
    return values
