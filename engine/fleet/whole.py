"""The parts of an estate as one corpus and one table of processes: what a detector takes, in the order in which a store gives it.

Hosts by name, one whose records name none by the content of its files; their processes as each part has them; chains by key,
paths by text, command lines as they first occur (store/chains/corpus.py and process_columns.py; a test holds both together).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import NO_TIME, Ints, Ints32
from engine.domain.chains import ChainCorpus
from engine.domain.distinct import distinct
from engine.domain.processes import CommandWords, ProcessTable
from engine.domain.records import MAX_STEPS
from engine.fleet.names import FILES
from engine.fleet.part import LATEST, HostFigures, LinkedPart


@dataclass(frozen=True, slots=True)
class ChainHosts:
    """How often each chain occurs on each host; p pairs, by host, then by chain."""

    host: Ints32
    """[p] row of `Estate.hosts`."""
    chain: Ints32
    """[p] row of the corpus."""
    count: Ints
    first_us: Ints
    """[p] LATEST where no time is known."""
    last_us: Ints
    """[p] NO_TIME where none is."""


@dataclass(frozen=True, slots=True)
class Estate:
    """All hosts together."""

    hosts: list[HostFigures]
    """In the order of the table."""
    first: Ints
    """[hosts + 1] where each one's processes begin in the table."""
    corpus: ChainCorpus
    """`ids` are the rows, until somebody keeps it."""
    table: ProcessTable
    """`row` likewise."""
    node: Ints32
    """[n] node of each process among its host's."""
    pairs: ChainHosts
    last_us: Ints
    """[c] when a record that ends in the chain was the last; NO_TIME where none has a time."""


def whole(parts: Sequence[LinkedPart], digests: Mapping[int, str]) -> Estate:
    """Put the parts together. digests: SHA-256 of each source that records were kept of: what hosts without a name go by."""
    hosts, part_of, at = _ordered(parts, digests)
    corpus, last_us, chain_of = _corpus(parts, hosts)
    rows = _rows(parts, part_of, at)
    chain = _numbered(parts, "chain", chain_of)[rows]
    first = np.concatenate([[0], np.cumsum([host.processes for host in hosts], dtype=np.int64)])
    commands, command = _commands(parts, rows)
    original, originals = _originals(parts, rows)
    host = np.repeat(np.arange(len(hosts), dtype=np.int32), np.diff(first))
    above = _joined(parts, "parent")[rows]
    leaf = corpus.steps[chain, np.maximum(corpus.lengths[chain] - 1, 0)] if len(corpus) else chain
    there = np.array([one.processes > 0 for one in hosts], dtype=np.bool_)
    table = ProcessTable(
        row=np.arange(len(rows), dtype=np.int64),
        chain=chain,
        image=np.where(chain >= 0, leaf, -1).astype(np.int32),
        parent=np.where(above >= 0, above + first[:-1][host], -1).astype(np.int32),
        host=(np.cumsum(there, dtype=np.int32) - 1)[host].astype(np.int32),
        time_us=_joined(parts, "time_us")[rows],
        command=command,
        privilege=_joined(parts, "privilege")[rows],
        recorded=_joined(parts, "recorded")[rows],
        commands=commands,
        original=original,
        originals=originals,
    )
    return Estate(hosts, first, corpus, table, _joined(parts, "node")[rows], _pairs(parts, part_of, at, chain_of), last_us)


def _ordered(parts: Sequence[LinkedPart], digests: Mapping[int, str]) -> tuple[list[HostFigures], Ints, Ints]:
    """The hosts in order, [h] part and [h] place in it of each."""
    found = [
        (("", min((digests[source] for source in host.sources if source in digests), default="~")) if host.key.startswith(FILES)
         else (host.key, ""), number, place)
        for number, part in enumerate(parts) for place, host in enumerate(part.hosts)
    ]  # fmt: skip
    found.sort()
    of_part, at = (np.array([one[column] for one in found], dtype=np.int64) for column in (1, 2))
    return [parts[number].hosts[place] for _, number, place in found], of_part, at


def _corpus(parts: Sequence[LinkedPart], hosts: Sequence[HostFigures]) -> tuple[ChainCorpus, Ints, list[Ints32]]:
    """The chains of all, when each was seen last, and for every part [its chains + 1] their rows; the last stays -1."""
    keys = sorted(set().union(*(part.keys for part in parts)))
    row_of = {key: row for row, key in enumerate(keys)}
    chain_of = [np.array([*(row_of[key] for key in part.keys), -1], dtype=np.int32) for part in parts]
    used = sorted({part.paths[path] for part in parts for path in distinct(part.steps[part.steps >= 0]).tolist()})
    place = {path: number for number, path in enumerate(used)}
    steps = np.full((len(keys), MAX_STEPS), -1, dtype=np.int32)
    counts, on = np.zeros(len(keys), np.int64), np.zeros(len(keys), np.int32)
    first, last = np.full(len(keys), LATEST), np.full(len(keys), NO_TIME)
    for part, rows in zip(parts, chain_of, strict=True):
        of_path = np.array([*(place.get(path, -1) for path in part.paths), -1], dtype=np.int32)
        steps[rows[:-1]] = of_path[part.steps]
        _, chain, count, early, late = part.pairs
        np.add.at(counts, rows[chain], count)
        np.add.at(on, rows[chain], 1)
        np.minimum.at(first, rows[chain], early)
        np.maximum.at(last, rows[chain], late)
    there = [host for host in hosts if host.records]
    corpus = ChainCorpus(
        ids=np.arange(len(keys), dtype=np.int64), keys=keys, paths=tuple(used), steps=steps,
        lengths=(steps >= 0).sum(axis=1).astype(np.int32), counts=counts, hosts=on,
        first_us=np.where(first == LATEST, NO_TIME, first), host_total=len(there),
        host_days=float(sum(max(host.active_days, 1) for host in there)),
    )  # fmt: skip
    return corpus, last, chain_of


