"""What the supervised prior sees of a process: classes of its last three steps and its chain, and hashed words.

Classes and not names, wherever a class exists: the prior is trained on other people's estates, and what travels between
estates is where programs lie, what they are for and who starts them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.command_line import token
from engine.embedding import words_of
from engine.knowledge import PARTS, ROLE_SLOTS, PathKnowledge, Zone, location_class, prior_parts, zone
from engine.paths import basename
from engine.process_table import Privilege, ProcessTable
from engine.tables import ChainCorpus, Floats32, Ints

BINS = 1 << 14
"""Hashed words: 64 kB of weights in a model; leaf, parent and command words share the bins under different marks."""
DEPTH = 3
_ZONES = len(Zone)
NAMES = tuple(
    [f"{place} {kind}" for place in ("leaf", "parent", "grandparent") for kind in
     (*(f"role {i}" for i in range(ROLE_SLOTS)), *(f"zone {i}" for i in range(_ZONES)), "risk", "contradiction", "suspect")]
    + [f"prior: {part}" for part in PARTS]
    + ["suspect share", "suspect above", "riskiest above", "length", *(f"privilege {p.name.lower()}" for p in Privilege)]
)  # fmt: skip
"""Columns of the class features, in order."""


@dataclass(frozen=True, slots=True)
class ThreatFeatures:
    """Features of u different (chain, command line, privilege); processes that agree in all three are one row."""

    classes: Floats32
    """[u, len(NAMES)]"""
    start: Ints
    """[u + 1] where each row's words begin."""
    words: Ints
    """[t] bins."""
    of_process: Ints
    """[n] row of every process of the table, -1 for those without a chain."""
    chain: Ints
    """[u] chain of each row."""

    @classmethod
    def of(cls, corpus: ChainCorpus, table: ProcessTable) -> ThreatFeatures:
        """Features of all processes of the table."""
        has = np.flatnonzero(table.chain >= 0)
        keys = np.stack([table.chain[has], table.command[has], table.privilege[has]], axis=1).astype(np.int64)
        different, inverse = np.unique(keys, axis=0, return_inverse=True)
        of_process = np.full(len(table), -1, dtype=np.int64)
        of_process[has] = inverse.ravel()
        chain, command, privilege = different.T
        by_chain = chain_classes(corpus)
        level = np.eye(len(Privilege), dtype=np.float32)[privilege]
        start, words = _words(corpus, table, chain, command)
        return cls(np.hstack([by_chain[chain], level]), start, words, of_process, chain)


def chain_classes(corpus: ChainCorpus) -> Floats32:
    """[c, …] the class features that depend on the chain alone."""
    knowledge = PathKnowledge.of(corpus.paths)
    zones = np.array([zone(location_class(path)) for path in corpus.paths] + [0], dtype=np.int64)
    rows, columns = np.arange(len(corpus)), []
    for back in range(DEPTH):
        at = np.where(corpus.lengths > back, corpus.steps[rows, np.maximum(corpus.lengths - 1 - back, 0)], -1)
        there = (at >= 0)[:, None]
        columns += [
            np.eye(ROLE_SLOTS)[knowledge.role.astype(np.int64)[at]] * there,
            np.eye(_ZONES)[zones[at]] * there,
            np.stack([knowledge.risk[at], knowledge.contradiction[at], knowledge.suspect[at]], axis=1) * there,
        ]
    suspect = _at_steps(knowledge.suspect.astype(np.float64), corpus)
    risk = _at_steps(knowledge.risk, corpus)
    last = np.arange(corpus.steps.shape[1]) == (corpus.lengths - 1)[:, None]
    columns += [
        prior_parts(corpus.steps, corpus.lengths, knowledge),
        np.stack([suspect.sum(axis=1) / (corpus.lengths + 2), np.where(last, 0, suspect).sum(axis=1)], axis=1),
        np.stack([np.where(last, 0, risk).max(axis=1), corpus.lengths], axis=1),
    ]
    return np.hstack(columns).astype(np.float32)


def _at_steps(values: npt.NDArray[np.float64], corpus: ChainCorpus) -> npt.NDArray[np.float64]:
    """[c, MAX_STEPS] a path's value at each step, 0 behind the end."""
    return np.append(values, 0.0)[corpus.steps]


def _words(corpus: ChainCorpus, table: ProcessTable, chain: Ints, command: Ints) -> tuple[Ints, Ints]:
    """Words of each row: those of the leaf's path, of the parent's, the pair of names, and of the command line."""
    of_leaf = [[token(f"leaf {word}") % BINS for word in words_of(path)[-3:]] for path in corpus.paths]
    of_parent = [[token(f"parent {word}") % BINS for word in words_of(path)[-3:]] for path in corpus.paths]
    names = [basename(path) for path in corpus.paths]
    leaf = corpus.steps[chain, corpus.lengths[chain] - 1]
    parent = np.where(corpus.lengths[chain] > 1, corpus.steps[chain, np.maximum(corpus.lengths[chain] - 2, 0)], -1)
    start, flat = [0], []
    for low, high, line in zip(leaf.tolist(), parent.tolist(), command.tolist(), strict=True):
        row = set(of_leaf[low])
        if high >= 0:
            row.update(of_parent[high])
            row.add(token(f"pair {names[high]} {names[low]}") % BINS)
        if line >= 0:
            begin, end = table.commands.start[line : line + 2]
            row.update((table.commands.words[begin:end] % BINS).tolist())
        flat.extend(sorted(row))
        start.append(len(flat))
    return np.array(start, dtype=np.int64), np.array(flat, dtype=np.int64)
