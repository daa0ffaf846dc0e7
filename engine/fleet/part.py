"""Some hosts of an estate, linked: what is left of their records is numbers, and each text once.

What a part says of its processes is what store/chains/process_columns.py reads of a case: by host, within a host by time, then by
the content of the source and the place in it. Per process 45 bytes; chains, paths and command lines are of all hosts of the part
together, so that what travels on grows with what is different.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import NO_TIME, Ints, Ints32, told_by_clocks
from engine.domain.distinct import distinct
from engine.domain.lineage import HostEvents, Lineage
from engine.domain.records import MAX_STEPS, HostFact
from engine.fleet.events import HostRecords, records_of
from engine.fleet.names import machines
from engine.fleet.packed import HostBlock
from engine.lineage import chains, link
from engine.progress import Check, unasked
from engine.words.command_line import tokens_of, words
from engine.words.command_shape import number_of, shape_of

DAY_US = 86_400_000_000
LATEST = np.iinfo(np.int64).max
COLUMNS = ("node", "chain", "parent", "time_us", "command", "privilege", "original", "recorded")
"""Of a process: its node among the host's, its chain (-1: none that a record ends in), its parent among the host's processes
(-1: none), its time, its command line, Privilege, its original name, whether a record tells of it."""


Column = npt.NDArray[np.signedinteger[Any]]


@dataclass(frozen=True, slots=True)
class HostFigures:
    """What is told of one host beside its processes."""

    key: str
    name: str
    """As records write it, of several ways the one that sorts first; "" where they name none."""
    others: tuple[tuple[str, str], ...]
    """Key and name of each other name of the same machine."""
    records: int
    active_days: int
    first_us: int | None
    """The first and the last time that a clock tells; None where none does."""
    last_us: int | None
    processes: int
    """Rows of the part's columns that are its."""
    sources: tuple[int, ...]
    """Of which records, ends or facts of it are."""
    facts: tuple[tuple[int, HostFact], ...]


@dataclass(frozen=True, slots=True)
class LinkedPart:
    """Linked hosts, in the order of their keys; n processes, c chains, k command lines, p pairs of host and chain."""

    hosts: list[HostFigures]
    columns: dict[str, Column]
    """Name of COLUMNS -> [n]. `chain`, `command` and `original` are numbers of the part."""
    keys: list[str]
    """[c]"""
    steps: Ints32
    """[c, MAX_STEPS] indices into `paths`, -1 behind the end."""
    paths: list[str]
    pairs: Ints
    """[5, p] host, chain, how many records end in it there, the first and the last time (LATEST, NO_TIME: none)."""
    command_digests: list[bytes]
    """[k] 16 bytes of BLAKE2b of each text."""
    command_sizes: Ints
    """[k] how many words."""
    command_words: Ints32
    command_shapes: Ints
    """[k]"""
    originals: list[str]
    merged: dict[int, int] = field(default_factory=dict)
    """Source -> how many of its records are second records of a process."""


def linked(blocks: Iterable[HostBlock], ranks: Mapping[int, int], check: Check = unasked) -> LinkedPart:
    """Link the hosts of a part, one after the other. ranks: the sources that count, see `records_of`; blocks of others are
    copies of those, and left out.
    """
    made = _Making()
    for key, other, own in hosts_of(blocks, ranks):
        check()
        made.add(key, other, own, ranks, check)
    return made.part()


def hosts_of(blocks: Iterable[HostBlock], ranks: Mapping[int, int]) -> list[tuple[str, tuple[str, ...], list[HostBlock]]]:
    """The machines of a part by key: other keys of each, and all of its blocks in the order of ingest: by source; of one source
    what names the machine as it is called, then by other names, each as it was read.
    """
    by_key: dict[str, list[HostBlock]] = {}
    for one in blocks:
        if one.source in ranks:
            by_key.setdefault(one.key, []).append(one)
    others: dict[str, list[str]] = {}
    for key, machine in machines(by_key).items():
        others.setdefault(machine, []).extend([key] if key != machine else [])
    found = []
    for machine, named in sorted(others.items()):
        place = {key: number for number, key in enumerate((machine, *named))}
        own = [one for key in place for one in by_key[key]]
        own.sort(key=lambda one: (one.source, place[one.key], one.piece))
        found.append((machine, tuple(named), own))
    return found


