"""Process creations as columns, each text once: how they go from the reader to the database without an object for each.

A ProcessEvent costs more to make, to hand over and to take apart again than all that is done with its values. A log repeats its
texts, so that what is done for a text (looking up its number in the database) is done once for a block of the log. Tables are cut
and never joined: to bring two pools of texts together costs as much as the batch saves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any, cast, overload

import numpy as np
from msgspec.structs import astuple

from engine.domain.arrays import NO_TIME, Ints, Ints32
from engine.domain.records import ProcessEvent, ReaderItem

NUMBERS = ("time_us", "pid", "ppid", "position")
PLAIN = ("guid", "record_id")
"""Texts that hardly repeat."""
TOLD = tuple(name for name in ProcessEvent.__struct_fields__ if name not in {*NUMBERS, *PLAIN, "ancestors"})
"""Texts that repeat."""
TRANSPOSED = 200
"""Records turned into columns at a time: few enough for the processor's cache, which 10,000 are not."""
LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class EventTable:
    """Process creations in their order."""

    texts: Sequence[str | None]
    """Each once; some may be of no record of a part."""
    told: Ints32
    """[TOLD, n] indices into `texts`."""
    numbers: Ints
    """[NUMBERS, n], NO_TIME for None."""
    plain: Sequence[Sequence[str | None]]
    """[PLAIN][n]"""
    ancestors: dict[int, tuple[str, ...]]
    """By number of the record, where it names any."""

    def __len__(self) -> int:
        return int(self.told.shape[1])

    @staticmethod
    def of(events: Sequence[ProcessEvent]) -> EventTable:
        """Raises OverflowError for a number that no 64 bits hold."""
        return EventTable.of_columns(_columns(events), len(events))

    @staticmethod
    def of_columns(columns: dict[str, Sequence[Any]], size: int) -> EventTable:
        """The same of the fields of ProcessEvent, each a column; "ancestors" may be missing. Raises OverflowError."""
        told = [columns[name] for name in TOLD]
        texts = dict.fromkeys(chain.from_iterable(told))
        at = dict(zip(texts, range(len(texts)), strict=True)).__getitem__
        above = columns.get("ancestors", ())
        return EventTable(
            list(texts),
            np.array([np.fromiter(map(at, column), np.int32, size) for column in told], np.int32).reshape(len(TOLD), size),
            np.array([_known(columns[name]) for name in NUMBERS], np.int64).reshape(len(NUMBERS), size),
            [columns[name] for name in PLAIN],
            {place: value for place, value in enumerate(above) if value} if any(above) else {},
        )

    def column(self, name: str) -> Sequence[str | None]:
        """One of TOLD or PLAIN as texts."""
        if name in PLAIN:
            return self.plain[PLAIN.index(name)]
        return list(map(self.texts.__getitem__, self.told[TOLD.index(name)].tolist()))

    def events(self) -> list[ProcessEvent]:
        """What the table is of."""
        columns: dict[str, Iterable[Any]] = {name: self.column(name) for name in (*TOLD, *PLAIN)}
        columns.update((name, _optional(column)) for name, column in zip(NUMBERS, self.numbers, strict=True))
        above = self.ancestors
        columns["ancestors"] = [above.get(place, ()) for place in range(len(self))] if above else repeat((), len(self))
        return list(map(ProcessEvent, *(columns[name] for name in ProcessEvent.__struct_fields__)))

    def part(self, start: int, stop: int) -> EventTable:
        """Some of the records; the texts are shared."""
        if start == 0 and stop >= len(self):
            return self
        above = {place - start: value for place, value in self.ancestors.items() if start <= place < stop}
        plain = [column[start:stop] for column in self.plain]
        return EventTable(self.texts, self.told[:, start:stop], self.numbers[:, start:stop], plain, above)


class Tabled(Sequence[ProcessEvent]):
    """Process creations of some tables, one after the other; who asks for one gets an object that is made for it."""

    def __init__(self, tables: Sequence[EventTable]) -> None:
        self.tables = tables
        self._size = sum(map(len, tables))

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, place: int) -> ProcessEvent: ...
    @overload
    def __getitem__(self, place: slice) -> list[ProcessEvent]: ...
    def __getitem__(self, place: int | slice) -> ProcessEvent | list[ProcessEvent]:
        return list(self)[place]

    def __iter__(self) -> Iterator[ProcessEvent]:
        return chain.from_iterable(table.events() for table in self.tables)


@dataclass(frozen=True, slots=True)
class ItemTable:
    """Items of a reader, in their order: the process creations among them as a table."""

    size: int
    events: EventTable
    places: Ints32 | None
    """[events] where they stand among the items, ascending; None where all items are some."""
    others: Sequence[tuple[int, ReaderItem]]
    """Place and item of what is something else, ascending. At the remaining places are records that are no process creation."""

    def __len__(self) -> int:
        return self.size

    def items(self) -> list[ReaderItem]:
        """What the table is of."""
        if self.places is None:
            return list(self.events.events())
        items: list[ReaderItem] = [None] * self.size
        for place, event in zip(self.places.tolist(), self.events.events(), strict=True):
            items[place] = event
        for place, item in self.others:
            items[place] = item
        return items

    def part(self, start: int, stop: int) -> ItemTable:
        """Some of the items."""
        if start == 0 and stop >= self.size:
            return self
        stop = min(stop, self.size)
        if self.places is None:
            return ItemTable(stop - start, self.events.part(start, stop), None, ())
        first, last = np.searchsorted(self.places, (start, stop)).tolist()
        others = [(place - start, item) for place, item in self.others if start <= place < stop]
        return ItemTable(stop - start, self.events.part(first, last), self.places[first:last] - np.int32(start), others)


Items = ReaderItem | ItemTable
"""What a reader that makes tables yields: one record, or many."""


def flat(items: Iterable[Items]) -> Iterator[ReaderItem]:
    """The items one by one."""
    for item in items:
        if type(item) is ItemTable:
            yield from item.items()
        else:
            yield cast("ReaderItem", item)


def tables_of(events: Sequence[ProcessEvent]) -> Sequence[EventTable]:
    """Process creations as tables; a number that no 64 bits hold is taken for none."""
    if isinstance(events, Tabled):
        return events.tables
    if not events:
        return ()
    columns = _columns(events)
    for name in NUMBERS:
        columns[name] = [None if value is None or abs(value) > LARGEST else value for value in columns[name]]
    return (EventTable.of_columns(columns, len(events)),)


def _columns(events: Sequence[ProcessEvent]) -> dict[str, Sequence[Any]]:
    """Field of ProcessEvent -> its values."""
    parts: list[list[Any]] = [[] for _ in ProcessEvent.__struct_fields__]
    for start in range(0, len(events), TRANSPOSED):
        few = zip(*map(astuple, events[start : start + TRANSPOSED]), strict=True)
        for part, column in zip(parts, few, strict=True):
            part.extend(column)
    return dict(zip(ProcessEvent.__struct_fields__, parts, strict=True))


def _known(column: Sequence[int | None]) -> Ints:
    return np.array(column if None not in column else [NO_TIME if value is None else value for value in column], np.int64)


def _optional(column: Ints) -> list[int | None]:
    values: list[int | None] = column.tolist()
    for place in np.flatnonzero(column == NO_TIME).tolist():
        values[place] = None
    return values
