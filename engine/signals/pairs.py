"""How often one name starts another: the count table, and the surprise of a chain's rarest edge.

Counts are of processes. Each process ends exactly one chain, so n(parent, child) is the sum of the counts of those
chains whose last edge it is; no process is counted twice however many descendants it has. The start of a chain is the
exception: n(start, root) are all processes that descend from such a root, because roots are mostly known from their
children's records only and have no process of their own to count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import Floats, Ints, Ints32
from engine.domain.chains import ChainCorpus
from engine.domain.distinct import distinct
from engine.domain.processes import ProcessTable
from engine.domain.records import MAX_STEPS
from engine.knowledge.systems import EITHER, by_name, by_shape
from engine.paths import basename

Ints8 = npt.NDArray[np.int8]

START = "(start)"
"""Shown as the parent of a chain's first step."""


@dataclass(frozen=True, slots=True)
class Edges:
    """The edges of c chains in codes of one PairTable; column j is the edge into step j. -1 is a name unknown to it."""

    parent: Ints
    """[c, MAX_STEPS]"""
    child: Ints
    valid: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    """[c, MAX_STEPS] false behind the end, and for the first step of a chain that may have been cut off there."""


@dataclass(frozen=True, slots=True)
class PairTable:
    """Fitted counts. v names; codes 0 … v-1, and v for the start of a chain; m different pairs."""

    names: tuple[str, ...]
    """[v] lower-case base names."""
    paths: tuple[str, ...]
    """[v] the commonest path of each name, for showing."""
    pairs: Ints
    """[m] parent code * (v + 1) + child code, ascending."""
    counts: Ints
    """[m] processes."""
    hosts: Ints | None = None
    """[m] on how many hosts a chain with the pair occurred; None where the processes were not known."""
    host_total: int = 0
    _code: dict[str, int] = field(init=False, repr=False, compare=False)
    of_parent: Ints = field(init=False, repr=False, compare=False)
    """[v + 1] processes started by each name."""
    kinds_of_parent: Ints = field(init=False, repr=False, compare=False)
    """[v + 1] different names started by each name."""
    of_child: Ints = field(init=False, repr=False, compare=False)
    """[v + 1] processes of each name that have a known parent."""
    _systems: Ints8 | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        width = len(self.names) + 1
        parent, child = np.divmod(self.pairs, width)
        object.__setattr__(self, "_code", {name: i for i, name in enumerate(self.names)})
        object.__setattr__(self, "of_parent", _sum_by(parent, self.counts, width))
        object.__setattr__(self, "kinds_of_parent", np.bincount(parent, minlength=width).astype(np.int64))
        object.__setattr__(self, "of_child", _sum_by(child, np.where(parent < width - 1, self.counts, 0), width))

    @classmethod
    def fit(cls, corpus: ChainCorpus, table: ProcessTable | None = None) -> PairTable:
        """Count the last and the first edges of the corpus, and those of ancestors that no record tells of.

        An ancestor whose own record is missing (logs begin late, and half of all parents are never recorded) must have
        run at least once: each beginning of a chain that is no chain itself counts one process. Without them a baseline
        that never saw a parent start finds the parent itself odd. The corpus's `table` brings in the hosts.
        """
        root, above, last = unrecorded(corpus)
        ran = corpus.ran() + np.bincount(last, minlength=len(corpus.paths)).astype(np.int64)
        best: dict[str, tuple[int, str]] = {}
        for path, count in zip(corpus.paths, ran.tolist(), strict=True):
            name = basename(path)
            if name not in best or (count, path) > best[name]:
                best[name] = (count, path)
        names = tuple(sorted(best))
        blank = cls(names, tuple(best[name][1] for name in names), np.zeros(0, np.int64), np.zeros(0, np.int64))
        codes, width, first = blank.codes(corpus.paths), len(names) + 1, len(names) * (len(names) + 1)
        later = np.flatnonzero(corpus.lengths > 1)
        length = corpus.lengths[later]
        rooted = np.flatnonzero((corpus.lengths > 0) & (corpus.lengths < MAX_STEPS))
        started = above >= 0
        keys = (
            codes[corpus.steps[later, length - 2]] * width + codes[corpus.steps[later, length - 1]],
            codes[above[started]] * width + codes[last[started]],
            first + codes[corpus.steps[rooted, 0]],
            first + codes[root],
        )
        counts = (corpus.counts[later], np.ones(started.sum(), np.int64), corpus.counts[rooted], np.ones(len(root), np.int64))
        pairs, place = np.unique(np.concatenate(keys), return_inverse=True)
        total = _sum_by(place, np.concatenate(counts), len(pairs))
        if table is None:
            return cls(names, blank.paths, pairs, total)
        return cls(names, blank.paths, pairs, total, _hosts(pairs, corpus, codes, width, table), corpus.host_total)

    @property
    def systems(self) -> Ints8:
        """[v] of which operating system each name is (engine.knowledge.systems): by its path, a bare name by those that it
        started and that started it, then by the tables of names, then by those of whom only these tell.
        """
        if self._systems is None:
            object.__setattr__(self, "_systems", self._told_systems())
        assert self._systems is not None
        return self._systems

    @property
    def only_system(self) -> int:
        """The one that all names are of that one is known of; EITHER where there are several."""
        known = set(self.systems.tolist()) - {EITHER}
        return int(known.pop()) if len(known) == 1 else EITHER

    def _told_systems(self) -> Ints8:
        width = len(self.names) + 1
        parent, child = np.divmod(self.pairs, width)
        found = np.array([*map(by_shape, self.paths), EITHER], dtype=np.int8)
        for tables in (True, False):
            votes = np.bincount(child, self.counts * found[parent].astype(np.float64), width)
            votes += np.bincount(parent, self.counts * found[child].astype(np.float64), width)
            votes[-1] = 0  # the start of a chain is of none
            found = np.where(found != EITHER, found, np.sign(votes)).astype(np.int8)
            if tables:
                named = np.array([*map(by_name, self.paths), EITHER], dtype=np.int8)
                found = np.where(found != EITHER, found, named).astype(np.int8)
        return found[:-1]

    def code(self, name: str) -> int:
        """The name's code, -1 when it is unknown."""
        return self._code.get(name, -1)

    def codes(self, paths: Sequence[str]) -> Ints:
        """[p + 1] code of each path's name; the last is for no path."""
        return np.array([self.code(basename(path)) for path in paths] + [-1], dtype=np.int64)

    def edges(self, corpus: ChainCorpus, codes: Ints | None = None) -> Edges:
        """The corpus's edges in this table's codes (the corpus may be of another case). codes: of its paths, where they are known
        already.
        """
        child = (self.codes(corpus.paths) if codes is None else codes)[corpus.steps]
        parent = np.empty_like(child)
        parent[:, 1:] = child[:, :-1]
        parent[:, 0] = len(self.names)
        valid = np.arange(MAX_STEPS) < corpus.lengths[:, None]
        # A chain of full length may have lost its root: its first step was started by something that is not shown.
        valid[:, 0] &= corpus.lengths < MAX_STEPS
        return Edges(parent, child, valid)

    def count(self, parent: Ints, child: Ints) -> Ints:
        """n(parent, child), elementwise over arrays of codes of one shape."""
        if not len(self.pairs):
            return np.zeros(parent.shape, dtype=np.int64)
        keys = parent * (len(self.names) + 1) + child
        at = np.minimum(np.searchsorted(self.pairs, keys), len(self.pairs) - 1)
        found = (self.pairs[at] == keys) & (parent >= 0) & (child >= 0)
        return np.where(found, self.counts[at], 0)

    def hosts_of(self, parent: int, child: int) -> int | None:
        """On how many of `host_total` hosts the pair occurred; None where hosts were not counted."""
        if self.hosts is None:
            return None
        key = parent * (len(self.names) + 1) + child
        at = int(np.searchsorted(self.pairs, key))
        known = parent >= 0 and child >= 0 and at < len(self.pairs) and int(self.pairs[at]) == key
        return int(self.hosts[at]) if known else 0

    def total(self, parent: Ints) -> Ints:
        """n(parent): processes that the name started; 0 for unknown names."""
        return np.where(parent >= 0, self.of_parent[parent], 0)

    def children(self, parent: int, limit: int = 3) -> list[tuple[int, int]]:
        """The names that `parent` starts most often, as (child code, count), commonest first."""
        width = len(self.names) + 1
        low, high = np.searchsorted(self.pairs, [parent * width, (parent + 1) * width])
        order = np.argsort(-self.counts[low:high], kind="stable")[:limit] + low
        return [(int(self.pairs[i] % width), int(self.counts[i])) for i in order]


