"""The packed records of one host as columns: what linking reads, and what else a table of processes is made of.

The same as store/evidence/host_events.py makes of rows; a test holds both together. Block by block, equal texts once: of the
records of a host that has all of an estate's, a worker holds some hundred bytes each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.domain.arrays import NO_TIME, Ints, Ints8, Ints32
from engine.domain.lineage import EndEvents, HostEvents
from engine.domain.records import HostFact
from engine.fleet.packed import LONGEST_GUID, HostBlock, ends_of, facts_of, numbers_of, texts_of
from engine.knowledge.privileges import by_account, by_level
from engine.knowledge.renamed import LONGEST, original_of
from engine.paths import fold
from engine.progress import Check, unasked

CLOCK_SET = "clock-set"
"""The code of the fact that linking looks at."""
_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class HostRecords:
    """All that a host's records say that is counted; n records."""

    events: HostEvents
    """`row` is the place of each record among the host's, `command` an index into `commands`."""
    commands: list[str]
    """The different command lines, as they first occur."""
    privilege: Ints8
    """[n] engine.domain.processes.Privilege."""
    original: Ints32
    """[n] index into `originals`, -1 for none."""
    originals: list[str]
    """The different names of version resources, as engine.knowledge.renamed.original_of reads them."""
    facts: list[tuple[int, HostFact]]
    """(source, what it says)."""


def records_of(host: str, blocks: Sequence[HostBlock], ranks: Mapping[int, int], check: Check = unasked) -> HostRecords:
    """The columns of a host. blocks: as `hosts_of` gives them; ranks: place of each source by the hash of its content."""
    read = _Reading()
    for one in blocks:
        check()
        read.add(one)
    numbers = np.concatenate([np.zeros((4, 0), np.int64), *read.numbers], axis=1)
    time, pid, ppid, position = numbers
    numbered = sorted({one.source for one in blocks}, key=ranks.__getitem__)
    place = {source: index for index, source in enumerate(numbered)}
    source = np.repeat([place[one] for one in read.source], read.sizes) if read.sizes else np.zeros(0)
    paths, of_path = read.paths.ordered()
    facts = [(one.source, fact) for one in blocks for fact in facts_of(one)]
    events = HostEvents(
        host=host,
        row=np.arange(len(time), dtype=np.int64),
        kind=np.array(read.kind.numbers, np.int8),
        kinds=tuple(read.kind.known),
        source=source.astype(np.int32),
        position=position,
        time_us=time.copy(),
        pid=np.where(pid == NO_TIME, -1, pid),
        ppid=np.where(ppid == NO_TIME, -1, ppid),
        guid=read.guid,
        parent_guid=read.parent_guid,
        image=of_path[np.array(read.image, np.int64)],
        parent_image=of_path[np.array(read.parent_image, np.int64)],
        ancestors={row: tuple(of_path[list(above)].tolist()) for row, above in read.ancestors.items()},
        command=np.array(read.command.numbers, np.int64),
        paths=paths,
        record_id=read.record_id,
        ends=_ends(blocks, place),
        clock_set_us=_clock_set(facts),
        sources=tuple(numbered),
    )
    return HostRecords(
        events, list(read.command.known), np.array(read.privilege, np.int8), np.array(read.original.numbers, np.int32),
        list(read.original.known), facts,
    )  # fmt: skip


@dataclass(slots=True)
class _Numbered:
    """Texts as numbers, in the order in which they first occur; -1 for None."""

    known: dict[str, int] = field(default_factory=dict)
    numbers: list[int] = field(default_factory=list)

    def add(self, column: Sequence[str | None]) -> None:
        known = self.known
        self.numbers += [-1 if text is None else known.setdefault(text, len(known)) for text in column]


