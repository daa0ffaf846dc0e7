"""How often, and on how many hosts, exactly this chain occurred in training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.domain.arrays import Floats, Ints
from engine.domain.chain_keys import Halves, halves
from engine.domain.chains import ChainCorpus


@dataclass(frozen=True, slots=True)
class ChainTable:
    """Fitted counts per chain. n unique training chains in ascending order of their keys.

    Keys as numbers and not as text: with four million chains 64 MB instead of 600.
    """

    keys: Halves
    """[n, 2] the two halves of the 128-bit key, ascending by the first."""
    counts: Ints
    hosts: Ints
    host_total: int

    @classmethod
    def fit(cls, corpus: ChainCorpus) -> ChainTable:
        """Take the corpus's own counts."""
        keys = halves(corpus.keys)
        order = np.lexsort((keys[:, 1], keys[:, 0]))
        return cls(keys[order], corpus.counts[order].astype(np.int64), corpus.hosts[order].astype(np.int64), corpus.host_total)

    def rows(self, keys: Sequence[str]) -> Ints:
        """[c] row of each key, -1 for chains that training never saw."""
        if not len(self.keys):
            return np.full(len(keys), -1, dtype=np.int64)
        wanted = halves(keys)
        at = np.minimum(np.searchsorted(self.keys[:, 0], wanted[:, 0]), len(self.keys) - 1)
        # Two keys with one first half would need 2^64 tries; the second of them would count as never seen.
        found: Ints = np.where((self.keys[at] == wanted).all(axis=1), at, -1)
        return found

    def seen(self, keys: Sequence[str]) -> Ints:
        """[c] processes that ended in each chain in training."""
        return _looked_up(self.counts, self.rows(keys))

    def on_hosts(self, keys: Sequence[str]) -> Ints:
        """[c] training hosts that had each chain."""
        return np.minimum(_looked_up(self.hosts, self.rows(keys)), self.host_total)


def _looked_up(column: Ints, rows: Ints) -> Ints:
    return np.where(rows >= 0, column[rows], 0) if len(column) else np.zeros(len(rows), dtype=np.int64)


def chain_frequency(table: ChainTable, corpus: ChainCorpus) -> Floats:
    """−log of the chain's share of training processes (add-one, one unseen chain more), nats."""
    rarity: Floats = -np.log((table.seen(corpus.keys) + 1) / (table.counts.sum() + len(table.keys) + 1))
    return rarity


def host_prevalence(table: ChainTable, corpus: ChainCorpus) -> Floats | None:
    """−log of the share of training hosts that had the chain (add-one), nats; None when there was one host only.

    With one host every chain was on all of them: a constant that would pass for evidence.
    """
    if table.host_total < 2:
        return None
    return -np.log((table.on_hosts(corpus.keys) + 1) / (table.host_total + 1))
