"""The fit-free prior of a chain: what an analyst would say before having seen any log of the estate.

Weights are the recipe's: writable leaf 2, writable parent 1, name contradiction 2 (leaf) and 1 (parent), role break 1.5,
grandparent break 0.7, leaf of a suspect role 0.7. Location enters by its risk and not as a yes or no, because per-user
installations and build directories are writable too and full of ordinary programs. The prior looks at the last three
steps; over a finding, take the maximum.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import Floats, Ints8, Ints32
from engine.knowledge.lineage_rules import break_matrix, judged_as, pair_broken, role_break_reason
from engine.knowledge.locations import location_class
from engine.knowledge.names import name_contradiction
from engine.knowledge.residents import known_place, path_risk
from engine.knowledge.roles import SUSPECT_ROLES, Role, role

PARTS = ("leaf location", "parent location", "leaf name", "parent name", "pair", "grandparent", "leaf role")
"""Columns of `prior_parts`, in this order."""

WEIGHTS = (2.0, 1.0, 2.0, 1.0, 1.5, 0.7, 0.7)

_POSIX_SHELL_LEAF = 0.3
"""Shells and interpreters are what scripts on Linux consist of: as a leaf they say less than on Windows."""


@dataclass(frozen=True, slots=True)
class PathKnowledge:
    """What the tables say about each distinct path; p paths, columns of length p."""

    paths: tuple[str, ...]
    location: Ints8
    role: Ints8
    risk: Floats
    contradiction: Floats
    leaf_role: Floats
    suspect: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, paths: Sequence[str]) -> PathKnowledge:
        """Judge folded paths, once each (about 0.3 ms per path that was not asked about lately)."""
        judged = [_judged(path) for path in paths]
        where, what, danger, contradicted, leaf, suspect = zip(*judged, strict=True) if judged else ((),) * 6
        return cls(
            tuple(paths),
            np.array(where, np.int8),
            np.array(what, np.int8),
            np.array(danger, np.float64),
            np.array(contradicted, np.float64),
            np.array(leaf, np.float64),
            np.array(suspect, np.bool_),
        )


@lru_cache(maxsize=1 << 16)  # several signals ask about the same paths; about 20 MB when full
def _judged(path: str) -> tuple[int, int, float, float, float, bool]:
    where, what = location_class(path), role(path)
    contradicted = name_contradiction(path).value
    return int(where), int(what), path_risk(path), contradicted, leaf_role(path, what), what in SUSPECT_ROLES


def leaf_role(path: str, kind: Role) -> float:
    """How much the role of a chain's last program says, 0 … 1."""
    if kind not in SUSPECT_ROLES:
        return 0.0
    return _POSIX_SHELL_LEAF if path.startswith("/") and kind in {Role.SHELL, Role.SCRIPT_ENGINE} else 1.0


def prior(chain: Sequence[str]) -> tuple[float, tuple[str, ...]]:
    """Prior of one chain of folded paths, root first, and its reasons, strongest first. An empty chain has 0."""
    parts = _parts_of(chain)
    weighted = [(weight * value, reason) for weight, (value, reason) in zip(WEIGHTS, parts, strict=True)]
    reasons = [reason for value, reason in sorted(weighted, key=lambda item: -item[0]) if value > 0 and reason]
    return sum(value for value, _ in weighted), tuple(dict.fromkeys(reasons))


def _parts_of(chain: Sequence[str]) -> list[tuple[float, str]]:
    """The seven parts of `PARTS` with reasons, in their order."""
    nothing = (0.0, "")
    if not chain:
        return [nothing] * len(PARTS)
    leaf = chain[-1]
    parent = chain[-2] if len(chain) > 1 else None
    top = chain[-3] if len(chain) > 2 else None
    kind = role(leaf)
    leaf_value = leaf_role(leaf, kind)
    return [
        _location_part(leaf),
        nothing if parent is None else _location_part(parent),
        _name_part(leaf),
        nothing if parent is None else _name_part(parent),
        nothing if parent is None else _pair_part(parent, leaf),
        nothing if top is None else _grand_part(role(top), kind),
        (leaf_value, f"ends in a {kind.name.lower().replace('_', ' ')}") if leaf_value else nothing,
    ]


