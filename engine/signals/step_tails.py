"""Tail probabilities of single steps: how bad a reconstruction is among the training steps of the same role.

Shells are rebuilt worse than services everywhere, so an error says little beside all steps and much beside its own kind.
Kept are at most KEPT errors per role, densest among the highest: some kilobytes for any corpus.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.domain.arrays import Floats, Floats32, Ints, Ints32
from engine.domain.distinct import distinct
from engine.knowledge import Role, role

KEPT = 256
FEWEST = 30
"""Steps of a role below which it is compared with all steps."""
ALL = -1
"""Stands for all roles together."""


@dataclass(frozen=True, slots=True)
class StepTails:
    """Fitted distributions. r roles, `ALL` among them; k kept errors."""

    roles: Ints
    """[r] ascending, so that ALL comes first."""
    counts: Ints
    """[r] training steps of each role."""
    start: Ints
    """[r + 1] where each role's errors begin."""
    errors: Floats
    """[k] ascending within a role."""
    tails: Floats
    """[k] share of the role's training steps at least as bad, (number + 1) / (n + 1)."""

    @classmethod
    def fit(cls, errors: Floats32, roles: Ints) -> StepTails | None:
        """From the training chains' step errors [c, MAX_STEPS] (NaN behind the end) and roles [c, MAX_STEPS]. None without."""
        known = np.isfinite(errors)
        values, kinds = errors[known].astype(np.float64), roles[known]
        if not len(values):
            return None
        found, counts = np.unique(kinds, return_counts=True)
        names = [ALL, *found[counts >= FEWEST].tolist()]
        kept = [_kept(values if name == ALL else values[kinds == name]) for name in names]
        start = np.cumsum([0, *(len(part[0]) for part in kept)])
        return cls(
            np.array(names, dtype=np.int64),
            np.array([len(values), *counts[counts >= FEWEST]], dtype=np.int64),
            start.astype(np.int64), np.concatenate([part[0] for part in kept]),
            np.concatenate([part[1] for part in kept]),
        )  # fmt: skip

    def tail(self, errors: Floats32, roles: Ints) -> Floats:
        """[c, MAX_STEPS] tail of each step in (0, 1], NaN behind the end; never below what the training steps bear out."""
        out = np.full(errors.shape, np.nan)
        place = np.searchsorted(self.roles, roles)
        place = np.where(self.roles[np.minimum(place, len(self.roles) - 1)] == roles, place, 0)
        for one in range(len(self.roles)):
            at = (place == one) & np.isfinite(errors)
            part = slice(int(self.start[one]), int(self.start[one + 1]))
            values, tails = self.errors[part], self.tails[part]
            # Between two kept errors the tail of the lower one: rather too large than too small.
            below = np.searchsorted(values, errors[at].astype(np.float64), side="right") - 1
            found = np.where(below >= 0, tails[np.maximum(below, 0)], 1.0)
            # Beyond the highest, no training step was as bad.
            beyond = errors[at].astype(np.float64) > values[-1]
            out[at] = np.where(beyond, 1 / (self.counts[one] + 1), found)
        return out

    def compared(self, role: int) -> bool:
        """Whether the role has a distribution of its own."""
        return role in self.roles.tolist()


def step_roles(paths: Sequence[str], steps: Ints32) -> Ints:
    """[c, MAX_STEPS] role of each step's path; behind the end that of no path. Only paths that are there are looked at."""
    kinds = np.full(len(paths) + 1, int(Role.OTHER), dtype=np.int64)
    used = distinct(steps[steps >= 0])
    kinds[used] = [int(role(paths[path])) for path in used.tolist()]
    return kinds[steps]


def _kept(values: Floats) -> tuple[Floats, Floats]:
    """At most KEPT of the values with their tails: all of few, else half of them evenly and half towards the top."""
    ordered = np.sort(values)
    size = len(ordered)
    at = np.arange(size)
    if size > KEPT:
        top = size - 1 - distinct(np.geomspace(1, size, KEPT // 2).astype(np.int64) - 1)
        at = distinct(np.linspace(0, size - 1, KEPT // 2).astype(np.int64), top)
    first = np.searchsorted(ordered, ordered[at], side="left")
    return ordered[at], (size - first + 1) / (size + 1)
