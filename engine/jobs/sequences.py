"""Answer sequences that somebody hands over: in batches, in the order in which they came, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

import numpy as np

from engine.classifier.given.direction import votes
from engine.classifier.given.item import GivenSequence, Item, NoSequence
from engine.classifier.published.answers import Answer, answers
from engine.classifier.published.figures import Outcome, figures_of
from engine.classifier.published.network import SequenceModel
from engine.progress import Run, Step

BATCH = 512
LOOKED_AT = 4096
"""Items from the beginning that tell which end the root is."""
STAGE = "ask sequences"


@dataclass(frozen=True, slots=True)
class Answered:
    """One sequence, root first, and what the model says of it."""

    place: int
    steps: tuple[str, ...]
    answer: Answer
    abnormal: bool | None
    """Its known class; None where none is said."""
    trouble: str = ""
    """What could not be read beside the sequence."""

    @property
    def foreign(self) -> bool:
        """Whether the model knows none of the names that it read: what it answers says nothing then."""
        return len(self.answer.unknown) == len(self.steps) - self.answer.unread


@dataclass(slots=True)
class Tally:
    """What came of all that was answered so far."""

    count: int = 0
    abnormal: int = 0
    unread: int = 0
    """Items that were no sequences, or whose class was none."""
    with_unknown: int = 0
    """Sequences with a name that training never saw, and those of no other names."""
    foreign: int = 0
    longer: int = 0
    """Sequences of more steps than the network reads."""
    odds: list[float] = field(default_factory=list)
    truth: list[bool] = field(default_factory=list)
    """Of those with a known class."""

    def add(self, one: Answered) -> None:
        """Count one more."""
        self.count += 1
        self.abnormal += one.answer.log_odds >= 0
        self.unread += bool(one.trouble)
        self.with_unknown += bool(one.answer.unknown)
        self.foreign += one.foreign
        self.longer += one.answer.unread > 0
        if one.abnormal is not None:
            self.odds.append(one.answer.log_odds)
            self.truth.append(one.abnormal)

    def figures(self) -> Outcome | None:
        """Against the known classes; None where there are none."""
        if not self.truth:
            return None
        return figures_of(np.array(self.odds), np.array(self.truth, dtype=np.bool_))


@dataclass(frozen=True, slots=True)
class Asked:
    """An input that is being answered."""

    direction: str
    """Which end was taken for the root, and why."""
    rows: Iterator[Answered | NoSequence]
    """May be read once; `tally` is complete then."""
    tally: Tally


def ask(items: Iterable[Item], model: SequenceModel, leaf_first: bool | None, run: Run = Run()) -> Asked:
    """leaf_first: what was said of the order; None: to be found. The rows raise Cancelled, and what the items raise."""
    source = iter(items)
    begun = list(islice(source, LOOKED_AT))
    found = votes([item.steps for item in begun if isinstance(item, GivenSequence)])
    turned = found.leaf if leaf_first is None else leaf_first
    said = f"taken as {'leaf' if turned else 'root'} first, as was said"
    tally = Tally()
    return Asked(found.told() if leaf_first is None else said, _rows(chain(begun, source), model, turned, run, tally), tally)


def _rows(items: Iterator[Item], model: SequenceModel, turned: bool, run: Run, tally: Tally) -> Iterator[Answered | NoSequence]:
    while batch := list(islice(items, BATCH)):
        run.raise_if_cancelled()
        sequences = [(item.steps[::-1] if turned else item.steps) for item in batch if isinstance(item, GivenSequence)]
        told = zip(sequences, answers(model, sequences, run.raise_if_cancelled), strict=True)
        for item in batch:
            if isinstance(item, NoSequence):
                tally.unread += 1
                yield item
                continue
            steps, answer = next(told)
            one = Answered(item.place, steps, answer, item.abnormal, item.trouble)
            tally.add(one)
            yield one
        run.report(Step(STAGE, tally.count, None, "sequences"))
    run.report(Step(STAGE, tally.count, tally.count, "sequences", last=True))
