"""What the learners see of a variant: hashed identities and classes, and a few numbers. No vocabulary, so no unknown words.

Identities (names, paths, pairs, the way down from the root, words of command lines) learn fast from few labels: the same
script is the same script. Classes (role, location) carry what was learnt to programs that were never seen. Both are words
in one bag, hashed; a variant's words weigh 1 / √count, so that long chains and command lines do not win by length.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import Floats, Floats32, Ints, Ints8, Ints32
from engine.domain.chains import ChainCorpus
from engine.domain.distinct import distinct
from engine.domain.processes import Privilege, ProcessTable
from engine.findings.alike import programs_of
from engine.knowledge import PARTS, PathKnowledge, location_class, prior_parts, zone
from engine.knowledge.roles import Role
from engine.paths import basename
from engine.rules.rule import RuleSet
from engine.verdicts.shapes import Shapes
from engine.verdicts.signals import ChainSignals
from engine.verdicts.variants import ChainVariants
from engine.words.command_line import token
from engine.words.embedding import words_of

VERSION = 5
"""Raise it when other features come of the same chains and processes: what workspaces have kept is then made anew. A test
compares the features of a simulated fleet with those of this version."""
BINS = 1 << 16
LINES = 16
"""Different command lines of a variant that count: they differ in what was filled in only, but for those of the last variant of a
chain of very many (engine.verdicts.variants.REST)."""
BLOCK = 1 << 16
"""Chains at a time: 64 thousand take some 100 MB while their words are put in order."""
NUMBERS = (*(f"prior: {part}" for part in PARTS), "suspect share", "riskiest above", "length", "highest privilege")
"""Of every chain, synthetic ones too; the signals of the detector come behind them."""
Bins = npt.NDArray[np.uint16]
_MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Bags:
    """Bags of words, one after the other."""

    start: Ints
    """[m + 1] where each begins in `words`."""
    words: Bins
    """[t] bins below BINS, ascending within a bag, each once."""

    def __len__(self) -> int:
        return len(self.start) - 1

    def sizes(self) -> Ints:
        """[m] words in each."""
        return np.diff(self.start)

    def sums(self, weights: Floats, block: int) -> Floats:
        """[m] what the words of each weigh, so many bags at a time."""
        out = np.zeros(len(self))
        for begin in range(0, len(self), block):
            end = min(begin + block, len(self))
            edges = self.start[begin : end + 1]
            rows = np.flatnonzero(np.diff(edges))  # each sum for itself: equal bags weigh the same to the last bit
            if len(rows):
                out[begin + rows] = np.add.reduceat(weights[self.words[edges[0] : edges[-1]]], edges[rows] - edges[0])
        return out

    @classmethod
    def of(cls, owner: Ints, word: Ints, bags: int) -> Bags:
        """From pairs (bag, bin) in any order, some of them twice."""
        pairs = distinct(owner * BINS + word)
        sizes = np.bincount(pairs // BINS, minlength=bags)
        return cls(np.append(0, np.cumsum(sizes)), (pairs % BINS).astype(np.uint16))

    @classmethod
    def together(cls, parts: Sequence[Bags]) -> Bags:
        """One after the other."""
        sizes = [np.zeros(1, np.int64), *(part.sizes() for part in parts)]
        return cls(np.cumsum(np.concatenate(sizes)), np.concatenate([np.zeros(0, np.uint16), *(part.words for part in parts)]))


@dataclass(frozen=True, slots=True)
class VariantFeatures:
    """What the learners see of the v variants of c chains: hashed words, a few numbers, shapes.

    What a chain's steps say is kept once for all of its variants.
    """

    chain: Ints32
    """[v] row of each variant's chain."""
    steps: Bags
    """[c] words of each chain's steps."""
    own: Bags
    """[v] words of each variant's command lines and privilege."""
    numbers: Floats32
    """[c, len(NUMBERS) - 1 + signals] about 0 … 1; the surprise of each signal behind the others."""
    privilege: Ints8
    """[v] the highest (Privilege); as a share of the highest there is, the last number."""
    shapes: Shapes
    """Of the chains."""
    programs: Ints
    """[c] numbers of the file names of each chain's steps (engine.findings.alike.programs_of)."""
    errors: Floats32
    """[c, MAX_STEPS] how high each step's error is (engine.verdicts.signals)."""

    def __len__(self) -> int:
        return len(self.chain)

    @classmethod
    def of(
        cls, corpus: ChainCorpus, table: ProcessTable, variants: ChainVariants, rules: RuleSet | None = None,
        signals: ChainSignals | None = None,
    ) -> VariantFeatures:  # fmt: skip
        """Features of every variant; `rules` of the detector make names that differ in a version the same word. signals: what it
        says of the chains.
        """
        shapes = Shapes.of(corpus, rules)
        steps = shapes.steps[shapes.of_chain]
        words = PathWords.of(shapes.paths)
        parts = []
        for begin in range(0, len(corpus), BLOCK):
            rows = np.arange(begin, min(begin + BLOCK, len(corpus)))
            parts.append(Bags.of(*_block(words, steps[rows], corpus.lengths[rows]), len(rows)))
        numbers = numbers_of(words.knowledge, steps, corpus.lengths, np.zeros(len(corpus), np.int8))[:, :-1]
        told = signals or ChainSignals.unknown(len(corpus))
        numbers = np.hstack([numbers, told.surprise])
        own, privilege = _own(table, variants)
        return cls(variants.chain, Bags.together(parts), own, numbers, privilege, shapes, programs_of(corpus), told.errors)

    def sizes(self) -> Ints:
        """[v] words of each variant, those of its chain among them."""
        return self.steps.sizes()[self.chain] + self.own.sizes()

    def matrix(self, rows: Ints) -> Any:
        """[m, BINS + numbers] scipy CSR of some variants."""
        from scipy.sparse import csr_matrix, hstack  # type: ignore[import-untyped]

        chain = self.chain[rows].astype(np.int64)
        parts = [_taken(self.steps, chain), _taken(self.own, rows)]
        owner, word = (np.concatenate([part[at] for part in parts]) for at in range(2))
        amount = 1 / np.sqrt(np.maximum(self.sizes()[rows], 1))
        words = csr_matrix((amount[owner], (owner, word)), shape=(len(rows), BINS))
        return hstack([words, csr_matrix(self._numbers(rows))], format="csr")

    def log_odds(self, weights: Floats, bias: float, block: int) -> Floats:
        """[v] weights · features + bias of every variant, without ever making the matrix of all."""
        words, numbers = weights[:BINS], weights[BINS:]
        total = self.steps.sums(words, block)[self.chain] + self.own.sums(words, block)
        total /= np.sqrt(np.maximum(self.sizes(), 1))
        of_chain = np.zeros(len(self.numbers))
        for column, weight in zip(self.numbers.T, numbers[:-1].tolist(), strict=True):
            of_chain += column * weight
        return np.asarray(total + of_chain[self.chain] + self.privilege / max(Privilege) * numbers[-1] + bias)

    def _numbers(self, rows: Ints) -> Floats:
        own = self.privilege[rows] / max(Privilege)
        return np.column_stack([self.numbers[self.chain[rows]].astype(np.float64), own])


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


