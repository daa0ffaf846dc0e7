"""The second paper's data, made anew: 6,000 normal and 6,000 abnormal sequences of plain names of Linux programs.

Line by line, what its repository says (README.md, classification.py and test.csv of amitsec-ai/lstm-abnormal-process; the article
beside it was not at hand) and what is made here:

    "Normal: 6000", "Abnormal: 6000"     as many of each (`EACH`)
    how they were made: nothing          normal ones are everyday work and housekeeping from templates of behaviours
    (the data is not in it)              (data/templates.toml); of the abnormal ones half are attack behaviours from templates
                                         and half are known names in an order that no system has (`RANDOM`). That there are
                                         random ones is told of the paper in this project's brief; how many is ours
    test.csv: ['curl', 'bash', …]        file names without folders, in lower case, of Linux alone
    test.csv: leaf first                 root first, as every chain here; a file may have either (engine.classifier.given)
    "max_sequence_length 10"             sequences of at most ten steps. Longer ones lose their beginning here; Keras' default
                                         (`truncating="pre"`) cuts the front of a leaf-first list: the process itself
    test.csv's ten sequences             never among what is taught (engine.classifier.published.recipe)

Ours as well: three of ten sequences of either class begin somewhere in the middle, as recorded ones do whose logs begin after the
processes above them; and random ones begin with systemd as often as the others. Else the first step gives the class away, and on
recorded chains, of which most begin with a shell there, the network is worse than chance with some seeds (docs/labels.md).

Names that nobody chose (`{random}` in the templates) are left out: a name that is met once teaches nothing of the next one.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache

from engine.classifier.synthetic.sequences import LINUX, NOTHING, Synthetic, abnormal, names_of, normal
from engine.classifier.synthetic.templates import MAYBE, program_sets, templates

EACH = 6000
RANDOM = 0.5
"""Of the abnormal sequences: known names in any order."""
SHORTEST, LONGEST = 2, 8
"""Steps of a random sequence."""
CHOSEN_BY_NOBODY = "{random}"
ROOT = "systemd"
BEGINS_LATER = 0.3
"""Of all sequences, whatever their class: their beginning is missing."""
_SPARE = 4
"""Templates are drawn so many times oftener than needed, at most: some sequences hold a name that nobody chose."""


def paper_set(seed: int, each: int = EACH, random_share: float = RANDOM) -> list[Synthetic]:
    """`each` normal and `each` abnormal sequences, root first; the same seed makes the same ones, in the same order."""
    chance = random.Random(f"paper {seed}")
    known, odd = set(known_names(LINUX)), round(each * random_share)
    everyday = _named(normal(_SPARE * each, NOTHING, (LINUX,), seed), known)[:each]
    attacks = _named(abnormal(_SPARE * (each - odd), NOTHING, (LINUX,), seed), known)[: each - odd]
    return [_cut(one, chance) for one in everyday + attacks] + [_jumbled(chance) for _ in range(odd)]


def _cut(one: Synthetic, chance: random.Random) -> Synthetic:
    """As recorded, or from somewhere in the middle on; two steps are left at least."""
    begin = chance.randint(1, len(one.steps) - 2) if len(one.steps) > 2 and chance.random() < BEGINS_LATER else 0
    return Synthetic(one.steps[begin:], one.abnormal, one.template)


def _jumbled(chance: random.Random) -> Synthetic:
    """Known names in any order, below the root as often as the others are."""
    names = known_names(LINUX)
    root = () if chance.random() < BEGINS_LATER else (ROOT,)
    return Synthetic((*root, *(chance.choice(names) for _ in range(chance.randint(SHORTEST, LONGEST)))), True, "random")


@cache
def known_names(system: str) -> tuple[str, ...]:
    """Every name that the templates of a system know, sorted."""
    sets = program_sets()
    used = {slot.name for normally in (True, False) for one in templates(system, normally) for slot in one.slots}
    found = {bare(name) for one in used for name in sets[one].names if CHOSEN_BY_NOBODY not in name}
    return tuple(sorted(found))


@cache
def neighbours(system: str) -> frozenset[tuple[str, str]]:
    """(parent, child) of all names that stand next to each other in some template; which way round a sequence is told by them."""
    sets = program_sets()
    found: set[tuple[str, str]] = set()
    for normally in (True, False):
        for template in templates(system, normally):
            for at, slot in enumerate(template.slots):
                for later in template.slots[at + 1 :]:
                    pairs = ((bare(one), bare(other)) for one in sets[slot.name].names for other in sets[later.name].names)
                    found.update(pair for pair in pairs if pair[0] != pair[1])
                    if later.often != MAYBE:
                        break
    return frozenset(found)


def bare(name: str) -> str:
    """As the network knows a name: lower case, without `.exe`."""
    return name.lower().removesuffix(".exe")


def _named(made: Sequence[Synthetic], known: set[str]) -> list[Synthetic]:
    return [plain for plain in map(names_of, made) if known.issuperset(plain.steps)]
