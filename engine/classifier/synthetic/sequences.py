"""Sequences made from templates and at random, with the case's own programs where it has them. Seeded."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.classifier.synthetic.templates import MAYBE, TWICE, ProgramSet, Template, program_sets, templates
from engine.domain.records import MAX_STEPS
from engine.paths import basename

LINUX, WINDOWS = "linux", "windows"
OWN = 0.7
"""How often a program of the case is taken where it has one of that name."""
AGAIN = 0.8
RANDOM_SHARE = 0.3
"""Of abnormal sequences: in an order that no system has. Templates helped more when both were measured."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True, slots=True)
class Synthetic:
    """One made-up chain, root first."""

    steps: tuple[str, ...]
    abnormal: bool
    template: str
    """Its name, "random" for none."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Programs of a case by file name, lower case."""

    by_name: dict[str, tuple[str, ...]]
    paths: tuple[str, ...]

    @classmethod
    def of(cls, paths: Iterable[str]) -> Vocabulary:
        """From folded paths, sorted, so that the order in which a case was read does not matter."""
        found: dict[str, list[str]] = {}
        every = sorted({path for path in paths if path})
        for path in every:
            found.setdefault(basename(path).lower(), []).append(path)
        return cls({name: tuple(some) for name, some in found.items()}, tuple(every))


NOTHING = Vocabulary({}, ())


def abnormal(count: int, vocabulary: Vocabulary, systems: Sequence[str], seed: int) -> list[Synthetic]:
    """Attack behaviours from templates, and random sequences."""
    chance = random.Random(f"abnormal {seed}")
    return [
        _random(vocabulary, chance) if vocabulary.paths and chance.random() < RANDOM_SHARE
        else _from(chance.choice(templates(chance.choice(list(systems)), normal=False)), vocabulary, chance)
        for _ in range(count)
    ]  # fmt: skip


def normal(count: int, vocabulary: Vocabulary, systems: Sequence[str], seed: int) -> list[Synthetic]:
    """Everyday behaviours from templates."""
    chance = random.Random(f"normal {seed}")
    return [_from(chance.choice(templates(chance.choice(list(systems)), normal=True)), vocabulary, chance) for _ in range(count)]


def names_of(one: Synthetic) -> Synthetic:
    """With file names instead of paths, without `.exe`: the published vocabulary."""
    return Synthetic(tuple(basename(step).removesuffix(".exe") for step in one.steps), one.abnormal, one.template)


def _from(template: Template, vocabulary: Vocabulary, chance: random.Random) -> Synthetic:
    steps: list[str] = []
    before = ""
    for slot in template.slots:
        times = chance.choice((0, 1)) if slot.often == MAYBE else chance.choice((1, 1, 2)) if slot.often == TWICE else 1
        for _ in range(times):
            # Workers, sessions and renderers are mostly the program that started them, once more.
            again = slot.name == before and chance.random() < AGAIN
            steps.append(steps[-1] if again else _program(program_sets()[slot.name], vocabulary, chance))
            before = slot.name
    return Synthetic(tuple(steps[-MAX_STEPS:]), not template.normal, template.name)


def _program(some: ProgramSet, vocabulary: Vocabulary, chance: random.Random) -> str:
    own = [path for name in some.names for path in vocabulary.by_name.get(name, ())]
    if own and chance.random() < OWN:
        return chance.choice(own)
    made = chance.choice(some.folders) + chance.choice(some.names)
    while "{random}" in made:
        made = made.replace("{random}", "".join(chance.choice(_LETTERS) for _ in range(chance.randint(5, 9))), 1)
    return made


def _random(vocabulary: Vocabulary, chance: random.Random) -> Synthetic:
    """Programs of the case in any order."""
    return Synthetic(tuple(chance.choice(vocabulary.paths) for _ in range(chance.randint(2, 8))), True, "random")
