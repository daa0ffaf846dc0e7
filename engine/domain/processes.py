"""The processes behind a corpus of chains: who ran, under whom, with which command line, as columns of integers.

Per process 45 bytes (1 GB for 22 million; 41 where no record has an original name, 4 more where lists of hashes name programs),
per different command line 8 bytes and 4 per word (about 300 MB for the five million of such a case). Text is not kept: words are
numbers (engine.words.command_line), and of original names only the programs that the tables know by them are left
(engine.knowledge.renamed).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np

from engine.domain.arrays import Floats, Ints, Ints8, Ints32
from engine.domain.chains import ChainCorpus
from engine.domain.distinct import distinct


class Privilege(IntEnum):
    """What a process could do, as far as its record tells. Stored with models: never renumber."""

    UNKNOWN = 0
    USER = 1
    ELEVATED = 2
    SYSTEM = 3


class Repute(IntEnum):
    """What lists of hashes say of a program. Stored: never renumber. What is on lists of both kinds is BAD."""

    UNKNOWN = 0
    GOOD = 1
    """A known product: that says who it is, not what it was told to do."""
    BAD = 2
    """One that nobody wants to run."""

    @property
    def word(self) -> str:
        """In commands, filters and exports."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Listing:
    """The lists that name a program, by what people call them. Hostile texts."""

    good: tuple[str, ...] = ()
    bad: tuple[str, ...] = ()

    @property
    def known(self) -> Repute:
        """What they say together."""
        return Repute.BAD if self.bad else Repute.GOOD if self.good else Repute.UNKNOWN

    @property
    def counting(self) -> tuple[str, ...]:
        """The lists that say so."""
        return self.bad or self.good


@dataclass(frozen=True, slots=True)
class CommandWords:
    """The different command lines as bags of words; k command lines."""

    start: Ints
    """[k + 1] where each one's words begin in `words`."""
    words: Ints32
    """[t] numbers of engine.words.command_line, ascending within a command line."""
    shape: Ints | None = None
    """[k] engine.words.command_shape.shape_number of each; None where their texts are not known (a starter's)."""

    def __len__(self) -> int:
        return len(self.start) - 1

    def take(self, lines: Ints) -> tuple[Ints, Ints32]:
        """Words of several command lines, one after the other: [t] position in `lines`, [t] word."""
        sizes = self.start[lines + 1] - self.start[lines]
        owner = np.repeat(np.arange(len(lines)), sizes)
        offset = np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return owner, self.words[np.repeat(self.start[lines], sizes) + offset]


@dataclass(frozen=True, slots=True)
class ProcessTable:
    """Every process of a corpus, recorded or known from its children only; n processes. Twins are one process."""

    row: Ints
    """[n] keys in the store. The order of processes is the store's: by host, time and content, never by arrival."""
    chain: Ints32
    """[n] row of the corpus whose chain the process ends, -1 for one without an image."""
    image: Ints32
    """[n] index into the corpus's paths, -1 without one."""
    parent: Ints32
    """[n] index into this table, -1 for roots."""
    host: Ints32
    """[n] number of the host, from 0."""
    time_us: Ints
    """[n] NO_TIME where unknown."""
    command: Ints32
    """[n] index into `commands`, -1 where the record has none."""
    privilege: Ints8
    """[n] Privilege."""
    recorded: Ints8
    """[n] 1 where a record tells of the process, 0 where only its children do."""
    commands: CommandWords
    original: Ints32 | None = None
    """[n] index into `originals`, -1 where the record names none; None where none does (Linux, starters)."""
    originals: tuple[str, ...] = ()
    """The different names that version resources give, as engine.knowledge.renamed.original_of reads them."""
    listed: Ints32 | None = None
    """[n] index into `listings`, -1 for a program that no list of hashes names; None where none names any."""
    listings: tuple[Listing, ...] = ()
    """The different things that lists say."""

    def __len__(self) -> int:
        return len(self.row)

    def named(self) -> Ints32:
        """[n] index into `originals`, -1 where a process has none."""
        return np.full(len(self), -1, dtype=np.int32) if self.original is None else self.original

    def on_lists(self) -> Ints32:
        """[n] index into `listings`, -1 for a program that no list names."""
        return np.full(len(self), -1, dtype=np.int32) if self.listed is None else self.listed

    def known(self) -> Ints8:
        """[n] Repute, by lists of hashes."""
        return np.array([*(listing.known for listing in self.listings), Repute.UNKNOWN], dtype=np.int8)[self.on_lists()]

    def shapes(self, index: Ints | slice = slice(None)) -> Ints:
        """[n] number of the shape of each process's command line, or of some; 0 for none, and where no shapes are known."""
        command = self.command[index]
        if self.commands.shape is None:
            return np.zeros(len(command), dtype=np.int64)
        return np.append(self.commands.shape, 0)[command]

    def highest(self, value: Floats, chains: int) -> Floats:
        """[n] values of processes -> [chains] the highest among each chain's; NaN where none has one."""
        out = np.full(chains, -np.inf)
        known = ~np.isnan(value) & (self.chain >= 0)
        np.maximum.at(out, self.chain[known], value[known])
        return np.where(np.isneginf(out), np.nan, out)

    def index_of(self, rows: Ints) -> Ints:
        """[m] store keys -> index into this table, -1 where it has none."""
        if not len(self.row):
            return np.full(len(rows), -1, dtype=np.int64)
        order = np.argsort(self.row)
        at = order[np.minimum(np.searchsorted(self.row, rows, sorter=order), len(self.row) - 1)]
        return np.where(self.row[at] == rows, at, -1)

    def ancestors_of(self, index: Ints) -> Ints:
        """Processes above some others that are not among them, ascending."""
        seen = np.zeros(len(self) + 1, dtype=np.bool_)
        seen[index] = True
        found = []
        above = self.parent[index]
        while len(above := distinct(above[(above >= 0) & ~seen[above]])):
            seen[above] = True
            found.append(above.astype(np.int64))
            above = self.parent[above]
        return np.sort(np.concatenate(found)) if found else np.zeros(0, np.int64)


