"""What the sequence model says of sequences: class, probability, the step that decided, the names that it never saw.

Which step decided is told by occlusion: the sequence is asked once more without each of its steps, and the one whose absence
takes most off the log odds of the class that was answered has decided. A sequence of one step cannot lose it: there the name is
replaced by one that the network never saw. Where no step's absence takes anything off, none has decided; nor has one where
the network knows no name: there it answers to the length alone.
(Rejected: replacing names everywhere, which cannot move a name that is unknown already, and those are what one asks about.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.classifier.published.network import PADDING, UNKNOWN, SequenceModel, probability
from engine.domain.arrays import Floats, Ints
from engine.domain.records import MAX_STEPS
from engine.progress import Check, unasked

NORMAL, ABNORMAL = "normal", "abnormal"


@dataclass(frozen=True, slots=True)
class Answer:
    """Of one sequence, root first."""

    log_odds: float
    """Of abnormal."""
    probability: float
    decisive: int | None
    """Place of the step that decided, from 0; None for none, and where no name is known."""
    without: float | None
    """The probability without it."""
    unknown: tuple[int, ...]
    """Places of the steps whose names training never saw. They are steps all the same."""
    unread: int
    """Steps at the beginning that are beyond the network's ten."""

    @property
    def called(self) -> str:
        """The class: abnormal from a half on."""
        return ABNORMAL if self.log_odds >= 0 else NORMAL


def answers(model: SequenceModel, sequences: Sequence[Sequence[str]], check: Check = unasked) -> list[Answer]:
    """One for each sequence of at least one step. `check` is called now and again, and may raise."""
    if not sequences:
        return []
    rows = model.rows_of(sequences)
    different, place = np.unique(rows, axis=0, return_inverse=True)
    odds = model.log_odds(different, check)
    lessened, owner, step = _occluded(different)
    without = np.full(different.shape, np.nan)
    without[owner, step] = model.log_odds(lessened, check)
    told = [_told(odds[row], without[row]) for row in range(len(different))]
    out = []
    for sequence, row in zip(sequences, place.reshape(-1).tolist(), strict=True):
        unread = max(len(sequence) - MAX_STEPS, 0)
        unknown = tuple(at for at in range(unread, len(sequence)) if not model.knows(sequence[at]))
        decisive, left = told[row] if len(unknown) < len(sequence) - unread else (None, None)
        chance = float(probability(odds[row : row + 1])[0])
        out.append(Answer(float(odds[row]), chance, None if decisive is None else decisive + unread, left, unknown, unread))
    return out


def chances(model: SequenceModel, sequences: Sequence[Sequence[str]], check: Check = unasked) -> Floats:
    """[n] log odds of abnormal, and nothing else."""
    return model.log_odds(model.rows_of(sequences), check)


def opinions(model: SequenceModel, sequences: Sequence[Sequence[str]], check: Check = unasked) -> Floats:
    """[n] the same, and NaN for those of which it knows no name: there it would only tell how long they are."""
    known = np.array([any(map(model.knows, steps)) for steps in sequences], dtype=np.bool_)
    return np.where(known, chances(model, sequences, check), np.nan)


def _occluded(rows: Ints) -> tuple[Ints, Ints, Ints]:
    """Every sequence without each of its steps, whose it is, and which step is missing."""
    lengths = (rows != PADDING).sum(axis=1)
    owner = np.repeat(np.arange(len(rows)), lengths)
    step = np.concatenate([np.arange(length) for length in lengths.tolist()])
    places = np.arange(rows.shape[1])
    taken = np.minimum(places + (places >= step[:, None]), rows.shape[1] - 1)
    out = np.take_along_axis(rows[owner], taken, axis=1)
    # A full sequence has no padding to move up.
    out[:, -1] = PADDING
    out[lengths[owner] == 1, 0] = UNKNOWN
    return out, owner, step


def _told(odds: float, without: Floats) -> tuple[int | None, float | None]:
    taken = (odds - without) * (1 if odds >= 0 else -1)
    best = int(np.nanargmax(taken))
    if not taken[best] > 0:
        return None, None
    return best, float(probability(without[best : best + 1])[0])
