"""Step errors against what is usual where the step's program lies.

A network rebuilds `system32` well and users' folders, temporary folders and build trees badly, on every estate: there is more of
the one than of the others to learn from, and it varies less. An error as it is therefore says first of all where a program
lies, which the tables of locations say better. Divided by the usual error of its kind of place, it says what it should.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.domain.arrays import Floats, Floats32, Ints

SLIGHT = 1e-4
"""Added to every error, in units of the training variance: below it nothing is told apart."""
DOUBT = 20.0
"""Steps with the error usual everywhere that each kind of place is taken to have besides its own."""


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
