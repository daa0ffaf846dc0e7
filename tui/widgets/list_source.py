"""Rows that are in memory, for a LedgerTable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

R = TypeVar("R")


class ListSource(Generic[R]):
    """A row source over a sequence."""

    def __init__(self, rows: Sequence[R] = ()) -> None:
        self._rows = rows

    def count(self) -> int:
        """How many."""
        return len(self._rows)

    def rows(self, start: int, stop: int) -> Sequence[R]:
        """The rows of [start, stop)."""
        return self._rows[start:stop]
