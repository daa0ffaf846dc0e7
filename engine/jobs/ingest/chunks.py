"""What a reader gives, cut into what is stored together: at the same records whether they come one by one or in tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from operator import attrgetter
from typing import cast

import numpy as np
from msgspec.structs import replace

from engine.domain.arrays import Ints
from engine.domain.event_table import TOLD, EventTable, Items, ItemTable, Tabled, tables_of
from engine.domain.records import HostFact, Note, ProcessEnd, ProcessEvent, ReaderItem, Reject, Unknown
from engine.jobs.ports.ingest import Batch

BATCH_ITEMS = 10_000
"""Reader items in a transaction: about 0.3 s of work, which is also how late a cancellation can be."""
BATCH_CHARS = 32_000_000
"""Command-line characters in a transaction: 3,200 for each of the 10,000 records, far above what real logs have."""
SLICE = 50
"""Items between two looks at what their command lines add up to: 400 MB if every one is as long as a line may be."""

Part = list[ReaderItem] | ItemTable
_COMMAND, _PARENT_COMMAND = attrgetter("command_line"), attrgetter("parent_command_line")
_LINES = [TOLD.index("command_line"), TOLD.index("parent_command_line")]


class Chunks:
    """Takes the items of one source, some at a time."""

    def __init__(self, items: Iterator[Items]) -> None:
        self._items = items
        self._left: ItemTable | None = None
        """What is left of a table that was cut."""

    def skip(self, count: int) -> int:
        """Pass over items that an earlier run has stored. Returns how many there were."""
        passed = 0
        while passed < count and (part := self._next(count - passed)):
            if isinstance(part, ItemTable):
                part = self._begun(part, count - passed)
            passed += len(part)
        return passed

    def take(self) -> list[Part]:
        """The next items, BATCH_ITEMS or fewer where their command lines are huge (a hostile one may have megabytes); none at
        the end of the source.

        Looked at every SLICE items: to ask each item for its length costs as much as to store its number.
        """
        chunk: list[Part] = []
        taken, room = 0, BATCH_CHARS
        while taken < BATCH_ITEMS and (room > 0 or taken % SLICE) and (part := self._next(SLICE - taken % SLICE)):
            if isinstance(part, ItemTable):
                lengths = _lengths(part)
                part = self._begun(part, min(BATCH_ITEMS - taken, _fitting(lengths, taken, room)))
                room -= int(lengths[: len(part)].sum())
            else:
                room -= _length(part)
            chunk.append(part)
            taken += len(part)
        return chunk

    def _next(self, most: int) -> Part:
        """At most so many items that come one by one, or a table, whole; nothing at the end."""
        if self._left is not None:
            table, self._left = self._left, None
            return table
        listed: list[ReaderItem] = []
        for item in islice(self._items, most):
            if type(item) is ItemTable:
                if not listed:
                    return item
                self._left = item
                break
            listed.append(cast("ReaderItem", item))
        return listed

    def _begun(self, table: ItemTable, size: int) -> ItemTable:
        """The first `size` items of a table; the others come next."""
        if size < len(table):
            self._left = table.part(size, len(table))
        return table.part(0, size)


def batch_of(chunk: list[Part], host: str | None) -> tuple[Batch, list[Unknown]]:
    """The items sorted by what they are, and counted; all of them of `host` where it is given. And what nobody understood."""
    events: list[ProcessEvent] = []
    tables: list[EventTable] = []
    others: list[ReaderItem] = []
    for part in chunk:
        if isinstance(part, ItemTable):
            tables += [*tables_of(events), part.events]
            events = []
            others += [item for _, item in part.others]
        else:
            events += (own := [item for item in part if type(item) is ProcessEvent])
            if len(own) < len(part):
                others += [item for item in part if item is not None and type(item) is not ProcessEvent]
    kept: Sequence[ProcessEvent] = Tabled([*tables, *tables_of(events)]) if tables else events
    rejects = [item for item in others if type(item) is Reject]
    ends = [item for item in others if type(item) is ProcessEnd]
    facts = [item for item in others if type(item) is HostFact]
    notes = [item for item in others if type(item) is Note]
    unknown = [item for item in others if type(item) is Unknown]
    if host:
        kept = [replace(event, host=host) for event in kept]
        ends = [replace(end, host=host) for end in ends]
        facts = [replace(fact, host=host) for fact in facts]
    return Batch(kept, rejects, sum(map(len, chunk)) - len(notes), ends, facts, notes, len(unknown)), unknown


def _length(items: list[ReaderItem]) -> int:
    """Characters of their command lines."""
    events = [item for item in items if type(item) is ProcessEvent]
    return sum(sum(map(len, filter(None, map(text, events)))) for text in (_COMMAND, _PARENT_COMMAND))


def _lengths(table: ItemTable) -> Ints:
    """[items] the same of each item."""
    events = table.events
    of_text = np.fromiter(map(len, ["" if text is None else text for text in events.texts]), np.int64, len(events.texts))
    of_event: Ints = of_text[events.told[_LINES]].sum(axis=0)
    if table.places is None:
        return of_event
    lengths = np.zeros(len(table), np.int64)
    lengths[table.places] = of_event
    return lengths


def _fitting(lengths: Ints, taken: int, room: int) -> int:
    """How many items fit behind `taken` others: all of them, or up to the look that finds no room left."""
    if int(lengths.sum()) < room:
        return len(lengths)
    looks = np.arange(SLICE - taken % SLICE, len(lengths) + 1, SLICE)
    full = looks[np.cumsum(lengths)[looks - 1] >= room]
    return int(full[0]) if len(full) else len(lengths)