def _block(words: PathWords, steps: Ints32, lengths: Ints32) -> tuple[Ints, Ints]:
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


def _own(table: ProcessTable, variants: ChainVariants) -> tuple[Bags, Ints8]:
    """What tells the variants of a chain apart: [v] words of up to LINES different command lines of each, [v] highest
    privilege.
    """
    there = (table.chain >= 0) & (table.recorded > 0)
    width, levels = len(table.commands) + 1, max(Privilege) + 1
    line = table.command[there].astype(np.int64) + 1  # 0: none
    seen = distinct((table.chain[there].astype(np.int64) * width + line) * levels + table.privilege[there])
    pair, level = np.divmod(seen, levels)
    chain, line = np.divmod(pair, width)
    shapes = np.zeros(width, dtype=np.int64) if table.commands.shape is None else np.append(0, table.commands.shape)
    row = variants.of_processes(chain, shapes[line])
    privilege = np.zeros(len(variants), dtype=np.int8)
    np.maximum.at(privilege, row, level.astype(np.int8))
    variant, line = np.divmod(distinct(row[line > 0] * width + line[line > 0] - 1), width)
    few = np.arange(len(variant)) - np.searchsorted(variant, variant) < LINES
    variant, line = variant[few], line[few]
    parts = []
    for begin in range(0, len(variants), BLOCK):
        end = min(begin + BLOCK, len(variants))
        part = slice(*np.searchsorted(variant, [begin, end]))
        owner, word = table.commands.take(line[part])
        every = np.arange(end - begin)
        level = mixed("privilege", privilege[begin:end].astype(np.int64))
        owners = np.concatenate([variant[part][owner] - begin, every])
        parts.append(Bags.of(owners, np.concatenate([mixed("command", word.astype(np.int64)), level]), len(every)))
    return Bags.together(parts), privilege


def _taken(bags: Bags, rows: Ints) -> tuple[Ints, Bins]:
    """[t] place in `rows`, [t] word of some bags, one after the other."""
    sizes = bags.start[rows + 1] - bags.start[rows]
    owner = np.repeat(np.arange(len(rows)), sizes)
    inside = np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return owner, bags.words[np.repeat(bags.start[rows], sizes) + inside]


def numbers_of(knowledge: PathKnowledge, steps: Ints32, lengths: Ints32, privilege: Any) -> Floats32:
    """[n, NUMBERS] of chains over the known paths."""
    suspect = np.append(knowledge.suspect, False)[steps].sum(axis=1) / (lengths + 2)
    last = np.arange(steps.shape[1]) == (lengths - 1)[:, None]
    above = np.where(last, 0.0, np.append(knowledge.risk, 0.0)[steps]).max(axis=1)
    further = np.stack([suspect, above, lengths / steps.shape[1], privilege / max(Privilege)], axis=1)
    return np.hstack([prior_parts(steps, lengths, knowledge), further]).astype(np.float32)
