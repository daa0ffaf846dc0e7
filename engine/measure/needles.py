"""Needles: one small recorded attack planted into everyday life that somebody else recorded.

A labelled recording of an attack is mostly attack: a third of its chains, where a host of an estate has one in thousands. Its
background is a laboratory's. So each attack is also ranked among the chains of a host that nobody attacked.

    haystack   the background of a source on one system; of a source that was never attacked, of each of its files; none of a
               source that holds more attack than background
    needle     the attack processes of one file, at most MOST; of a larger file each tree of an intrusion that its labels name

Every needle goes into every haystack of its system that another source recorded, and into the baseline part of its own case. The
detector has seen neither source (setting C).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.domain.arrays import Ints
from engine.domain.processes import ProcessTable
from engine.measure.settings import LabelledProcesses, Trial
from engine.measure.whole import trees_of

MOST = 60
"""Attack processes of a needle."""
LEAST = 30
"""Background processes of a haystack."""
NEEDLES = "needles"
"""The setting; each of its trials is of "needles in" a haystack's source."""


@dataclass(frozen=True, slots=True)
class Pile:
    """Some labelled processes of one source and system: a needle, or a haystack."""

    name: str
    source: str
    windows: bool
    positions: Ints
    """Into LabelledProcesses."""
    case: str = ""
    """Of a needle: whose baseline part it may go into. Of a haystack: whose baseline part it is."""


def needles(known: LabelledProcesses, table: ProcessTable) -> list[Pile]:
    """By source and name."""
    found = []
    for positions in _by(known, np.flatnonzero(known.label == 1), known.file):
        if len(positions) <= MOST:
            found.append(_pile(known, str(known.file[positions[0]]), positions))
            continue
        told = positions[known.intrusion[positions] != ""]
        number = np.unique(known.intrusion[told], return_inverse=True)[1].astype(np.int64)
        tree = trees_of(number, known.index[told], table)
        trees = [told[tree == one] for one in range(int(tree.max(initial=-1)) + 1)]
        found += [_pile(known, f"{known.intrusion[one[0]]} {at}", one) for at, one in enumerate(trees, 1) if len(one) <= MOST]
    return sorted(found, key=lambda pile: (pile.source, pile.windows, pile.name))


def haystacks(known: LabelledProcesses) -> list[Pile]:
    """By source and name; baseline parts of cases, which only needles of the same case go into, last."""
    everyday = np.flatnonzero(known.label == 0)
    attacks = Counter(known.source[known.label == 1].tolist())
    found = []
    for positions in _by(known, everyday, known.source):
        source = str(known.source[positions[0]])
        if attacks[source] >= len(positions):
            continue  # a collection of attacks: what else is in it is their surroundings
        parts = [positions] if source in attacks else list(_by(known, positions, known.file))
        found += [_pile(known, source if len(parts) == 1 else str(known.file[part[0]]), part) for part in parts]
    own = _by(known, np.flatnonzero((known.label == 0) & known.baseline), known.case)
    found += [_pile(known, str(known.case[part[0]]), part, str(known.case[part[0]])) for part in own]
    return [pile for pile in found if len(pile.positions) >= LEAST]


def needle_trials(known: LabelledProcesses, table: ProcessTable) -> Iterator[Trial]:
    """One after the other those that share a detector: of one needle's source and one haystack's."""
    pairs = [(hay, needle) for hay in haystacks(known) for needle in needles(known, table) if _fit(hay, needle)]
    for hay, needle in sorted(pairs, key=lambda pair: (pair[0].source, pair[1].source, pair[0].windows, pair[0].case)):
        unseen = (known.source != needle.source) & (known.source != hay.source)
        starter = np.flatnonzero(unseen & (known.label == 0) & (known.windows == hay.windows))
        if not len(starter):
            continue  # nobody else recorded everyday life of this system: there is nothing that a detector could know
        yield Trial(
            setting=f"{NEEDLES} in {hay.source}" + (", own" if hay.case else ""),
            case=needle.name if hay.name in {hay.source, hay.case} else f"{needle.name} in {hay.name}",
            source="+".join(dict.fromkeys((needle.source, hay.source))),
            windows=hay.windows,
            queue=np.sort(np.r_[hay.positions, needle.positions]),
            estate=None,
            starter=starter,
            others=np.flatnonzero(unseen & (known.label >= 0)),
        )


def _fit(hay: Pile, needle: Pile) -> bool:
    """Whether one goes into the other."""
    own = needle.source == hay.source
    return needle.windows == hay.windows and (own and needle.case == hay.case if hay.case else not own)


def _by(known: LabelledProcesses, positions: Ints, column: np.ndarray[tuple[int], np.dtype[np.str_]]) -> Iterator[Ints]:
    """Positions of one source, system and value of a column."""
    names = [f"{source}\0{windows:d}\0{value}" for source, windows, value in
             zip(known.source[positions], known.windows[positions], column[positions], strict=True)]  # fmt: skip
    number = np.unique(np.array(names), return_inverse=True)[1] if names else np.zeros(0, np.int64)
    for one in range(int(number.max(initial=-1)) + 1):
        yield positions[number == one]


def _pile(known: LabelledProcesses, name: str, positions: Ints, case: str = "") -> Pile:
    first = positions[0]
    return Pile(name, str(known.source[first]), bool(known.windows[first]), positions, case or (
        str(known.case[first]) if known.label[first] == 1 else ""
    ))  # fmt: skip
