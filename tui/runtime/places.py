"""Where one was: back and forward, as in a browser, over filters, orders, findings, processes and screens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MOST = 100
"""Places that are remembered."""


@dataclass(frozen=True, slots=True)
class ScreenPlace:
    """A screen and what it calls the place: only that screen can read it."""

    mode: str
    at: Any


class Places:
    """Two stacks. A jump leaves a place; going back leaves one on the other side."""

    def __init__(self) -> None:
        self._behind: list[ScreenPlace] = []
        self._ahead: list[ScreenPlace] = []

    def leave(self, place: ScreenPlace) -> None:
        """A jump begins here: what was ahead is so no longer."""
        self._ahead.clear()
        if not self._behind or self._behind[-1] != place:
            self._behind.append(place)
            del self._behind[:-MOST]

    def back(self, here: ScreenPlace) -> ScreenPlace | None:
        """The place before; None for none."""
        return self._go(self._behind, self._ahead, here)

    def forward(self, here: ScreenPlace) -> ScreenPlace | None:
        """The place that one came back from; None for none."""
        return self._go(self._ahead, self._behind, here)

    @staticmethod
    def _go(source: list[ScreenPlace], other: list[ScreenPlace], here: ScreenPlace) -> ScreenPlace | None:
        while source and source[-1] == here:
            source.pop()
        if not source:
            return None
        other.append(here)
        return source.pop()

    def forget(self) -> None:
        """Another case."""
        self._behind.clear()
        self._ahead.clear()
