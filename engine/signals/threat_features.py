"""What the supervised prior sees of a process: classes of its last three steps and its chain, and hashed words.

Classes and not names, wherever a class exists: the prior is trained on other people's estates, and what travels between
estates is where programs lie, what they are for and who starts them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from engine.domain.arrays import Floats32, Ints, Ints32
from engine.domain.chains import ChainCorpus
from engine.domain.processes import CommandWords, Privilege, ProcessTable
from engine.knowledge import PARTS, ROLE_SLOTS, PathKnowledge, Zone, location_class, prior_parts, zone
from engine.paths import basename
from engine.words.command_line import token
from engine.words.embedding import words_of

BINS = 1 << 14
"""Hashed words: 64 kB of weights in a model; leaf, parent and command words share the bins under different marks."""
BLOCK = 1 << 16
"""Rows scored at a time: some 20 MB of words, and as much of classes where all chains differ."""
DEPTH = 3
_ZONES = len(Zone)
PRIVILEGES = tuple(f"privilege {level.name.lower()}" for level in Privilege)
NAMES = tuple(
    [f"{place} {kind}" for place in ("leaf", "parent", "grandparent") for kind in
     (*(f"role {i}" for i in range(ROLE_SLOTS)), *(f"zone {i}" for i in range(_ZONES)), "risk", "contradiction", "suspect")]
    + [f"prior: {part}" for part in PARTS]
    + ["suspect share", "suspect above", "riskiest above", "length", *PRIVILEGES]
)  # fmt: skip
"""Columns of the class features, in order."""


@dataclass(frozen=True, slots=True)
class ThreatFeatures:
    """Features of u different (chain, command line, privilege); processes that agree in all three are one row.

    The command line has no part in the classes, so these are kept once for each of the k different (chain, privilege).
    """

    kinds: Floats32
    """[k, len(NAMES)] class features."""
    kind: Ints
    """[u] row of `kinds`."""
    start: Ints
    """[u + 1] where each row's words begin."""
    words: Ints
    """[t] bins, ascending within a row."""
    of_process: Ints
    """[n] row of every process of the table, -1 for those without a chain."""
    chain: Ints
    """[u] chain of each row."""

    @property
    def classes(self) -> Floats32:
        """[u, len(NAMES)] class features of each row: for training; to score, `kinds` are enough."""
        return self.kinds[self.kind]

    @classmethod
    def of(cls, corpus: ChainCorpus, table: ProcessTable) -> ThreatFeatures:
        """Features of all processes of the table."""
        has = np.flatnonzero(table.chain >= 0)
        codes, inverse = np.unique(_codes(table, has), return_inverse=True)
        of_process = np.full(len(table), -1, dtype=np.int64)
        of_process[has] = inverse.ravel()
        return replace(_features(corpus, table, codes, Sight.of(corpus)), of_process=of_process)

    @classmethod
    def blocks(cls, corpus: ChainCorpus, table: ProcessTable) -> Iterator[ThreatFeatures]:
        """The rows of all processes, some chains at a time and every chain in one block; processes keep no place in them.

        On a million varied processes all features at once are 1.6 GiB.
        """
        codes = np.sort(_codes(table, np.flatnonzero(table.chain >= 0)))
        codes = codes[np.append(True, codes[1:] != codes[:-1])] if len(codes) else codes
        sight, first = Sight.of(corpus), 0
        chain = codes // (len(Privilege) * (len(table.commands) + 1))
        while first < len(codes):
            last = int(np.searchsorted(chain, chain[min(first + BLOCK, len(codes)) - 1], side="right"))
            yield _features(corpus, table, codes[first:last], sight)
            first = last


def _codes(table: ProcessTable, index: Ints) -> Ints:
    """[m] a number for (chain, command line, privilege) of some processes; in the order of the three, no line first."""
    lines = len(table.commands) + 1
    return (table.chain[index].astype(np.int64) * lines + table.command[index] + 1) * len(Privilege) + table.privilege[index]


