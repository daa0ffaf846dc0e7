"""Spans of time: `--from` and `--to`, one meaning for ingest and for every listing."""

from __future__ import annotations

from typing import NamedTuple


class Within(NamedTuple):
    """Both ends included, in microseconds since 1970 UTC; None for no bound."""

    since_us: int | None = None
    until_us: int | None = None

    def holds(self, time_us: int) -> bool:
        """Whether a time is within."""
        return (self.since_us is None or time_us >= self.since_us) and (self.until_us is None or time_us <= self.until_us)

    @property
    def bounded(self) -> bool:
        """Whether anything can be outside."""
        return self != ALL_TIMES


ALL_TIMES = Within()
CLOCKS = Within(0, 4_102_444_800_000_000 - 1)
"""1970 to 2099: what a clock says that is set at all. A field that was never filled is 1601, the year 1 or 9999, and one of these
among a million would be the beginning or the end of everything.
"""
