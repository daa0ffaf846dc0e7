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
from engine.domain.blocks import counted, scatter
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
        own = np.full(len(there), -np.inf) if score is None else score[there].astype(np.float64)
        own[np.isnan(own)] = -np.inf
        chain = table.chain[there]
        shape = _told_apart(chain, table.shapes(there), own)
        first, row = _numbered(chain, shape)
        size = len(first)
        values = np.full(size, -np.inf)
        scatter(np.maximum, values, row, own)
        pair_finding, pair_variant, count, pair_value = _pairs(there, row, own, finding, odd)
        del own
        without = np.setdiff1d(np.arange(chains), chain[first])
        owner = np.concatenate([chain[first], without])
        order = np.argsort(owner, kind="stable")
        place = np.empty(len(order), dtype=np.int32)
        place[order] = np.arange(len(order))
        nothing = np.zeros(len(without), dtype=np.int64)
        counts = counted(row, size).astype(np.int64)
        on = _hosts(row, table.host[there], size)
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


def _told_apart(chain: Ints32, shape: Ints, score: Floats) -> Ints:
    """[m] shape of each of some processes, REST where its chain has more than MOST others before it; score: -inf for none."""
    first, row = _numbered(chain, shape)
    owner = chain[first]
    if np.bincount(owner).max(initial=0) <= MOST:
        return shape
    best = np.full(len(first), -np.inf)
    scatter(np.maximum, best, row, score)
    order = np.lexsort((shape[first], -counted(row, len(first)), -best, owner))
    nth = np.empty(len(first), dtype=np.int32)
    nth[order] = np.arange(len(first)) - np.searchsorted(owner[order], owner[order])
    return np.where(nth[row] < MOST, shape, REST)


def _hosts(row: Ints32, host: Ints32, size: int) -> Ints:
    """[size] on how many different hosts each of 0 … size - 1 is; row and host [m]."""
    width = int(host.max(initial=0)) + 1
    pairs = row.astype(np.int64)
    pairs *= width
    pairs += host
    return np.bincount(distinct(pairs) // width, minlength=size).astype(np.int64)


def _numbered(chain: Ints | Ints32, shape: Ints | Ints32) -> tuple[Ints, Ints32]:
    """Different pairs in ascending order: [k] the first row of each, [m] number of each row's."""
    order = np.lexsort((shape, chain))
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = False
    for column in (chain, shape):
        along = column[order]
        new[1:] |= along[1:] != along[:-1]
    del along
    number = np.cumsum(new, dtype=np.int32)
    number -= 1
    row = np.empty(len(order), dtype=np.int32)
    row[order] = number
    return order[new], row


def _pairs(
    there: Ints, row: Ints32, score: Floats, finding: Ints | None, odd: npt.NDArray[np.bool_] | None
) -> tuple[Ints32, Ints32, Ints32, Floats]:
    """Finding, variant, odd processes and highest score of each pair."""
    if finding is None:
        finding, odd = np.zeros(int(there.max(initial=-1)) + 1, dtype=np.int64), None
    chosen = finding > 0
    if odd is not None:
        chosen &= odd
    at = np.flatnonzero(chosen[there])
    covered, variant = finding[there[at]], row[at]
    first, number = _numbered(covered, variant)
    values = np.full(len(first), -np.inf)
    np.maximum.at(values, number, score[at])
    count = np.bincount(number, minlength=len(first)).astype(np.int32)
    return covered[first].astype(np.int32), variant[first], count, np.where(np.isneginf(values), np.nan, values)