def unrecorded(corpus: ChainCorpus) -> tuple[Ints32, Ints32, Ints32]:
    """The beginnings of chains that are no chains themselves, once each: [e] the path of the first step of each, of the last but
    one (-1: it has one step), of the last.

    Of a chain that was cut off at the root they are not what ran, only what is left of it. A column after the other and not a
    beginning after the other: those of a million chains would be some gigabytes of objects.
    """
    rows = np.flatnonzero((corpus.lengths > 0) & (corpus.lengths < MAX_STEPS))
    number = np.zeros(len(rows), dtype=np.int64)
    width = len(corpus.paths)
    found: list[tuple[Ints32, Ints32, Ints32]] = []
    for column in range(MAX_STEPS - 1):
        if not len(rows):
            break
        code = number * width + corpus.steps[rows, column]
        different, first, number = np.unique(code, return_index=True, return_inverse=True)
        ends = corpus.lengths[rows] == column + 1
        is_chain = np.zeros(len(different), dtype=np.bool_)
        is_chain[number[ends]] = True
        of = corpus.steps[rows[first[~is_chain]]]
        found.append((of[:, 0], of[:, column - 1] if column else np.full(len(of), -1, of.dtype), of[:, column]))
        rows, number = rows[~ends], number[~ends]
    nothing = np.zeros(0, dtype=corpus.steps.dtype)
    root, above, last = (np.concatenate([nothing, *column]) for column in zip(*found, strict=True)) if found else (nothing,) * 3
    return root, above, last


