"""Items of a block as bytes and back: what a reading process hands to the one that writes.

By column, with each text that repeats once. MessagePack and arrays, nothing that could run: pickle was rejected, although both
ends are ours, because what a reading process holds is made of the log.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from msgspec.structs import replace

from engine.domain.event_table import NUMBERS, TOLD, EventTable, ItemTable
from engine.domain.records import HostFact, Note, ProcessEnd, ProcessEvent, ReaderItem, Reject, Unknown

KINDS: tuple[type[Reject | ProcessEnd | HostFact | Unknown | Note], ...] = (Reject, ProcessEnd, HostFact, Unknown, Note)
_NUMBER = np.dtype("<i8")
_PLACE = np.dtype("<i4")


class PackedItems(msgspec.Struct, array_like=True):
    """An ItemTable."""

    size: int
    places: bytes | None
    """Where the process creations are, [events] _PLACE; None where all items are some."""
    texts: list[str | None]
    told: bytes
    """[TOLD, events] _PLACE: index into `texts`."""
    numbers: bytes
    """[NUMBERS, events] _NUMBER."""
    plain: list[list[str | None]]
    """[PLAIN][events]"""
    ancestors: dict[int, tuple[str, ...]]
    """By number of the process creation."""
    others: list[tuple[int, int, bytes]]
    """Place, index into KINDS, the item."""


class Unpackable(Exception):
    """Items that no other process can be told of: parts of events that go on in other blocks, texts that are no Unicode."""


_encode = msgspec.msgpack.Encoder().encode
_decoders = [msgspec.msgpack.Decoder(kind).decode for kind in KINDS]


def tabled(items: Sequence[ReaderItem]) -> ItemTable:
    """The items as a table. Raises Unpackable, also for numbers that no 64 bits hold."""
    events = [item for item in items if type(item) is ProcessEvent]
    try:
        table = EventTable.of(events)
    except OverflowError as error:
        raise Unpackable from error
    if len(events) == len(items):
        return ItemTable(len(items), table, None, ())
    places = np.array([place for place, item in enumerate(items) if type(item) is ProcessEvent], np.int32)
    others = [(place, item) for place, item in enumerate(items) if item is not None and type(item) is not ProcessEvent]
    if any(type(item) not in KINDS for _, item in others):
        raise Unpackable
    return ItemTable(len(items), table, places, others)


def pack(items: ItemTable) -> PackedItems:
    """Raises Unpackable."""
    events = items.events
    return PackedItems(
        size=items.size,
        places=None if items.places is None else items.places.astype(_PLACE).tobytes(),
        texts=list(events.texts),
        told=events.told.astype(_PLACE).tobytes(),
        numbers=events.numbers.astype(_NUMBER).tobytes(),
        plain=[list(column) for column in events.plain],
        ancestors=events.ancestors,
        others=[_other(place, item) for place, item in items.others],
    )


def unpack(packed: PackedItems, shift: int = 0) -> ItemTable:
    """Inverse of `pack`, with all positions `shift` higher."""
    size = len(packed.plain[0])
    told = np.frombuffer(packed.told, _PLACE).reshape(len(TOLD), size)
    numbers = np.frombuffer(packed.numbers, _NUMBER).reshape(len(NUMBERS), size)
    if shift:
        numbers = numbers.copy()
        numbers[NUMBERS.index("position")] += shift
    events = EventTable(packed.texts, told, numbers, packed.plain, packed.ancestors)
    others = [(place, _shifted(_decoders[kind](told), shift)) for place, kind, told in packed.others]
    return ItemTable(packed.size, events, None if packed.places is None else np.frombuffer(packed.places, _PLACE), others)


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