def _location_part(path: str) -> tuple[float, str]:
    found = known_place(path)
    return found.risk, f"{path}: {found.why}" if found.risk else ""


def _name_part(path: str) -> tuple[float, str]:
    found = name_contradiction(path)
    return found.value, found.reason


def _pair_part(parent: str, leaf: str) -> tuple[float, str]:
    found = pair_broken(parent, leaf)
    return found.value, found.reason


def _grand_part(top: Role, leaf: Role) -> tuple[float, str]:
    value = float(break_matrix(grand=True)[top, leaf])
    return value, f"one process between: {role_break_reason(top, leaf)}" if value else ""


def prior_parts(steps: Ints32, lengths: Ints32, knowledge: PathKnowledge) -> Floats:
    """[n, 7] unweighted parts (columns `PARTS`) of chains: steps [n, MAX_STEPS] indices into the paths, padded with -1.

    Indices outside the paths are a caller's error and raise IndexError.
    """
    rows = np.arange(len(steps))
    at = [np.where(lengths > back, steps[rows, np.maximum(lengths - 1 - back, 0)], -1) for back in range(3)]
    leaf, parent, top = (_taker(column) for column in at)
    pair = _pair_values(at[1], at[0], knowledge)
    grand = np.where((at[2] >= 0) & (at[0] >= 0), break_matrix(grand=True)[top(knowledge.role), leaf(knowledge.role)], 0.0)
    columns = [leaf(knowledge.risk), parent(knowledge.risk), leaf(knowledge.contradiction), parent(knowledge.contradiction)]
    return np.stack([*columns, pair, grand, leaf(knowledge.leaf_role)], axis=1)


def prior_values(steps: Ints32, lengths: Ints32, knowledge: PathKnowledge) -> Floats:
    """[n] prior of chains, equal to `prior` of each."""
    return np.asarray(prior_parts(steps, lengths, knowledge) @ np.array(WEIGHTS), np.float64)


def rolefrac(steps: Ints32, lengths: Ints32, knowledge: PathKnowledge) -> Floats:
    """[n] share of steps that are a shell, script engine, proxy binary or administration: the baseline of one line."""
    valid = steps >= 0
    hits = np.where(valid, _taker(steps)(knowledge.suspect), False)
    return np.asarray(hits.sum(axis=1) / np.maximum(lengths, 1), np.float64)


def _taker(index: npt.NDArray[np.integer]) -> Callable[[npt.NDArray[np.generic]], npt.NDArray[np.generic]]:
    """Take by index, with zero where the index is -1."""

    def take(values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        if not len(values):
            return np.zeros(index.shape, values.dtype)
        return np.where(index >= 0, values[np.maximum(index, 0)], np.zeros(1, values.dtype))

    return take


def _pair_values(parent: npt.NDArray[np.integer], child: npt.NDArray[np.integer], knowledge: PathKnowledge) -> Floats:
    """Break of each pair: by role, and where an entry by name may speak by all tables, asked once per distinct pair."""
    found = np.zeros(len(child))
    known = np.flatnonzero((parent >= 0) & (child >= 0))
    if not len(known):
        return found
    width = len(knowledge.paths)
    pairs, inverse = np.unique(parent[known].astype(np.int64) * width + child[known], return_inverse=True)
    ruled = np.array([judged_as(path) for path in knowledge.paths], dtype=np.bool_)
    asked = np.flatnonzero(ruled[pairs % width, 0] | ruled[pairs // width, 1])
    value = break_matrix()[knowledge.role[pairs // width], knowledge.role[pairs % width]]
    value[asked] = [pair_broken(knowledge.paths[pair // width], knowledge.paths[pair % width]).value for pair in pairs[asked]]
    found[known] = value[inverse]
    return found
