"""Two corpora as one: the starter's chains and an estate's own, for what is learnt from both."""

from __future__ import annotations

import numpy as np

from engine.domain.arrays import NO_TIME, Ints, Ints32
from engine.domain.chains import ChainCorpus
from engine.domain.processes import CommandWords, Listing, ProcessTable


def joined(
    first: ChainCorpus, first_table: ProcessTable | None, second: ChainCorpus, second_table: ProcessTable | None
) -> tuple[ChainCorpus, ProcessTable | None]:
    """One corpus: chains that both have get their counts and hosts added up. The table is None unless both have one.

    Ids are the first's where it has the chain. Process keys are numbered anew.
    """
    paths, of_second = _paths(first, second)
    row_of = {key: row for row, key in enumerate(first.keys)}
    rows = np.array([row_of.get(key, -1) for key in second.keys], dtype=np.int64)
    new = rows < 0
    rows[new] = len(first) + np.arange(int(new.sum()))
    steps = np.where(second.steps >= 0, of_second[second.steps], -1).astype(np.int32)
    counts = np.r_[first.counts, np.zeros(int(new.sum()), np.int64)]
    hosts = np.r_[first.hosts, np.zeros(int(new.sum()), np.int32)]
    counts[rows] += second.counts
    hosts[rows] += second.hosts
    corpus = ChainCorpus(
        ids=np.r_[first.ids, second.ids[new]],
        keys=first.keys + [second.keys[row] for row in np.flatnonzero(new).tolist()],
        paths=paths,
        steps=np.r_[first.steps, steps[new]],
        lengths=np.r_[first.lengths, second.lengths[new]],
        counts=counts,
        hosts=hosts,
        first_us=np.r_[first.first_us, second.first_us[new]],
        host_total=first.host_total + second.host_total,
        host_days=first.host_days + second.host_days,
    )
    if first_table is None or second_table is None:
        return corpus, None
    return corpus, _tables(first_table, second_table, rows, of_second)


def _paths(first: ChainCorpus, second: ChainCorpus) -> tuple[tuple[str, ...], Ints32]:
    place = {path: index for index, path in enumerate(first.paths)}
    of_second = [place.setdefault(path, len(place)) for path in second.paths]
    return tuple(place), np.array([*of_second, -1], dtype=np.int32)


def _tables(first: ProcessTable, second: ProcessTable, rows: Ints, of_second: Ints32) -> ProcessTable:
    def shifted(column: Ints32, by: int) -> Ints32:
        return np.where(column >= 0, column + by, -1).astype(np.int32)

    words = CommandWords(
        np.r_[first.commands.start, second.commands.start[1:] + first.commands.start[-1]],
        np.r_[first.commands.words, second.commands.words],
    )
    chain = np.where(second.chain >= 0, rows[second.chain] if len(rows) else -1, -1).astype(np.int32)
    hosts = int(first.host.max(initial=-1)) + 1
    original, originals = _originals(first, second)
    listed, listings = _listings(first, second)
    return ProcessTable(
        row=np.arange(len(first) + len(second), dtype=np.int64),
        chain=np.r_[first.chain, chain],
        image=np.r_[first.image, of_second[second.image]],
        parent=np.r_[first.parent, shifted(second.parent, len(first))],
        host=np.r_[first.host, second.host + np.int32(hosts)],
        time_us=np.r_[first.time_us, second.time_us],
        command=np.r_[first.command, shifted(second.command, len(first.commands))],
        privilege=np.r_[first.privilege, second.privilege],
        recorded=np.r_[first.recorded, second.recorded],
        commands=words,
        original=original,
        originals=originals,
        listed=listed,
        listings=listings,
    )


def _originals(first: ProcessTable, second: ProcessTable) -> tuple[Ints32 | None, tuple[str, ...]]:
    """Original names of both, numbered together; starters have none."""
    if first.original is None and second.original is None:
        return None, ()
    place = {name: index for index, name in enumerate(first.originals)}
    of_second = [place.setdefault(name, len(place)) for name in second.originals]
    moved = np.array([*of_second, -1], dtype=np.int32)[second.named()]
    return np.r_[first.named(), moved], tuple(place)


def _listings(first: ProcessTable, second: ProcessTable) -> tuple[Ints32 | None, tuple[Listing, ...]]:
    """The same of what lists of hashes say; starters were compared with none."""
    if first.listed is None and second.listed is None:
        return None, ()
    place = {listing: index for index, listing in enumerate(first.listings)}
    of_second = [place.setdefault(listing, len(place)) for listing in second.listings]
    moved = np.array([*of_second, -1], dtype=np.int32)[second.on_lists()]
    return np.r_[first.on_lists(), moved], tuple(place)


def empty_like(corpus: ChainCorpus) -> ChainCorpus:
    """A corpus without chains over the same paths."""
    none = np.zeros(0, dtype=np.int64)
    return ChainCorpus(
        none, [], corpus.paths, corpus.steps[:0], corpus.lengths[:0], none, corpus.hosts[:0], np.full(0, NO_TIME), 0, 0.0
    )
