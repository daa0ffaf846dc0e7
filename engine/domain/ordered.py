"""Where numbers belong in a sorted column.

A million of them that are looked up as they come miss the caches at every step of every search; sorted first, they are found
several times as fast, and it is the same that is found.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import Ints

FEW = 4096
"""Numbers that are looked up as they come."""


def below(ordered: npt.NDArray[Any], values: npt.NDArray[Any]) -> Ints:
    """[m] how many of `ordered` [n], ascending, are smaller than each of `values` [m]; all for NaN."""
    return _places(ordered, values, ("left",))[0]


def below_and_up_to(ordered: npt.NDArray[Any], values: npt.NDArray[Any]) -> tuple[Ints, Ints]:
    """The same, and [m] how many are smaller or equal."""
    left, right = _places(ordered, values, ("left", "right"))
    return left, right


def _places(ordered: npt.NDArray[Any], values: npt.NDArray[Any], sides: tuple[Any, ...]) -> list[Ints]:
    if len(values) <= FEW:
        return [np.searchsorted(ordered, values, side=side) for side in sides]
    order = np.argsort(values)
    ascending = values[order]
    found = []
    for side in sides:
        place = np.empty(len(values), dtype=np.int64)
        place[order] = np.searchsorted(ordered, ascending, side=side)
        found.append(place)
    return found