@dataclass(slots=True)
class _Paths:
    """Raw paths, folded once for each system that writes them."""

    folded: dict[tuple[str, str], int] = field(default_factory=dict)
    known: dict[str, int] = field(default_factory=dict)

    def number(self, raw: str | None, os: str) -> int:
        if raw is None:
            return -1
        found = self.folded.get((raw, os))
        if found is None:
            found = self.folded[raw, os] = self.known.setdefault(fold(raw, os), len(self.known))
        return found

    def ordered(self) -> tuple[tuple[str, ...], Ints32]:
        """The paths in the order of their texts, and where each went; -1, the last, stays -1."""
        texts = sorted(self.known)
        place = np.full(len(texts) + 1, -1, np.int32)
        place[[self.known[text] for text in texts]] = np.arange(len(texts))
        return tuple(texts), place


@dataclass(slots=True)
class _Reading:
    """The columns as far as blocks have been read."""

    numbers: list[Ints] = field(default_factory=list)
    source: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    kind: _Numbered = field(default_factory=_Numbered)
    command: _Numbered = field(default_factory=_Numbered)
    original: _Numbered = field(default_factory=_Numbered)
    paths: _Paths = field(default_factory=_Paths)
    guid: list[str | None] = field(default_factory=list)
    parent_guid: list[str | None] = field(default_factory=list)
    record_id: list[str | None] = field(default_factory=list)
    image: list[int] = field(default_factory=list)
    parent_image: list[int] = field(default_factory=list)
    ancestors: dict[int, tuple[int, ...]] = field(default_factory=dict)
    privilege: list[int] = field(default_factory=list)
    same: dict[str | None, str | None] = field(default_factory=dict)
    levels: dict[Any, int] = field(default_factory=dict)

    def add(self, one: HostBlock) -> None:
        """Behind what was read."""
        numbers, texts = numbers_of(one), texts_of(one)
        start, once = len(self.guid), self.same.setdefault
        self.numbers.append(numbers)
        self.source.append(one.source)
        self.sizes.append(numbers.shape[1])
        self.kind.add(texts["kind"])
        self.command.add(texts["command_line"])
        self.original.add([None if text is None else original_of(text[: LONGEST + 1]) for text in texts["original_name"]])
        # A parent's GUID is the same text in its own record and in those of all its children: keep one object.
        self.guid += map(once, texts["guid"], texts["guid"])
        self.parent_guid += map(once, texts["parent_guid"], texts["parent_guid"])
        self.record_id += texts["record_id"]
        systems = texts["os"]
        self.image += map(self.paths.number, texts["image"], systems)
        self.parent_image += map(self.paths.number, texts["parent_image"], systems)
        for row, above in enumerate(texts["ancestors"]):
            if above:
                self.ancestors[start + row] = tuple(self.paths.number(raw, systems[row]) for raw in above)
        self.privilege += [self._privilege(said) for said in zip(texts["integrity"], texts["user"], strict=True)]

    def _privilege(self, said: tuple[str | None, str | None]) -> int:
        found = self.levels.get(said)
        if found is None:
            integrity, user = said
            found = self.levels[said] = int(by_level(integrity or "") or by_account(user or ""))
        return found


def _ends(blocks: Sequence[HostBlock], place: Mapping[int, int]) -> EndEvents:
    tables, guids, sources = [np.zeros((3, 0), np.int64)], [], []
    for one, numbers, own in end_columns(blocks):
        tables.append(numbers)
        guids += [None if guid is None or len(guid) > LONGEST_GUID else guid for guid in own]
        sources.append(np.full(numbers.shape[1], place[one.source], np.int64))
    time, pid, position = np.concatenate(tables, axis=1)
    return EndEvents(time, np.where(pid < 0, -1, pid), guids, np.concatenate([np.zeros(0, np.int64), *sources]), position)


def end_columns(blocks: Sequence[HostBlock]) -> Iterator[tuple[HostBlock, Ints, list[str | None]]]:
    """The blocks that tell of ends, with time, pid and position [3, k], and GUIDs."""
    for one in blocks:
        if one.ends:
            yield one, *ends_of(one)


def _clock_set(facts: Sequence[tuple[int, HostFact]]) -> Ints:
    times = [fact.time_us for _, fact in facts if fact.code == CLOCK_SET and fact.time_us is not None]
    return np.array(sorted(time for time in times if abs(time) <= _LARGEST), np.int64)
