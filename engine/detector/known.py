"""The paths that a rebuilt step may be told as: those that training saw, of the step's own operating system, this estate's first.

A network rebuilds a vector; what is told of it is the known path nearest to that. Of a Linux step that is never a Windows path,
however near, and never one that only a starter's estates ran while this estate has any.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import Ints, Ints32
from engine.domain.chains import ChainCorpus
from engine.domain.distinct import distinct
from engine.knowledge.systems import EITHER, POSIX, WINDOWS, by_name, by_shape

Systems = npt.NDArray[np.int8]
"""WINDOWS, POSIX, EITHER (engine.knowledge.systems)."""

MOST = 20_000
"""Paths that are kept, commonest first. Alternatives that hardly ever ran help nobody."""


@dataclass(frozen=True, slots=True)
class KnownPaths:
    """k paths of the training data, this estate's first, of either the commonest first."""

    paths: tuple[str, ...]
    own: int
    """How many of them, the first ones, this estate ran; the others are a starter's."""
    systems: Systems
    """[k] EITHER for a bare name that nothing tells of."""
    _pools: dict[int, Ints] = field(init=False, repr=False, compare=False)
    _code: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pools = {}
        for system in (WINDOWS, POSIX, EITHER):
            among = np.flatnonzero((self.systems == system) | (self.systems == EITHER))
            estates = among[among < self.own]
            pools[system] = estates if (self.systems[estates] == system).any() else among
        object.__setattr__(self, "_pools", pools)
        object.__setattr__(self, "_code", {path: i for i, path in enumerate(self.paths)})

    @classmethod
    def of(cls, corpus: ChainCorpus, own: int) -> KnownPaths:
        """Of the training chains; the first `own` of them are the estate's, 0: all."""
        estate = np.zeros(len(corpus.paths), dtype=np.bool_)
        rows = corpus.steps[: own or None]
        estate[rows[rows >= 0]] = True
        used = distinct(corpus.steps[corpus.steps >= 0])
        order = used[np.lexsort((-corpus.ran()[used], ~estate[used]))][:MOST]
        return cls(tuple(corpus.paths[i] for i in order), int(estate[order].sum()), _seen_with(corpus)[order])

    @classmethod
    def by_names(cls, paths: tuple[str, ...], own: int) -> KnownPaths:
        """Of a model of before, which does not tell of which system a path is."""
        return cls(paths, own, np.array([by_shape(path) or by_name(path) for path in paths], dtype=np.int8))

    def followed_by(self, others: KnownPaths) -> KnownPaths:
        """These as the estate's, then what only others know as a starter's."""
        more = [at for at, path in enumerate(others.paths) if path not in self._code][: MOST - len(self.paths)]
        paths = (*self.paths, *(others.paths[at] for at in more))
        return KnownPaths(paths, len(self.paths), np.r_[self.systems, others.systems[more]].astype(np.int8))

    def pool(self, system: int) -> Ints:
        """Indices of the paths that a step of a system may be told as: the estate's own, the starter's where it has none.

        What is known to be of another system is never among them; for a step of EITHER that is all that is known to be of one.
        """
        return self._pools[system]

    def systems_of(self, paths: Sequence[str], steps: Ints32) -> Systems:
        """[r, s] as `step_systems`; where a chain's names say nothing, by what training saw of them, or knows at all."""
        seen = _of_steps(self._seen, paths, steps).sum(axis=1, keepdims=True)
        known = distinct(self.systems[: self.own or None].astype(np.int64))
        known = known[known != EITHER]
        only = known[0] if len(known) == 1 else EITHER
        found = step_systems(paths, steps)
        return np.where(found != EITHER, found, np.where(seen != 0, np.sign(seen), only)).astype(np.int8)

    def _seen(self, path: str) -> int:
        at = self._code.get(path)
        return EITHER if at is None else int(self.systems[at])


def step_systems(paths: Sequence[str], steps: Ints32) -> Systems:
    """[r, s] of which system each step is: by its path; a bare name (bash, system) by all paths of its chain, then by its names.

    EITHER where none of these tell.
    """
    shape, name = _of_steps(by_shape, paths, steps), _of_steps(by_name, paths, steps)
    shapes, names = shape.sum(axis=1, keepdims=True), name.sum(axis=1, keepdims=True)
    return np.where(shape != EITHER, shape, np.sign(np.where(shapes != 0, shapes, names))).astype(np.int8)


def _of_steps(system_of: Callable[[str], int], paths: Sequence[str], steps: Ints32) -> Systems:
    """[r, s] the system of each step's path, EITHER where there is no step. Only the paths of these steps are asked about: a case
    has hundreds of thousands, and the chains that somebody may open a few.
    """
    used = distinct(steps)
    used = used[used >= 0]
    table = np.full(len(paths) + 1, EITHER, dtype=np.int8)  # one more, so that index -1 (padding) gives EITHER
    table[used] = [system_of(paths[at]) for at in used.tolist()]
    return table[steps]


def _seen_with(corpus: ChainCorpus) -> Systems:
    """[p] the system of each path; of a bare name that of the chains that it mostly ran in."""
    shape = np.array([by_shape(path) for path in corpus.paths] + [EITHER], dtype=np.int8)
    row, column = np.nonzero((corpus.steps >= 0) & (shape[corpus.steps] == EITHER))
    system = step_systems(corpus.paths, corpus.steps)[row, column]
    votes = np.bincount(corpus.steps[row, column], system * corpus.counts[row].astype(np.float64), len(corpus.paths))
    return np.where(shape[:-1] != EITHER, shape[:-1], np.sign(votes)).astype(np.int8)
