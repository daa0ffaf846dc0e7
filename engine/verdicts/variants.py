"""Variants: the processes of one chain whose command lines have one shape. They are what learners are taught with and asked
about.

One chain holds everyday life and an attack at once: below cron runs `sh -c 'debian-sa1 1 1'` every ten minutes, and once `sh -c
'curl … | sh'`. So rows are variants, what a chain is told is that of its best one, and what a finding is told that of the pairs
(finding, variant) of its odd processes.

A service that ran a million different command lines must not make a million rows: of a chain MOST variants are told apart, the
oddest first, then the most frequent; what is left of it is one row more, from which nothing is learnt and on which no shape acts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import Floats, Floats32, Ints, Ints32
from engine.domain.distinct import distinct
from engine.domain.processes import ProcessTable

MOST = 64
"""Variants of one chain that are told apart."""
REST = -2
"""Shape of the row that all others of a chain share. No shape of a command line: these are 0 and more (0: none)."""


@dataclass(frozen=True, slots=True)
class ChainVariants:
    """The variants of c chains, v rows, and which findings they are odd in, p pairs."""

    chain: Ints32
    """[v] row of the corpus, ascending."""
    shape: Ints
    """[v] engine.words.command_shape.shape_number, ascending within a chain; 0 without a command line, REST for all others."""
    processes: Ints
    """[v] recorded ones."""
    hosts: Ints32
    """[v] on how many hosts."""
    score: Floats
    """[v] the highest of its processes' scores; NaN where none is known."""
    finding: Ints32
    """[p] number of a finding, ascending."""
    variant: Ints32
    """[p] row of a variant, ascending within a finding."""
    odd: Ints32
    """[p] how many odd recorded processes of the finding are of the variant, at least 1."""
    value: Floats
    """[p] the highest score among these; NaN where none is known."""

    def __len__(self) -> int:
        return len(self.chain)

    @property
    def folded(self) -> tuple[int, int]:
        """How many chains have a row for what was not told apart, and how many processes these rows are."""
        rest = self.shape == REST
        return int(rest.sum()), int(self.processes[rest].sum())

    @classmethod
    def of(
        cls, table: ProcessTable, chains: int, score: Floats | Floats32 | None = None, finding: Ints | None = None,
        odd: npt.NDArray[np.bool_] | None = None,
    ) -> ChainVariants:  # fmt: skip
        """Of every recorded process that ends in one of the chains; a chain without one has a variant without processes.

        [n] each: the score of a process, the finding that covers it (0: none), whether it is odd. Without findings there are no
        pairs; without `odd` every covered process counts. Linear but for sorting.
        """
        there = np.flatnonzero((table.chain >= 0) & (table.recorded > 0))
        known = np.full(len(table), np.nan) if score is None else score.astype(np.float64)
        chain, shape = table.chain[there].astype(np.int64), _told_apart(table, there, known)
        key, first, row = _numbered(chain, shape)
        values = np.full(len(key), -np.inf)
        own = np.where(np.isnan(known[there]), -np.inf, known[there])
        np.maximum.at(values, row, own)
        pair_finding, pair_variant, count, pair_value = _pairs(there, row, own, finding, odd)
        host = table.host[there].astype(np.int64)
        width = int(host.max(initial=0)) + 1
        without = np.setdiff1d(np.arange(chains), chain)
        owner = np.concatenate([chain[first], without])
        order = np.argsort(owner, kind="stable")
        place = np.empty(len(order), dtype=np.int32)
        place[order] = np.arange(len(order))
        nothing = np.zeros(len(without), dtype=np.int64)
        counts = np.bincount(row, minlength=len(key)).astype(np.int64)
        on = np.bincount(distinct(row * width + host) // width, minlength=len(key)).astype(np.int64)
        found = np.concatenate([np.where(np.isneginf(values), np.nan, values), np.full(len(without), np.nan)])
        return cls(
            chain=owner[order].astype(np.int32),
            shape=np.concatenate([shape[first], nothing])[order],
            processes=np.concatenate([counts, nothing])[order],
            hosts=np.concatenate([on, nothing])[order].astype(np.int32),
            score=found[order], finding=pair_finding, variant=place[pair_variant], odd=count, value=pair_value,
        )  # fmt: skip

    def of_processes(self, chain: Ints, shape: Ints) -> Ints:
        """[m] row of the variant of each of some processes of chains that have variants: the chain's row for all others where
        the shape is not told apart.
        """
        size = len(self)
        # Both sides as one: pairs have no order of their own as single numbers, for shapes are 63 bits long.
        owner = np.concatenate([self.chain.astype(np.int64), chain])
        order = np.lexsort(
            (np.concatenate([np.zeros(size, np.int8), np.ones(len(chain), np.int8)]), np.concatenate([self.shape, shape]), owner)
        )
        known = order < size
        last = np.maximum.accumulate(np.where(known, np.arange(len(order)), -1))
        row = np.where(last >= 0, order[np.maximum(last, 0)], -1)
        found = np.empty(len(order), dtype=np.int64)
        found[order] = row
        at = found[size:]
        there = (at >= 0) & (self.chain[at] == chain) & (self.shape[at] == shape)
        first = np.searchsorted(self.chain, chain)  # REST is the lowest of all shapes
        first = np.minimum(first, max(size - 1, 0))
        rest = (self.chain[first] == chain) & (self.shape[first] == REST)
        return np.where(there, at, np.where(rest, first, -1))


def _told_apart(table: ProcessTable, there: Ints, score: Floats) -> Ints:
    """[m] shape of each of some processes, REST where its chain has more than MOST others before it."""
    chain, shape = table.chain[there].astype(np.int64), table.shapes()[there]
    key, first, row = _numbered(chain, shape)
    owner = chain[first]
    if np.bincount(owner).max(initial=0) <= MOST:
        return shape
    best = np.full(len(key), -np.inf)
    np.maximum.at(best, row, np.where(np.isnan(score[there]), -np.inf, score[there]))
    order = np.lexsort((shape[first], -np.bincount(row), -best, owner))
    nth = np.empty(len(key), dtype=np.int64)
    nth[order] = np.arange(len(key)) - np.searchsorted(owner[order], owner[order])
    return np.where(nth[row] < MOST, shape, REST)


def _numbered(chain: Ints, shape: Ints) -> tuple[Ints, Ints, Ints]:
    """Different pairs in ascending order: [k] their numbers, [k] the first row of each, [m] number of each row's."""
    order = np.lexsort((shape, chain))
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (np.diff(chain[order]) != 0) | (np.diff(shape[order]) != 0)
    number = np.cumsum(new) - 1
    row = np.empty(len(order), dtype=np.int64)
    row[order] = number
    return number[new], order[new], row


def _pairs(
    there: Ints, row: Ints, score: Floats, finding: Ints | None, odd: npt.NDArray[np.bool_] | None
) -> tuple[Ints32, Ints32, Ints32, Floats]:
    """Finding, variant, odd processes and highest score of each pair."""
    if finding is None:
        finding = np.zeros(int(there.max(initial=-1)) + 1, dtype=np.int64)
    chosen = finding[there] > 0
    if odd is not None:
        chosen &= odd[there]
    at = np.flatnonzero(chosen)
    key, first, number = _numbered(finding[there][at], row[at])
    values = np.full(len(key), -np.inf)
    np.maximum.at(values, number, score[at])
    count = np.bincount(number, minlength=len(key)).astype(np.int32)
    return (
        finding[there][at][first].astype(np.int32), row[at][first].astype(np.int32), count,
        np.where(np.isneginf(values), np.nan, values),
    )  # fmt: skip
