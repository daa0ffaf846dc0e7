"""What rules do to paths: counts before and after, reduction, words met once, and whether it carries over to other hosts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from engine.progress import Run
from engine.rules.apply import Normaliser, parts_of
from engine.rules.rule import RuleSet

BATCH = 20_000
"""Paths between two looks at the token."""


@dataclass(frozen=True, slots=True)
class Reduction:
    """Unique paths and words before and after."""

    paths_before: int
    paths_after: int
    words_before: int
    words_after: int
    hapax_before: float
    """Share of the unique words that are in one unique path only."""
    hapax_after: float
    changed: int
    """Unique words that a rule changed."""
    kept_back: int
    """Paths whose directories stayed because the rules would have moved them to another location."""

    @property
    def path_factor(self) -> float:
        """How many times fewer unique paths."""
        return self.paths_before / max(self.paths_after, 1)

    @property
    def word_factor(self) -> float:
        """How many times fewer unique words."""
        return self.words_before / max(self.words_after, 1)

    @property
    def coverage(self) -> float:
        """Share of the unique words that a rule changed."""
        return self.changed / max(self.words_before, 1)

    def to_dict(self) -> dict[str, Any]:
        """As a dict for JSON, both factors included."""
        return asdict(self) | {"path_factor": self.path_factor, "word_factor": self.word_factor, "coverage": self.coverage}


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Rules learnt on half of the hosts, applied to paths that are on the other half only."""

    learnt_from: int
    """Unique paths of the first half."""
    applied_to: int
    """Unique paths that only the second half has."""
    path_factor: float
    word_factor: float
    path_factor_all: float
    """The same paths under rules learnt from all hosts: what could have been had."""
    word_factor_all: float
    unknown_before: float
    """Share of the unique words of the second half that the first half does not have."""
    unknown_after: float

    def to_dict(self) -> dict[str, Any]:
        """As a dict for JSON."""
        return asdict(self)


def reduction(paths: Sequence[str], rules: RuleSet, run: Run = Run()) -> Reduction:
    """How far the rules reduce some paths: applied once, and counted."""
    normaliser = Normaliser(rules)
    after: set[str] = set()
    changed: set[str] = set()
    words: Counter[str] = Counter()
    new_words: Counter[str] = Counter()
    kept = 0
    for start in range(0, len(paths), BATCH):
        run.raise_if_cancelled()
        for path in paths[start : start + BATCH]:
            made = normaliser.applied(path)
            kept += made.kept_back
            old = parts_of(path)[0]
            words.update(set(old))
            if made.path not in after:
                after.add(made.path)
                new_words.update(set(parts_of(made.path)[0]))
            if made.path != path:
                changed.update(one for one, two in zip(old, parts_of(made.path)[0], strict=True) if one != two)
    for counter in (words, new_words):
        counter.pop("", None)
    return Reduction(
        len(set(paths)), len(after), len(words), len(new_words), _hapax(words), _hapax(new_words), len(changed), kept
    )


def _hapax(words: Counter[str]) -> float:
    return sum(count == 1 for count in words.values()) / max(len(words), 1)


def held_out(first: Sequence[str], second: Sequence[str], half_rules: RuleSet, all_rules: RuleSet) -> HeldOut:
    """Compare. `first`: paths of the hosts that `half_rules` were learnt from; `second`: paths of the others."""
    known = set(first)
    fresh = [path for path in second if path not in known]
    half, whole = reduction(fresh, half_rules), reduction(fresh, all_rules)
    return HeldOut(
        len(first), len(fresh), half.path_factor, half.word_factor, whole.path_factor, whole.word_factor,
        unknown_share(first, fresh), unknown_share(Normaliser(half_rules).paths(first), Normaliser(half_rules).paths(fresh)),
    )  # fmt: skip


def unknown_share(known: Sequence[str], fresh: Sequence[str]) -> float:
    """Share of the unique words of `fresh` that `known` does not have; 0 for no words."""
    old = {word for path in known for word in parts_of(path)[0]}
    new = {word for path in fresh for word in parts_of(path)[0]} - {""}
    return len(new - old) / max(len(new), 1)
