"""Step errors against what is usual where the step's program lies.

A network rebuilds `system32` well and users' folders, temporary folders and build trees badly, on every estate: there is more of
the one than of the others to learn from, and it varies less. An error as it is therefore says first of all where a program
lies, which the tables of locations say better. Divided by the usual error of its kind of place, it says what it should.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.domain.arrays import Floats, Floats32, Ints
from engine.domain.chains import ChainCorpus
from engine.domain.distinct import distinct
from engine.knowledge import LOCATION_SLOTS, PathKnowledge
from engine.saved.foreign import bounded
from engine.saved.parts import expect
from engine.signals.kinds import NETWORK, RECONSTRUCTION
from engine.signals.signal import Saved, Signal, TrainingView
from engine.signals.view import View

SLIGHT = 1e-4
"""Added to every error, in units of the training variance: below it nothing is told apart."""
DOUBT = 20.0
"""Steps with the error usual everywhere that each kind of place is taken to have besides its own."""
SAMPLED = 20_000
"""Chains of the training set, evenly taken, that the usual errors are learnt from: a mean by kind of place needs no more."""


@dataclass(frozen=True, slots=True)
class UsualErrors:
    """Fitted; k kinds of places."""

    level: Floats
    """[k] mean logarithm of the error of the training steps at such places."""

    @classmethod
    def fit(cls, errors: Floats32, places: Ints, kinds: int) -> UsualErrors:
        """From the training chains' step errors [c, MAX_STEPS] (NaN behind the end) and kinds of place, 0 … k-1."""
        known = np.isfinite(errors)
        value, place = _logarithm(errors[known]), places[known]
        everywhere = float(value.mean()) if len(value) else 0.0
        total = np.bincount(place, weights=value, minlength=kinds)
        count = np.bincount(place, minlength=kinds)
        return cls((total + DOUBT * everywhere) / (count + DOUBT))

    @classmethod
    def equal(cls, kinds: int) -> UsualErrors:
        """The same everywhere: for models that were saved without."""
        return cls(np.zeros(kinds))

    def misfit(self, errors: Floats32, places: Ints) -> Floats:
        """[c] the highest log(error / usual error) of a chain's steps; the lowest that can be for a chain without steps.

        errors [c, MAX_STEPS], NaN behind the end; places [c, MAX_STEPS], anything behind it.
        """
        known = np.isfinite(errors)
        relative = _logarithm(np.where(known, errors, np.float32(1))) - self.level[np.where(known, places, 0)]
        worst: Floats = np.where(known, relative, -np.inf).max(axis=1, initial=-np.inf)
        return np.where(np.isfinite(worst), worst, np.log(SLIGHT))


def _logarithm(errors: Floats32) -> Floats:
    return np.log(errors.astype(np.float64) + SLIGHT)


def places(corpus: ChainCorpus, knowledge: PathKnowledge) -> Ints:
    """[c, MAX_STEPS] kind of place of each step's program; behind the end that of no path."""
    return np.append(knowledge.location.astype(np.int64), 0)[corpus.steps]


class _ReconstructionByPlace(Signal[UsualErrors]):
    """In nats."""

    def fit(self, training: TrainingView) -> UsualErrors | None:
        """Of the estate and the starter together: a single estate has too few programs in odd places. None as published."""
        if training.errors_of is None:
            return None
        both = training.corpus
        rows = distinct(np.linspace(0, len(both) - 1, min(len(both), SAMPLED)).astype(np.int64))
        where = places(both, PathKnowledge.of(both.paths))[rows]
        return UsualErrors.fit(training.errors_of(rows), where, LOCATION_SLOTS)

    def value(self, view: View, learnt: UsualErrors) -> Floats:
        """[c] of the step that errs most against its kind of place."""
        return learnt.misfit(view.errors, places(view.corpus, view.knowledge))

    def arrays(self, learnt: UsualErrors) -> dict[str, Any]:
        """Usual error by kind of place."""
        return {"usual_errors": learnt.level}

    def load(self, saved: Saved) -> UsualErrors | None:
        """The same back; the same everywhere for models of before, None for the published network, whose inputs are not white."""
        if "white_basis" not in saved.arrays:
            return None
        if "usual_errors" not in saved.arrays:
            return UsualErrors.equal(LOCATION_SLOTS)
        expect("usual_errors", saved.arrays, (LOCATION_SLOTS,), np.float64)
        bounded(saved.arrays, "usual_errors")
        return UsualErrors(saved.arrays["usual_errors"])


SIGNAL = _ReconstructionByPlace(
    name="reconstruction_by_place",
    title="misfit for the place",
    meaning="how badly the network rebuilds the oddest step, against what is usual where it lies",
    plain="error of its oddest step, against what is usual where it lies, {value} nats",
    order=100,
    family=RECONSTRUCTION,
    evidence=NETWORK,
    row=150,
    shaped=True,
    learns=True,
    by_row=True,
)
