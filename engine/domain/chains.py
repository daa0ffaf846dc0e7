"""Unique chains as columns: of one host, and of a case."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.domain.arrays import Ints, Ints32


@dataclass(frozen=True, slots=True)
class ChainSet:
    """The unique chains of one host and which node ends which chain."""

    steps: Ints32
    """[c, MAX_STEPS] indices into `HostEvents.paths`, root first, padded with -1 at the end."""
    lengths: Ints32
    keys: list[str]
    """[c] stable identity across hosts, cases and runs: 32 hex digits of BLAKE2b over the normalised step texts."""
    of_node: Ints
    """[n+m] index of the chain that ends at the node, -1 for merged records."""


@dataclass(frozen=True, slots=True)
class ChainCorpus:
    """The unique chains of a case (or of several), ready for a detector. c chains, p paths.

    A store gives chains in ascending order of their keys and paths in that of their texts: what a detector makes of a corpus
    may depend on the order of rows, and must not on the order of ingest.
    """

    ids: Ints
    """[c] primary keys in the store."""
    keys: list[str]
    paths: tuple[str, ...]
    steps: Ints32
    """[c, MAX_STEPS] indices into `paths`, root first, padded with -1."""
    lengths: Ints32
    counts: Ints
    """[c] how many processes end in this chain."""
    hosts: Ints32
    """[c] on how many hosts."""
    first_us: Ints
    host_total: int
    host_days: float
    """Sum over hosts of the days between first and last event, at least one day each: the unit of alert budgets."""

    def __len__(self) -> int:
        return len(self.ids)

    def ran(self) -> Ints:
        """[p] how many processes ran each path."""
        weight = np.zeros(len(self.paths), dtype=np.int64)
        rows = np.flatnonzero(self.lengths > 0)
        np.add.at(weight, self.steps[rows, self.lengths[rows] - 1], self.counts[rows])
        return weight
