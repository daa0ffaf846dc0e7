"""What an attack is, and what it reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Report:
    """What one run of an attack saw.

    `rows`: a label (what was done) and how often each outcome came of it, by the outcome's name, as shown in the page.
    `failures`: a sentence for each outcome that must not be, with what is needed to repeat it (seed, round, input).
    """

    rows: dict[str, dict[str, int]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def count(self, row: str, outcome: str, times: int = 1) -> None:
        """Add to a cell of the table."""
        cells = self.rows.setdefault(row, {})
        cells[outcome] = cells.get(outcome, 0) + times


@dataclass(frozen=True, slots=True)
class Attack:
    """One kind of attack.

    `run(folder, seed, rounds)` works in `folder` (empty, its own) and is the same for the same seed and rounds.
    `short` rounds take a few seconds and run in the suite; `long` rounds run behind the marker `slow`.
    """

    name: str
    about: str
    run: Callable[[Path, int, int], Report]
    short: int
    long: int
