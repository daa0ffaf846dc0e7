r"""Shapes: variants that differ only in what machines filled in are one shape, and a verdict on one counts for all.

A step's shape is its path with versions, UUIDs, SIDs, hex, dates, users, numbers replaced by placeholders: first by the rules
of the case's detector (engine.rules), then by the kinds that are recognised anywhere. The guards of rules hold here too:
a path never changes its location class, so shapes do not cross trust zones, and misspelt system programs stay apart.
Of a variant both count, its chain's shape and that of its command line (engine.words.command_shape).
One thing is stricter than in rules: a file name of which nothing would be left is kept where users can write. The random
name there is what a responder looks at, and one harmless `temp\8f3a91c2.exe` does not clear the next one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from engine.domain.arrays import Ints, Ints32
from engine.domain.chains import ChainCorpus
from engine.knowledge.locations import Zone, location_class, zone
from engine.lineage.chainset import chain_keys
from engine.rules.apply import Normaliser, parts_of
from engine.rules.kinds import PROBES
from engine.rules.language.expression import MARKS
from engine.rules.rule import Rule, RuleSet, State
from engine.verdicts.variants import ChainVariants

_MARK = re.compile("<(?:" + "|".join(MARKS) + ")>")
_EXTENSION = re.compile(r"\.[a-z]{1,4}\Z")
_PROTECTED = frozenset({Zone.SYSTEM, Zone.PROGRAM_FILES})
"""Where only installers write: there even a name that is nothing but a number is the product's."""


@cache
def general_rules() -> RuleSet:
    """The kinds of variable parts that are recognised anywhere (engine.rules.kinds), as wide as they go."""
    rules = [
        Rule(kind.probe, kind.replacement, kind.name, kind.position, under=kind.under, state=State.ACCEPTED) for kind in PROBES
    ]
    return RuleSet.of(rules)


@dataclass(slots=True)
class Masks:
    """Paths to their shapes; remembers words, so keep one for many paths."""

    own: Normaliser
    general: Normaliser

    @classmethod
    def of(cls, rules: RuleSet) -> Masks:
        """With the accepted rules of a detector; an empty set where it has none."""
        return cls(Normaliser(rules), Normaliser(general_rules()))

    def path(self, path: str) -> str:
        """The shape of one path."""
        learnt = self.own.path(path) if len(self.own.rules) else path
        made = self.general.path(learnt)
        if made == path or zone(location_class(path)) in _PROTECTED or not _nameless(made):
            return made
        parts, separator = parts_of(made)
        kept = separator.join([*parts[:-1], parts_of(path)[0][-1]])
        # The old name may look different in its new surroundings; then nothing is masked at all.
        return kept if location_class(kept) is location_class(path) else path


def _nameless(path: str) -> bool:
    """Whether nothing of the file name is left but placeholders."""
    name = _EXTENSION.sub("", parts_of(path)[0][-1])
    return bool(_MARK.search(name)) and not any(char.isalpha() for char in _MARK.sub("", name))


@dataclass(frozen=True, slots=True)
class Shapes:
    """The shapes of a corpus's chains. c chains, s different shapes."""

    paths: tuple[str, ...]
    """Different shapes of paths."""
    steps: Ints32
    """[s, MAX_STEPS] indices into `paths` of each shape, root first, padded with -1."""
    of_chain: Ints
    """[c] number of each chain's shape."""

    @classmethod
    def of(cls, corpus: ChainCorpus, rules: RuleSet | None = None) -> Shapes:
        """Shapes under the rules of a detector."""
        masks = Masks.of(rules or RuleSet())
        number: dict[str, int] = {}
        place = np.array([*(number.setdefault(masks.path(path), len(number)) for path in corpus.paths), -1], dtype=np.int32)
        steps = np.where(corpus.steps >= 0, place[corpus.steps], -1).astype(np.int32)
        # Rows as bytes: a hundred times faster than comparing columns of a million chains.
        packed = np.ascontiguousarray(steps).view(np.dtype((np.void, steps.dtype.itemsize * steps.shape[1]))).ravel()
        _, first, of_chain = np.unique(packed, return_index=True, return_inverse=True)
        return cls(tuple(number), steps[first], of_chain.astype(np.int64))

    def __len__(self) -> int:
        return len(self.steps)

    def keys(self, shapes: Ints | None = None) -> list[str]:
        """32 hex digits for each of some shapes (all: None), the same in every case and run (engine.lineage.chain_keys)."""
        return chain_keys(self.steps if shapes is None else self.steps[shapes], self.paths)

    def texts(self, shape: int) -> tuple[str, ...]:
        """Steps of a shape, root first."""
        return tuple(self.paths[step] for step in self.steps[shape].tolist() if step >= 0)


@dataclass(frozen=True, slots=True)
class VariantShapes:
    """The shapes of v variants: of the chain, and of the command line. k different ones."""

    of_variant: Ints
    """[v] number of each variant's shape."""
    chain: Ints
    """[k] shape of the chain (`Shapes`)."""
    command: Ints
    """[k] shape of the command line (engine.words.command_shape)."""

    @classmethod
    def of(cls, shapes: Shapes, variants: ChainVariants) -> VariantShapes:
        """Of all variants; what is not told apart (REST) has a shape like any other, and whoever acts on shapes leaves it out."""
        commands, command = np.unique(variants.shape, return_inverse=True)
        width = max(len(commands), 1)
        pairs, of_variant = np.unique(shapes.of_chain[variants.chain] * width + command, return_inverse=True)
        return cls(of_variant.astype(np.int64), pairs // width, commands[pairs % width])

    def __len__(self) -> int:
        return len(self.chain)

    def keys(self, shapes: Shapes, numbers: Ints | None = None) -> list[str]:
        """48 hex digits for each of some shapes (all: None): the chain's key, and the command line's shape."""
        chain, command = (self.chain, self.command) if numbers is None else (self.chain[numbers], self.command[numbers])
        different, inverse = np.unique(chain, return_inverse=True)
        keys = shapes.keys(different)
        return [variant_key(keys[at], shape) for at, shape in zip(inverse.tolist(), command.tolist(), strict=True)]


def variant_key(chain_key: str, command: int) -> str:
    """Key of a variant's shape: of its chain's and the number of its command line's."""
    return f"{chain_key}{command & (2**64 - 1):016x}"


def shape_key(steps: Sequence[str], masks: Masks) -> str:
    """The key of one chain's shape, given its steps' texts, root first."""
    made = [masks.path(step) for step in steps]
    return chain_keys(np.arange(len(made), dtype=np.int32)[None, :], tuple(made))[0]
