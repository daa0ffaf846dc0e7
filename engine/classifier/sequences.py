"""Chains as the LSTM reads them: at most 10 steps, root first, padded at the end, nothing dropped.

A step is known by FastText's vector of its path, by classes (role, trust zone, risk, contradiction of name and place), by how
high the detector's error is there, and the last one by the words of its command lines; as an option by hashes of path and name
for learnt embeddings. There is no closed vocabulary, so an executable that training never saw is a step like any other:
`[xz9, bash, sshd]` keeps its three steps, where the published code read `[bash, sshd]`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from engine.domain.arrays import Floats32, Ints, Ints32
from engine.domain.chains import ChainCorpus
from engine.domain.mixing import mixed
from engine.domain.records import MAX_STEPS
from engine.knowledge import ROLE_SLOTS, PathKnowledge, Zone, location_class, zone
from engine.paths import basename
from engine.rules.rule import RuleSet
from engine.verdicts.features import BINS, NUMBERS, VariantFeatures, numbers_of
from engine.verdicts.shapes import Masks
from engine.words.command_line import token

BUCKETS = 1 << 13
"""Rows of an embedding; 0 is padding."""
CLASSES = ROLE_SLOTS + len(Zone) + 3
COMMAND = 32
"""Numbers of a command line. Eight more or less change little; one for each word would be learnt by heart."""
WORDS_AT_ONCE = 1 << 18


@dataclass(frozen=True, slots=True)
class SequenceSet:
    """n chains as sequences of p different paths, without the counts and hosts of a corpus."""

    paths: tuple[str, ...]
    steps: Ints32
    """[n, MAX_STEPS] indices into the paths, root first, -1 behind the end."""
    lengths: Ints32

    def __len__(self) -> int:
        return len(self.steps)

    @classmethod
    def of_corpus(cls, corpus: ChainCorpus, rules: RuleSet) -> SequenceSet:
        """A corpus's chains in their shapes: versions and the like are no news."""
        masks = Masks.of(rules)
        return cls(tuple(masks.path(path) for path in corpus.paths), corpus.steps, corpus.lengths)

    @classmethod
    def of_chains(cls, chains: Sequence[Sequence[str]], rules: RuleSet) -> SequenceSet:
        """Chains of texts, root first; longer ones lose their beginning, as chains of a corpus do. Empty ones are not allowed."""
        masks = Masks.of(rules)
        number: dict[str, int] = {}
        steps = np.full((len(chains), MAX_STEPS), -1, dtype=np.int32)
        for row, chain in enumerate(chains):
            kept = [number.setdefault(path, len(number)) for path in chain[-MAX_STEPS:]]
            steps[row, : len(kept)] = kept
        return cls(tuple(masks.path(path) for path in number), steps, (steps >= 0).sum(axis=1).astype(np.int32))

    def part(self, rows: Ints) -> SequenceSet:
        """The chains of some rows only, over the same paths."""
        return SequenceSet(self.paths, self.steps[rows], self.lengths[rows])

    def with_(self, other: SequenceSet) -> SequenceSet:
        """These chains and behind them those of another set, over the paths of both."""
        moved = np.where(other.steps >= 0, other.steps + len(self.paths), -1).astype(np.int32)
        return SequenceSet(
            self.paths + other.paths, np.concatenate([self.steps, moved]), np.concatenate([self.lengths, other.lengths])
        )


@dataclass(frozen=True, slots=True)
class CaseInputs:
    """What is known of n sequences of a case beside their paths."""

    command: Floats32
    """[n, COMMAND] of the last step's command lines and privilege; zeros where nothing is known."""
    errors: Floats32
    """[n, MAX_STEPS] engine.verdicts.signals.ChainSignals"""

    @classmethod
    def of(cls, features: VariantFeatures, rows: Ints) -> CaseInputs:
        """Of some variants."""
        sizes = features.own.sizes()[rows]
        owner = np.repeat(np.arange(len(rows)), sizes)
        inside = np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        word = features.own.words[np.repeat(features.own.start[rows], sizes) + inside]
        command = np.zeros((len(rows), COMMAND), dtype=np.float32)
        signs = _signs()
        for begin in range(0, len(word), WORDS_AT_ONCE):
            part = slice(begin, begin + WORDS_AT_ONCE)
            np.add.at(command, owner[part], signs[word[part]])
        command /= np.sqrt(np.maximum(sizes, 1) * COMMAND)[:, None].astype(np.float32)
        return cls(command, features.errors[features.chain[rows]])

    @classmethod
    def unknown(cls, count: int) -> CaseInputs:
        """Of sequences that are of no case."""
        return cls(np.zeros((count, COMMAND), np.float32), np.zeros((count, MAX_STEPS), np.float32))

    def part(self, rows: Ints) -> CaseInputs:
        """Of some of them."""
        return CaseInputs(self.command[rows], self.errors[rows])


@cache
def _signs() -> Floats32:
    """[BINS, COMMAND] a fixed ±1 for each word and number: a random projection (Achlioptas, 2003) without stored weights.

    Made by arithmetic and not by a generator, whose stream another version of numpy may change.
    """
    number = mixed(np.arange(BINS * COMMAND, dtype=np.uint64), np.uint64(0x9E3779B97F4A7C15))
    bit = (number >> np.uint64(63)).astype(np.float32)
    return (2 * bit - 1).reshape(BINS, COMMAND)


@dataclass(frozen=True, slots=True)
class Inputs:
    """What is known of p paths, and of n chains."""

    names: Ints
    """[p + 1] bucket of each name, the last 0: steps of -1 are padding."""
    paths: Ints
    classes: Floats32
    """[p + 1, CLASSES]"""
    numbers: Floats32
    """[n, NUMBERS]; the privilege is left out (0), synthetic chains have none."""

    @classmethod
    def of(cls, chains: SequenceSet, *, names_only: bool) -> Inputs:
        """`names_only`: data without directories; classes then come from the names alone."""
        paths = tuple(basename(path) or path for path in chains.paths) if names_only else chains.paths
        knowledge = PathKnowledge.of(paths)
        zones = np.array([zone(location_class(path)) for path in paths], dtype=np.int64)
        classes = np.hstack(
            [
                np.eye(ROLE_SLOTS)[knowledge.role.astype(np.int64)], np.eye(len(Zone))[zones],
                np.stack([knowledge.risk, knowledge.contradiction, knowledge.suspect], axis=1),
            ]
        )  # fmt: skip
        return cls(
            names=np.array([*(1 + token(f"name {basename(path)}") % (BUCKETS - 1) for path in paths), 0], dtype=np.int64),
            paths=np.array([*(1 + token(f"path {path}") % (BUCKETS - 1) for path in paths), 0], dtype=np.int64),
            classes=np.vstack([classes, np.zeros((1, CLASSES))]).astype(np.float32),
            numbers=numbers_of(knowledge, chains.steps, chains.lengths, np.zeros(len(chains), np.int8)),
        )

    @property
    def width(self) -> int:
        """How many numbers one chain is to the network, besides its words."""
        return len(NUMBERS)
