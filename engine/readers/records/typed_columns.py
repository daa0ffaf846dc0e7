"""Columns of a few hundred records at a time: what a loop in Python does value by value is one call for a whole column.

Each function gives exactly what its namesake for one value gives for every value of the column. A column that is as logs write
it takes the short way; the first value that is not sends the column to the function for one value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from engine.readers.text.timestamps import parse_utc
from engine.readers.windows.windows_fields import ABSENT, MAX_PID, ZERO_GUID, number, text

Column = Sequence[Any]

_NOTHING = ABSENT | {None}
_SECONDS = len("2024-05-06 07:08:09")
_WIDTHS = range(_SECONDS + 2, _SECONDS + 8)
"""A time with one to six digits behind the point."""
_FIRST, _LAST = 0, 253_402_300_800_000_000
"""Microseconds that `parse_utc` takes, both excluded."""


def filled(column: Column) -> bool:
    """Whether every value is a text that says something (or a number)."""
    return _NOTHING.isdisjoint(column)


def texts(column: Column) -> Column:
    """windows_fields.text of texts."""
    return column if filled(column) else list(map(text, column))


def numbers(column: Column) -> Column:
    """windows_fields.number of texts and numbers."""
    try:
        found = list(map(int, column))
    except (ValueError, TypeError):  # hexadecimal, or None
        return list(map(number, column))
    return found if min(found) > 0 and max(found) < MAX_PID else list(map(number, column))


def unbraced(column: Column) -> list[str] | None:
    """The texts between the braces, in lower case, where every value is {…} and ASCII; else None.

    Braces and lines are counted, so that a value with any of its own sends the column the other way.
    """
    try:
        joined = "\n".join(column)
    except TypeError:  # there is None among them
        return None
    size = len(column)
    if not joined.isascii() or joined[:1] != "{" or joined[-1:] != "}" or joined.count("}\n{") != size - 1:
        return None
    if not joined.count("\n") + 1 == joined.count("{") == joined.count("}") == size:
        return None
    return joined[1:-1].lower().split("}\n{")


def guids(column: Column, one_by_one: Callable[[Any], Any]) -> Column:
    """windows_fields.guid, which `one_by_one` is or remembers."""
    inner = unbraced(column)
    # Blanks are stripped with the braces, and a short text is no GUID.
    if inner is None or ZERO_GUID in inner or min(map(len, inner)) < len(ZERO_GUID) or " " in "".join(inner):
        return list(map(one_by_one, column))
    return inner


def moments(column: Column) -> Column:
    """timestamps.parse_utc. Times of equal length, to the second and a fraction, without a zone or with Z, are parsed by numpy:
    half the time or less.
    """
    micros = _uniform(column)
    return list(map(parse_utc, column)) if micros is None else micros


def _uniform(column: Column) -> list[int] | None:
    try:
        joined, widths = "".join(column), set(map(len, column))
    except TypeError:
        return None
    size, width = len(column), widths.pop() if len(widths) == 1 else 0
    zone = int(width > 0 and joined[width - 1 :: width] == "Z" * size)
    if width - zone not in _WIDTHS or not joined.isascii() or not _spelt(joined, width, width - zone, size):
        return None
    try:
        fields = np.frombuffer(joined.encode(), dtype=f"S{width}").astype(f"S{width - zone}")
        found = fields.astype("datetime64[us]").astype(np.int64)
    except ValueError:
        return None
    return found.tolist() if found.min() > _FIRST and found.max() < _LAST else None


def _spelt(joined: str, width: int, end: int, size: int) -> bool:
    """YYYY-MM-DD, T or a blank, hh:mm:ss.ffffff in the first `end` of every `width` characters: numpy reads more than this, and
    some of it otherwise.
    """
    marks = ((4, "-"), (7, "-"), (13, ":"), (16, ":"), (_SECONDS, "."))
    return (
        all(joined[place::width] == mark * size for place, mark in marks)
        and joined[10::width] in (" " * size, "T" * size)
        and all(joined[place::width].isdigit() for place in range(end) if place not in (4, 7, 10, 13, 16, _SECONDS))
    )
