"""Whether 5/2/2024 is the fifth of February or the second of May: one answer for a whole file.

Who decides value by value reads one row of a British log as the 5th of December and the next as the 13th of May. So all dates
of the file are looked at, once, when the first one that could be either is met.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from engine.errors import InputError
from engine.readers.text.encoding import as_utf8

_CHUNK = 1 << 20
_OVERLAP = 128
"""Bytes of a line without end that are looked at again with the next chunk: longer than any date."""
ORDERED = re.compile(r"\s*(\d{1,2})([/-])(\d{1,2})\2(?:\d{4}|\d{2})(?!\d)")
"""A date of digits whose order nothing tells; with dots the day is first."""
_DATES = re.compile(
    rb"""(?:^|[,;\t|"']|: ) ?(\d{1,2})([/-])(\d{1,2})\2(\d{4}|\d{2})(?:,?[ T]{1,2}|"?[,;\t|]"?)"""
    rb"""(\d{1,2}):(\d{2})(?::(\d{2}))?([^,;\t|"'\n]{0,20})""",
    re.MULTILINE,
)
"""The same with a time, at the beginning of a cell, a value or a line: not in the middle of a command line."""


class DayOrder(NamedTuple):
    """The order, and why."""

    day_first: bool
    why: str
    sure: bool


def order_of(stream: BinaryIO) -> DayOrder:
    """The order of day and month in everything that `stream` holds. Reads it to its end; bounded memory."""
    count = _Count()
    try:
        for text in _texts(as_utf8(stream)):
            for match in _DATES.finditer(text):
                count.take(match)
    except (InputError, OSError):
        pass  # who reads the records meets the break, and says so
    return count.decided()


def _texts(stream: BinaryIO) -> Iterator[bytes]:
    tail = b""
    while chunk := stream.read(_CHUNK):
        text = tail + chunk
        cut = text.rfind(b"\n") + 1 or max(0, len(text) - _OVERLAP)
        yield text[:cut]
        tail = text[cut:]
    yield tail


class _Count:
    """What speaks for either order."""

    def __init__(self) -> None:
        self.days = self.months = self.halves = 0
        """Dates whose first number is a day, whose second is, and times with AM or PM."""
        self._last: list[tuple[int, ...] | None] = [None, None]
        self._steps = [[0, 0], [0, 0]]
        """For month first and day first: steps forward and back from date to date."""

    def take(self, match: re.Match[bytes]) -> None:
        """Count one date."""
        first, second = int(match.group(1)), int(match.group(3))
        self.days += first > 12 >= second
        self.months += second > 12 >= first
        half = match.group(8).strip()[:2].upper()
        self.halves += half in (b"AM", b"PM")
        hour = int(match.group(5)) % 12 + (12 if half == b"PM" else 0) if half in (b"AM", b"PM") else int(match.group(5))
        clock = (hour, int(match.group(6)), int(match.group(7) or 0))
        for at, (month, day) in enumerate(((first, second), (second, first))):
            moment = (int(match.group(4)), month, day, *clock)
            last = self._last[at]
            if last is not None and moment != last:
                self._steps[at][moment < last] += 1
            self._last[at] = moment

    def decided(self) -> DayOrder:
        """Numbers above 12 first, then the order of rows, then AM and PM, then the US order."""
        if self.days or self.months:
            day_first = self.days > self.months
            place, share = ("first", self.days) if day_first else ("second", self.months)
            against = min(self.days, self.months)
            why = f"the {place} number is above 12 in {share:,} of them"
            return DayOrder(day_first, f"{why}, the other one in {against:,}" if against else why, not against)
        as_months, as_days = (min(steps) for steps in self._steps)
        if as_months != as_days:
            return DayOrder(as_days < as_months, "only so do the rows stand in the order of time", True)
        if self.halves:
            return DayOrder(False, "they have AM and PM", True)
        return DayOrder(False, "nothing in the file tells which is right", False)