def part_of(corpus: ChainCorpus, table: ProcessTable, index: Ints) -> tuple[ChainCorpus, ProcessTable]:
    """The corpus that only some processes make, and their table. Processes without a chain are left out.

    index [m] ascending; the table also has their ancestors, as context. Counts, hosts, first times and host-days are of the
    chosen processes.
    """
    index = index[table.chain[index] >= 0]
    used, chain = np.unique(table.chain[index], return_inverse=True)
    host = table.host[index].astype(np.int64)
    width = int(host.max(initial=0)) + 1
    pairs = distinct(chain * width + host)
    first = np.full(len(used), np.iinfo(np.int64).max)
    np.minimum.at(first, chain, table.time_us[index])
    taken = _taken(table, index, chain.astype(np.int32))
    paths, place = _used_paths(corpus, used, taken)
    part = ChainCorpus(
        ids=corpus.ids[used],
        keys=[corpus.keys[row] for row in used.tolist()],
        paths=paths,
        steps=place[corpus.steps[used]],
        lengths=corpus.lengths[used],
        counts=np.bincount(chain, minlength=len(used)).astype(np.int64),
        hosts=np.bincount(pairs // width, minlength=len(used)).astype(np.int32),
        first_us=first,
        host_total=len(distinct(host)),
        host_days=_host_days(host, table.time_us[index]),
    )
    return part, replace(taken, image=place[taken.image])


def _used_paths(corpus: ChainCorpus, rows: Ints | Ints32, table: ProcessTable) -> tuple[tuple[str, ...], Ints32]:
    """The paths that some chains and processes have, in their old order, and [p + 1] where each went; -1 stays -1.

    All the others would be read, looked up and turned into vectors for nothing.
    """
    used = distinct(np.r_[corpus.steps[rows].ravel(), table.image])
    used = used[used >= 0]
    place = np.full(len(corpus.paths) + 1, -1, dtype=np.int32)
    place[used] = np.arange(len(used))
    return tuple(corpus.paths[path] for path in used.tolist()), place


def _taken(table: ProcessTable, index: Ints, chain: Ints32) -> ProcessTable:
    """The chosen processes, and their ancestors without chain, command line and original name: context, nothing to count."""
    rows = distinct(index, table.ancestors_of(index))
    place = np.full(len(table) + 1, -1, dtype=np.int32)
    place[rows] = np.arange(len(rows))
    own = np.full(len(rows), -1, dtype=np.int32)
    own[place[index]] = chain
    return ProcessTable(
        row=table.row[rows], chain=own, image=table.image[rows], parent=place[table.parent[rows]], host=table.host[rows],
        time_us=table.time_us[rows], command=np.where(own >= 0, table.command[rows], -1).astype(np.int32),
        privilege=table.privilege[rows], recorded=table.recorded[rows], commands=table.commands,
        original=None if table.original is None else np.where(own >= 0, table.original[rows], -1).astype(np.int32),
        originals=table.originals, listed=None if table.listed is None else table.listed[rows], listings=table.listings,
    )  # fmt: skip


def _host_days(host: Ints, time_us: Ints) -> float:
    known = time_us > np.iinfo(np.int64).min
    days = 0.0
    for number in distinct(host).tolist():
        times = time_us[known & (host == number)]
        days += max((int(times.max()) - int(times.min())) / 86_400e6, 1.0) if len(times) else 1.0
    return days