class _Making:
    """A part while hosts are added."""

    def __init__(self) -> None:
        self._hosts: list[HostFigures] = []
        self._columns: dict[str, list[Ints]] = {name: [] for name in COLUMNS}
        self._chain: dict[str, int] = {}
        self._steps: list[Ints32] = []
        self._path: dict[str, int] = {}
        self._pairs: list[Ints] = [np.zeros((5, 0), np.int64)]
        self._command: dict[str, int] = {}
        self._original: dict[str, int] = {}
        self._merged: dict[int, int] = {}

    def add(self, key: str, other: tuple[str, ...], blocks: Sequence[HostBlock], ranks: Mapping[int, int], check: Check) -> None:
        """Link one host and take what it says."""
        read = records_of(key, blocks, ranks, check)
        events = read.events
        lineage = link(events, check)
        found = chains(events, lineage, check)
        ends_in = found.of_node[: len(events.row)]
        used = distinct(ends_in[ends_in >= 0])
        number = np.full(len(found.keys) + 1, -1, np.int64)
        number[used] = self._numbered_chains(events, [found.keys[place] for place in used.tolist()], found.steps[used])
        table = _processes(read, lineage, number[found.of_node])
        commands = np.array([self._command.setdefault(text, len(self._command)) for text in read.commands] + [-1], np.int64)
        originals = np.array([self._original.setdefault(text, len(self._original)) for text in read.originals] + [-1], np.int64)
        table["command"], table["original"] = commands[table["command"]], originals[table["original"]]
        for name, column in table.items():
            self._columns[name].append(column)
        self._pairs.append(_occurrences(len(self._hosts), events, number[ends_in]))
        merged = np.bincount(events.source[lineage.merged_into >= 0], minlength=len(events.sources))
        for source, count in zip(events.sources, merged.tolist(), strict=True):
            self._merged[source] = self._merged.get(source, 0) + count
        self._hosts.append(_figures(key, other, blocks, read, len(table["node"])))

    def _numbered_chains(self, events: HostEvents, keys: list[str], steps: Ints32) -> list[int]:
        paths = np.array([self._path.setdefault(text, len(self._path)) for text in events.paths] + [-1], np.int32)
        fresh = [place for place, key in enumerate(keys) if key not in self._chain]
        self._steps.append(paths[steps[fresh]])
        return [self._chain.setdefault(key, len(self._chain)) for key in keys]

    def part(self) -> LinkedPart:
        """All hosts that were added."""
        sizes, flat, shapes = [], [], []
        for text in self._command:
            found = words(text)
            own = tokens_of(found)
            sizes.append(len(own))
            flat += own
            shapes.append(number_of(shape_of(found)))
        return LinkedPart(
            self._hosts,
            {name: _joined(parts, _KINDS.get(name, np.int32)) for name, parts in self._columns.items()},
            list(self._chain),
            np.concatenate([np.zeros((0, MAX_STEPS), np.int32), *self._steps]),
            list(self._path),
            np.concatenate(self._pairs, axis=1),
            [hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest() for text in self._command],
            np.array(sizes, np.int64), np.array(flat, np.int32), np.array(shapes, np.int64),
            list(self._original), self._merged,
        )  # fmt: skip


_KINDS: dict[str, type[np.signedinteger[Any]]] = {"time_us": np.int64, "privilege": np.int8, "recorded": np.int8}


def _joined(parts: Sequence[Ints], kind: type[np.signedinteger[Any]]) -> Column:
    return np.concatenate([np.zeros(0, np.int64), *parts]).astype(kind)


def _processes(read: HostRecords, lineage: Lineage, chain: Ints) -> dict[str, Ints]:
    """COLUMNS of a host's processes in their order; twins are one process. `command`, `original`: numbers of the host.

    Placeholders come from no source and stand before records of their time, as linking numbered them.
    """
    events, size, missing = read.events, len(read.events.row), len(lineage.placeholder_pid)

    def extended(column: Column, fill: int) -> Ints:
        return np.concatenate([column.astype(np.int64), np.full(missing, fill, np.int64)])

    node = np.concatenate([np.flatnonzero(lineage.merged_into < 0), size + np.arange(missing)])
    time = np.concatenate([events.time_us, lineage.placeholder_time_us])
    content, position = extended(events.source, -1), extended(events.position, 0)
    node = node[np.lexsort((node, position[node], content[node], time[node]))]
    place = np.full(size + missing + 1, -1, np.int64)
    place[node] = np.arange(len(node))
    return {
        "node": node,
        "chain": chain[node],
        "parent": place[lineage.parent[node]],
        "time_us": time[node],
        "command": extended(events.command, -1)[node],
        "privilege": extended(read.privilege, 0)[node],
        "original": extended(read.original, -1)[node],
        "recorded": (node < size).astype(np.int64),
    }


def _occurrences(host: int, events: HostEvents, chain: Ints) -> Ints:
    """[5, p] of one host; chain [n] number of each record's, -1 for none. Placeholders do not count."""
    ends = chain >= 0
    different, at = np.unique(chain[ends], return_inverse=True)
    first, last = np.full(len(different), LATEST), np.full(len(different), NO_TIME)
    time = events.time_us[ends]
    told = told_by_clocks(time)
    np.minimum.at(first, at[told], time[told])
    np.maximum.at(last, at[told], time[told])
    return np.stack([np.full(len(different), host), different, np.bincount(at, minlength=len(different)), first, last])


def _figures(key: str, other: tuple[str, ...], blocks: Sequence[HostBlock], read: HostRecords, processes: int) -> HostFigures:
    timed = read.events.time_us[read.events.time_us != NO_TIME]
    told = timed[told_by_clocks(timed)]
    first, last = (int(told.min()), int(told.max())) if len(told) else (None, None)
    names = {named: min(name for one in blocks if one.key == named for name in one.spelled) for named in (key, *other)}
    others = tuple((named, names[named]) for named in other)
    return HostFigures(
        key, names[key], others, len(read.events.row), len(distinct(timed // DAY_US)), first, last, processes,
        tuple(sorted({one.source for one in blocks})), tuple(read.facts),
    )  # fmt: skip
