"""What an attack is, and what it reports."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

LOG = logging.getLogger("tests.robustness")
"""How far a long run is, and each failure at once."""

FAILED = "FAILED"
"""How an outcome begins that must not be, where the outcomes of a row are counted by their names."""


@dataclass(slots=True)
class Report:
    """What one run of an attack saw.

    `rows`: a label (what was done) and how often each outcome came of it, by the outcome's name, as shown in the page.
    `failures`: a sentence for each outcome that must not be, with what is needed to repeat it (seed, round, input).
    `rounds`: how many there were, where that was not said beforehand.
    `seconds`: CPU seconds of a row, of attacks whose rows get their shares of a run.
    """

    rows: dict[str, dict[str, int]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    rounds: int = 0
    seconds: dict[str, float] = field(default_factory=dict)

    def count(self, row: str, outcome: str, times: int = 1) -> None:
        """Add to a cell of the table."""
        cells = self.rows.setdefault(row, {})
        cells[outcome] = cells.get(outcome, 0) + times

    def fail(self, about: str) -> None:
        """Keep and tell what must not be."""
        self.failures.append(about)
        LOG.warning("%s", about)


@dataclass(frozen=True, slots=True)
class Attack:
    """One kind of attack.

    `run(folder, seed, rounds)` works in `folder` (a Path: empty, its own) and is the same for the same seed and rounds.
    `short` rounds take a few seconds and run in the suite; `long` rounds run behind the marker `slow`.
    `formats`: what gets its share of the rounds. Such an attack takes also `only`, one of them, and `seconds`, the CPU that
    each has at least.
    """

    name: str
    about: str
    run: Callable[..., Report]
    short: int
    long: int
    formats: tuple[str, ...] = ()
