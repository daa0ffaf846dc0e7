"""What the learners see of a chain: hashed identities and classes, and a few numbers. No vocabulary, so no unknown words.

Identities (names, paths, pairs, the way down from the root, words of command lines) learn fast from few labels: the same
script is the same script. Classes (role, location) carry what was learnt to programs that were never seen. Both are words
in one bag, hashed; a chain's words weigh 1 / √count, so that long chains and command lines do not win by length.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.domain.arrays import Floats32, Ints, Ints32
from engine.domain.chains import ChainCorpus
from engine.domain.distinct import distinct
from engine.domain.processes import Privilege, ProcessTable
from engine.knowledge import PARTS, PathKnowledge, location_class, prior_parts, zone
from engine.knowledge.roles import Role
from engine.paths import basename
from engine.rules.rule import RuleSet
from engine.verdicts.shapes import Shapes
from engine.words.command_line import token
from engine.words.embedding import words_of

VERSION = 1
"""Raise it when other features come of the same chains and processes: what workspaces have kept is then made anew. A test
compares the features of a simulated fleet with those of this version."""
BINS = 1 << 16
LINES = 16
"""Different command lines of a chain that count. A service that ran a million different ones is told by any sixteen."""
BLOCK = 1 << 16
"""Chains at a time: 64 thousand take some 100 MB while their words are put in order."""
NUMBERS = (*(f"prior: {part}" for part in PARTS), "suspect share", "riskiest above", "length", "highest privilege")
_MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class ChainFeatures:
    """What the learners see of c chains: hashed words, a few numbers, shapes."""

    start: Ints
    """[c + 1] where each chain's words begin in `words`."""
    words: Ints32
    """[t] bins below BINS, ascending within a chain, each once."""
    numbers: Floats32
    """[c, len(NUMBERS)] about 0 … 1."""
    shapes: Shapes

    def __len__(self) -> int:
        return len(self.start) - 1

    @classmethod
    def of(cls, corpus: ChainCorpus, table: ProcessTable, rules: RuleSet | None = None) -> ChainFeatures:
        """Features of every chain; `rules` of the detector make names that differ in a version the same word."""
        shapes = Shapes.of(corpus, rules)
        steps = shapes.steps[shapes.of_chain]
        words = PathWords.of(shapes.paths)
        lines = _lines(corpus, table)
        privilege = np.zeros(len(corpus), dtype=np.int8)
        has = table.chain >= 0
        np.maximum.at(privilege, table.chain[has], table.privilege[has])
        sizes, flat = [np.zeros(1, np.int64)], [np.zeros(0, np.int32)]
        for begin in range(0, len(corpus), BLOCK):
            rows = np.arange(begin, min(begin + BLOCK, len(corpus)))
            owner, found = _block(words, steps[rows], corpus.lengths[rows], table, lines, rows, privilege[rows])
            pairs = distinct(owner * BINS + found)
            sizes.append(np.bincount(pairs // BINS, minlength=len(rows)))
            flat.append((pairs % BINS).astype(np.int32))
        start = np.cumsum(np.concatenate(sizes))
        return cls(start, np.concatenate(flat), numbers_of(words.knowledge, steps, corpus.lengths, privilege), shapes)

    def matrix(self, rows: Ints) -> Any:
        """[m, BINS + numbers] scipy CSR of some chains."""
        from scipy.sparse import csr_matrix, hstack  # type: ignore[import-untyped]

        sizes = self.start[rows + 1] - self.start[rows]
        begin = np.cumsum(sizes) - sizes
        at = np.repeat(self.start[rows] - begin, sizes) + np.arange(int(sizes.sum()))
        amount = np.repeat(1 / np.sqrt(np.maximum(sizes, 1)), sizes)
        words = csr_matrix((amount, self.words[at], np.append(begin, sizes.sum())), shape=(len(rows), BINS))
        return hstack([words, csr_matrix(self.numbers[rows].astype(np.float64))], format="csr")


@dataclass(frozen=True, slots=True)
class PathWords:
    """Of each path: its words, its name and its classes as numbers, before they are told apart by their place."""

    knowledge: PathKnowledge
    start: Ints
    """[p + 1]"""
    words: Ints
    """[t] numbers of the last three words of each path."""
    name: Ints
    """[p] number of the file name."""
    whole: Ints
    """[p] number of the whole path."""
    role: Ints
    zone: Ints

    @classmethod
    def of(cls, paths: Sequence[str]) -> PathWords:
        """The numbers of `paths`; each path is read once, however many chains hold it."""
        knowledge = PathKnowledge.of(paths)
        lists = [[token(word) for word in words_of(path)[-3:]] for path in paths]
        return cls(
            knowledge=knowledge,
            start=np.cumsum([0, *map(len, lists)]).astype(np.int64),
            words=np.array([word for row in lists for word in row], dtype=np.int64),
            name=np.array([token(f"name {basename(path)}") for path in paths], dtype=np.int64),
            whole=np.array([token(f"path {path}") for path in paths], dtype=np.int64),
            role=np.array([token(f"role {Role(kind).name}") for kind in knowledge.role.tolist()], dtype=np.int64),
            zone=np.array([token(f"zone {zone(location_class(path)).name}") for path in paths], dtype=np.int64),
        )


def mixed(place: str, *numbers: Ints) -> Ints:
    """Bins of words in a place: the same word of the leaf and of its parent are two. Fixed arithmetic, no salt."""
    out = np.full(numbers[0].shape, token(place), dtype=np.uint64)
    for number in numbers:
        out = (out ^ (number.astype(np.uint64) + _MIX + (out << np.uint64(6)) + (out >> np.uint64(2)))) * _MIX
    return ((out >> np.uint64(40)) % np.uint64(BINS)).astype(np.int64)


def _block(
    words: PathWords, steps: Ints32, lengths: Ints32, table: ProcessTable, lines: tuple[Ints, Ints], rows: Ints, privilege: Any
) -> tuple[Ints, Ints]:
    """Pairs (chain of the block, bin)."""
    every = np.arange(len(steps))
    found: list[tuple[Ints, Ints]] = []
    back = [np.where(lengths > by, steps[every, np.maximum(lengths - 1 - by, 0)], -1).astype(np.int64) for by in range(3)]
    for place, at in zip(("leaf", "parent", "grand"), back, strict=True):
        here = np.flatnonzero(at >= 0)
        path = at[here]
        found += [(here, mixed(f"{place} {kind}", getattr(words, kind)[path])) for kind in ("name", "role", "zone")]
        found.append((here, mixed(f"{place} class", words.role[path], words.zone[path])))
        if place != "grand":
            sizes = words.start[path + 1] - words.start[path]
            inside = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
            owner = np.repeat(here, sizes)
            found.append((owner, mixed(f"{place} word", words.words[np.repeat(words.start[path], sizes) + inside])))
            found.append((here, mixed(f"{place} path", words.whole[path])))
    both = np.flatnonzero(back[1] >= 0)
    for kind in ("name", "role"):
        column = getattr(words, kind)
        found.append((both, mixed(f"pair {kind}", column[back[1][both]], column[back[0][both]])))
    found += _ways(words, steps)
    found += [(every, mixed("privilege", privilege.astype(np.int64)))]
    found += [_command_words(table, lines, rows)]
    return np.concatenate([owner for owner, _ in found]), np.concatenate([number for _, number in found])


def _ways(words: PathWords, steps: Ints32) -> Iterable[tuple[Ints, Ints]]:
    """The way from the root to each step: what a malicious process starts is under it. And each name anywhere above."""
    way = np.zeros(len(steps), dtype=np.int64)
    for place in range(steps.shape[1]):
        here = np.flatnonzero(steps[:, place] >= 0)
        if not len(here):
            return
        path = steps[here, place].astype(np.int64)
        way[here] = mixed("way", way[here] + place, words.whole[path])
        yield here, way[here]
        yield here, mixed("above", words.name[path])


def _command_words(table: ProcessTable, lines: tuple[Ints, Ints], rows: Ints) -> tuple[Ints, Ints]:
    """Words of up to LINES different command lines of each chain."""
    chain, line = lines
    begin, end = np.searchsorted(chain, [rows[0], rows[-1] + 1]) if len(rows) else (0, 0)
    owner, word = table.commands.take(line[begin:end])
    return chain[begin:end][owner] - rows[0], mixed("command", word.astype(np.int64))


def _lines(corpus: ChainCorpus, table: ProcessTable) -> tuple[Ints, Ints]:
    """Pairs (chain, command line), at most LINES a chain, chains ascending."""
    with_line = np.flatnonzero((table.chain >= 0) & (table.command >= 0))
    pairs = distinct(table.chain[with_line].astype(np.int64) * max(len(table.commands), 1) + table.command[with_line])
    chain, line = np.divmod(pairs, max(len(table.commands), 1))
    nth = np.arange(len(chain)) - np.searchsorted(chain, chain)
    return chain[nth < LINES], line[nth < LINES]


def numbers_of(knowledge: PathKnowledge, steps: Ints32, lengths: Ints32, privilege: Any) -> Floats32:
    """[n, NUMBERS] of chains over the known paths."""
    suspect = np.append(knowledge.suspect, False)[steps].sum(axis=1) / (lengths + 2)
    last = np.arange(steps.shape[1]) == (lengths - 1)[:, None]
    above = np.where(last, 0.0, np.append(knowledge.risk, 0.0)[steps]).max(axis=1)
    further = np.stack([suspect, above, lengths / steps.shape[1], privilege / max(Privilege)], axis=1)
    return np.hstack([prior_parts(steps, lengths, knowledge), further]).astype(np.float32)
