"""The paths that a rebuilt step may be told as: those that training saw, of the step's own operating system, this estate's first.

A network rebuilds a vector; what is told of it is the known path nearest to that. Of a Linux step that is never a Windows path,
however near, and never one that only a starter's estates ran while this estate has any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import Ints, Ints32
from engine.domain.chains import ChainCorpus
from engine.domain.distinct import distinct
from engine.paths import looks_windows

Flags = npt.NDArray[np.bool_]

MOST = 20_000
"""Paths that are kept, commonest first. Alternatives that hardly ever ran help nobody."""


@dataclass(frozen=True, slots=True)
class KnownPaths:
    """k paths of the training data, this estate's first, of either the commonest first."""

    paths: tuple[str, ...]
    own: int
    """How many of them, the first ones, this estate ran; the others are a starter's."""
    windows: Flags
    """[k] which are of Windows."""
    _pools: dict[bool, Ints] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pools = {}
        for windows in (False, True):
            among = np.flatnonzero(self.windows == windows)
            estates = among[among < self.own]
            pools[windows] = estates if len(estates) else among
        object.__setattr__(self, "_pools", pools)

    @classmethod
    def of(cls, corpus: ChainCorpus, own: int) -> KnownPaths:
        """Of the training chains; the first `own` of them are the estate's, 0: all."""
        estate = np.zeros(len(corpus.paths), dtype=np.bool_)
        rows = corpus.steps[: own or None]
        estate[rows[rows >= 0]] = True
        used = distinct(corpus.steps[corpus.steps >= 0])
        order = used[np.lexsort((-corpus.ran()[used], ~estate[used]))][:MOST]
        on_windows = np.zeros(len(corpus.paths), dtype=np.bool_)
        there = corpus.steps >= 0
        on_windows[corpus.steps[there & windows_steps(corpus.paths, corpus.steps)]] = True
        return cls(tuple(corpus.paths[i] for i in order), int(estate[order].sum()), on_windows[order])

    @classmethod
    def by_shape(cls, paths: tuple[str, ...]) -> KnownPaths:
        """Of a model of before, which tells neither whose a path is nor of which system."""
        return cls(paths, len(paths), np.array([looks_windows(path) for path in paths], dtype=np.bool_))

    def pool(self, *, windows: bool) -> Ints:
        """Indices of the paths that a step of one system may be told as: the estate's own, the starter's where it has none."""
        return self._pools[windows]


def windows_steps(paths: Sequence[str], steps: Ints32) -> Flags:
    """[r, s] which steps are of Windows: by the path, and where that is a bare name (bash, system) by the rest of its chain."""
    shape = np.array([_shape(path) for path in paths] + [0], dtype=np.int8)[steps]
    chain = (shape > 0).any(axis=1, keepdims=True)
    return np.where(shape == 0, chain, shape > 0)


def _shape(path: str) -> int:
    """1 Windows, -1 another system, 0 a name that could be of either."""
    if looks_windows(path):
        return 1
    return -1 if "/" in path else 0