def pair_rarity(table: PairTable, edges: Edges) -> Floats:
    """B1: −log P(child | parent) of the chain's worst edge, nats; 0 for a chain without edges.

    Witten–Bell back-off: P = (n(p,c) + T(p) * P(c)) / (n(p) + T(p)), T(p) the number of different children, so that a
    parent known for ever new children surprises less by another; P(c) is add-one over all names and one unknown.
    """
    worst: Floats = edge_surprise(table, edges).max(axis=1, initial=0.0)
    return worst


def edge_surprise(table: PairTable, edges: Edges) -> Floats:
    """[c, MAX_STEPS] the surprise of each edge as in `pair_rarity`, 0 where there is none."""
    return _surprise(table, edges, _chance_of_name(table, edges))


def order_surprise(table: PairTable, edges: Edges) -> Floats:
    """[c, MAX_STEPS] the same, but a child that the table does not know is one of all those that it does not know: it costs what
    anything new costs under that parent, T(p) / (n(p) + T(p)), next to nothing under one that starts new things all the time. A
    familiar name that never stood there costs that and its own rarity: familiar names in an unfamiliar order weigh most.
    """
    return _surprise(table, edges, np.where(edges.child >= 0, _chance_of_name(table, edges), 1.0))


def _chance_of_name(table: PairTable, edges: Edges) -> Floats:
    """P(c): add-one over all names and one unknown."""
    names = np.where(edges.child >= 0, table.of_child[edges.child], 0)
    return np.asarray((names + 1) / (table.of_child.sum() + len(table.names) + 1), np.float64)


def _surprise(table: PairTable, edges: Edges, alone: Floats) -> Floats:
    """Backed off to `alone` [c, MAX_STEPS], the chance of the child whoever starts it."""
    kinds = np.maximum(np.where(edges.parent >= 0, table.kinds_of_parent[edges.parent], 0), 1)
    chance = (table.count(edges.parent, edges.child) + kinds * alone) / (table.total(edges.parent) + kinds)
    surprise: Floats = np.where(edges.valid, -np.log(chance), 0.0)
    return surprise


def _hosts(pairs: Ints, corpus: ChainCorpus, codes: Ints, width: int, table: ProcessTable) -> Ints:
    """[m] hosts on which a chain with each pair occurred. Column by column: a million chains have ten million edges."""
    has = table.chain >= 0
    hosts = int(table.host.max(initial=0)) + 1
    row, host = np.divmod(distinct(table.chain[has].astype(np.int64) * hosts + table.host[has]), hosts)
    found = []
    for column in range(MAX_STEPS):
        there = corpus.lengths[row] > column if column else (corpus.lengths[row] > 0) & (corpus.lengths[row] < MAX_STEPS)
        at = row[there]
        parent = codes[corpus.steps[at, column - 1]] if column else width - 1
        place = np.searchsorted(pairs, parent * width + codes[corpus.steps[at, column]])
        found.append(distinct(place * hosts + host[there]))
    each = distinct(np.concatenate(found)) // hosts
    return np.bincount(each, minlength=len(pairs)).astype(np.int64)


def _sum_by(place: Ints, amounts: Ints, size: int) -> Ints:
    out = np.zeros(size, dtype=np.int64)
    np.add.at(out, place, amounts)
    return out
