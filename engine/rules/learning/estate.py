"""The unique paths of an estate and the hosts that have them: what rules are learnt from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.domain.arrays import Ints, Ints32
from engine.domain.distinct import distinct


@dataclass(frozen=True, slots=True)
class EstatePaths:
    """p unique folded paths on h hosts; m pairs of both."""

    paths: tuple[str, ...]
    path: Ints32
    """[m] index into `paths`."""
    host: Ints32
    """[m] number of a host, from 0."""

    @property
    def hosts(self) -> int:
        """How many hosts."""
        return len(distinct(self.host))

    @classmethod
    def of(cls, paths: Sequence[str], hosts: Sequence[Sequence[int]]) -> EstatePaths:
        """Made of the hosts on which each path occurs."""
        pairs = [(row, host) for row, found in enumerate(hosts) for host in found]
        both = np.array(pairs, dtype=np.int32).reshape(-1, 2)
        return cls(tuple(paths), both[:, 0].copy(), both[:, 1].copy())

    def halves(self, seed: int, most: int) -> tuple[list[str], list[str]]:
        """Paths of one half of the hosts, and of the other: at most `most` of each, drawn by the seed."""
        random = np.random.default_rng(seed)
        order = random.permutation(distinct(self.host))
        return self._of(order[: len(order) // 2], random, most), self._of(order[len(order) // 2 :], random, most)

    def _of(self, hosts: Ints, random: np.random.Generator, most: int) -> list[str]:
        rows = distinct(self.path[np.isin(self.host, hosts)])
        if len(rows) > most:
            rows = np.sort(random.choice(rows, most, replace=False))
        return [self.paths[row] for row in rows.tolist()]