def _rows(parts: Sequence[LinkedPart], part_of: Ints, at: Ints) -> Ints:
    """[n] place of each process among those of all parts laid end to end, host after host in their order."""
    sizes = [[host.processes for host in part.hosts] for part in parts]
    first = np.cumsum([0, *map(len, sizes)])  # of each part, among the hosts of all
    size = np.array([one for part in sizes for one in part], dtype=np.int64)
    start = np.cumsum(size) - size
    order = first[part_of] + at
    size, start = size[order], start[order]
    rows: Ints = np.arange(int(size.sum())) + np.repeat(start - (np.cumsum(size) - size), size)
    return rows


def _joined(parts: Sequence[LinkedPart], name: str) -> npt.NDArray[Any]:
    """A column of all parts."""
    return np.concatenate([np.zeros(0, np.int8), *(part.columns[name] for part in parts)])


def _numbered(parts: Sequence[LinkedPart], name: str, numbers: Sequence[Ints | Ints32]) -> Ints32:
    """The same of numbers of the parts, of which each part's become numbers of all; the last is for -1."""
    columns = [of_part[part.columns[name]] for of_part, part in zip(numbers, parts, strict=True)]
    return np.concatenate([np.zeros(0, np.int32), *columns]).astype(np.int32)


def _commands(parts: Sequence[LinkedPart], rows: Ints) -> tuple[CommandWords, Ints32]:
    """The different command lines as they first occur, and [n] which one each process has."""
    known: dict[bytes, int] = {}
    numbers = [
        np.array([*(known.setdefault(one, len(known)) for one in part.command_digests), -1], dtype=np.int64) for part in parts
    ]
    command = _numbered(parts, "command", numbers)[rows]
    different, first = np.unique(command[command >= 0], return_index=True)
    order = different[np.argsort(first)]
    # One part's words of each command line: equal texts have equal words.
    sizes, shapes, start = (np.zeros(len(known), np.int64) for _ in range(3))
    begin = 0
    for part, own in zip(parts, numbers, strict=True):
        sizes[own[:-1]], shapes[own[:-1]] = part.command_sizes, part.command_shapes
        start[own[:-1]] = begin + np.cumsum(part.command_sizes) - part.command_sizes
        begin += len(part.command_words)
    flat = np.concatenate([np.zeros(0, np.int32), *(part.command_words for part in parts)])
    size = sizes[order]
    offset = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
    place = np.full(len(known) + 1, -1, dtype=np.int32)
    place[order] = np.arange(len(order))
    taken = flat[np.repeat(start[order], size) + offset]
    return CommandWords(np.concatenate([[0], np.cumsum(size)]), taken, shapes[order]), place[command]


def _originals(parts: Sequence[LinkedPart], rows: Ints) -> tuple[Ints32 | None, tuple[str, ...]]:
    """Original names in the order of the alphabet, and which one each process has; None where none has any."""
    known: dict[str, int] = {}
    numbers = [np.array([*(known.setdefault(name, len(known)) for name in part.originals), -1], dtype=np.int64) for part in parts]
    column, names = _numbered(parts, "original", numbers)[rows], list(known)
    used = sorted(names[number] for number in distinct(column[column >= 0]).tolist())
    if not used:
        return None, ()
    rank = np.full(len(names) + 1, -1, dtype=np.int32)
    rank[[known[name] for name in used]] = np.arange(len(used))
    return rank[column], tuple(used)


def _pairs(parts: Sequence[LinkedPart], part_of: Ints, at: Ints, chain_of: Sequence[Ints32]) -> ChainHosts:
    columns = []
    for number, (part, of_chain) in enumerate(zip(parts, chain_of, strict=True)):
        own = np.flatnonzero(part_of == number)
        row = np.zeros(len(part.hosts), dtype=np.int64)
        row[at[own]] = own
        host, chain, *figures = part.pairs
        columns.append(np.stack([row[host], of_chain[chain], *figures]))
    table = np.concatenate([np.zeros((5, 0), np.int64), *columns], axis=1)
    host, chain, count, first, last = table[:, np.lexsort((table[1], table[0]))]
    return ChainHosts(host.astype(np.int32), chain.astype(np.int32), count, first, last)