def _features(corpus: ChainCorpus, table: ProcessTable, codes: Ints, sight: Sight) -> ThreatFeatures:
    """Rows of ascending codes."""
    rest, privilege = np.divmod(codes, len(Privilege))
    chain, command = np.divmod(rest, len(table.commands) + 1)
    pairs, kind = np.unique(chain * len(Privilege) + privilege, return_inverse=True)
    chains, own = np.unique(pairs // len(Privilege), return_inverse=True)
    level = np.eye(len(Privilege), dtype=np.float32)[pairs % len(Privilege)]
    kinds = np.hstack([chain_classes(corpus.steps[chains], corpus.lengths[chains], sight)[own], level])
    start, words = _words(corpus, table, chain, command - 1, sight)
    return ThreatFeatures(kinds, kind.astype(np.int64), start, words, np.zeros(0, np.int64), chain)


@dataclass(frozen=True, slots=True)
class Sight:
    """What is looked up once for all paths of a corpus; p paths."""

    knowledge: PathKnowledge
    zones: Ints
    """[p + 1] zone of each path's location; 0 for no path."""
    leaf: tuple[tuple[int, ...], ...]
    """[p] bins of the last words of a path that is a leaf, and of one that is a parent."""
    parent: tuple[tuple[int, ...], ...]
    names: tuple[str, ...]

    @classmethod
    def of(cls, corpus: ChainCorpus) -> Sight:
        """Look at the paths."""
        ends = [words_of(path)[-3:] for path in corpus.paths]
        return cls(
            PathKnowledge.of(corpus.paths),
            np.array([zone(location_class(path)) for path in corpus.paths] + [0], dtype=np.int64),
            tuple(tuple(token(f"leaf {word}") % BINS for word in end) for end in ends),
            tuple(tuple(token(f"parent {word}") % BINS for word in end) for end in ends),
            tuple(basename(path) for path in corpus.paths),
        )

    def bins(self, leaf: int, parent: int) -> set[int]:
        """Words of a chain without its command line: of the leaf's path, of the parent's (-1: none), the pair of names."""
        found = set(self.leaf[leaf])
        if parent >= 0:
            found.update(self.parent[parent])
            found.add(token(f"pair {self.names[parent]} {self.names[leaf]}") % BINS)
        return found


def chain_classes(steps: Ints32, lengths: Ints32, sight: Sight) -> Floats32:
    """[c, …] the class features that depend on the chain alone. steps [c, MAX_STEPS], lengths [c]."""
    knowledge = sight.knowledge
    rows, columns = np.arange(len(steps)), []
    for back in range(DEPTH):
        at = np.where(lengths > back, steps[rows, np.maximum(lengths - 1 - back, 0)], -1)
        there = (at >= 0)[:, None]
        columns += [
            np.eye(ROLE_SLOTS)[knowledge.role.astype(np.int64)[at]] * there,
            np.eye(_ZONES)[sight.zones[at]] * there,
            np.stack([knowledge.risk[at], knowledge.contradiction[at], knowledge.suspect[at]], axis=1) * there,
        ]
    suspect = np.append(knowledge.suspect.astype(np.float64), 0.0)[steps]
    risk = np.append(knowledge.risk, 0.0)[steps]
    last = np.arange(steps.shape[1]) == (lengths - 1)[:, None]
    columns += [
        prior_parts(steps, lengths, knowledge),
        np.stack([suspect.sum(axis=1) / (lengths + 2), np.where(last, 0, suspect).sum(axis=1)], axis=1),
        np.stack([np.where(last, 0, risk).max(axis=1), lengths], axis=1),
    ]
    return np.hstack(columns).astype(np.float32)


def _words(corpus: ChainCorpus, table: ProcessTable, chain: Ints, command: Ints, sight: Sight) -> tuple[Ints, Ints]:
    """Words of each row: the chain's own and the command line's, each once, ascending.

    The two are found apart and put together by sorting, so that what is known of a command line is known for all its chains.
    """
    lengths = corpus.lengths[chain]
    leaf = corpus.steps[chain, lengths - 1].astype(np.int64)
    parent = np.where(lengths > 1, corpus.steps[chain, np.maximum(lengths - 2, 0)], -1).astype(np.int64)
    width = len(corpus.paths) + 1
    ends, end = np.unique(leaf * width + parent + 1, return_inverse=True)
    own = [sorted(sight.bins(code // width, code % width - 1)) for code in ends.tolist()]
    size = np.array([len(bins) for bins in own], dtype=np.int64)
    flat = CommandWords(np.r_[0, np.cumsum(size)], np.array([bin_ for bins in own for bin_ in bins], dtype=np.int32))
    with_line = np.flatnonzero(command >= 0)
    line, word = table.commands.take(command[with_line])
    row, first = flat.take(end.ravel())
    codes = np.sort(np.r_[row * BINS + first, with_line[line] * BINS + word % BINS])
    codes = codes[np.append(True, codes[1:] != codes[:-1])] if len(codes) else codes
    owner, bins = np.divmod(codes, BINS)
    return np.r_[0, np.cumsum(np.bincount(owner, minlength=len(chain)))].astype(np.int64), bins
