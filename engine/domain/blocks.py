"""Large columns piece by piece, so that what is made on the way stays small.

numpy makes 64-bit copies of the indexes that it counts by, and of what it sorts with an inverse: several times the column itself.
For 22 million processes that is the difference between fitting into a laptop's memory and not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import Ints32
from engine.domain.distinct import Kind, distinct

BLOCK = 1 << 18
"""Rows at a time: 2 MB of 64-bit numbers."""


def blocks(count: int) -> Iterator[slice]:
    """0 … count - 1 as slices of at most BLOCK rows."""
    return (slice(begin, min(begin + BLOCK, count)) for begin in range(0, count, BLOCK))


def scatter(by: np.ufunc, out: npt.NDArray[Any], index: npt.NDArray[Any], value: npt.NDArray[Any]) -> None:
    """`by.at(out, index, value)`, index and value [m]."""
    for part in blocks(len(index)):
        by.at(out, index[part].astype(np.intp), value[part].astype(out.dtype))


def counted(index: npt.NDArray[Any], size: int) -> Ints32:
    """[size] how often each of 0 … size - 1 occurs in `index` [m]; negative ones are left out."""
    out = np.zeros(size, dtype=np.int32)
    for part in blocks(len(index)):
        at = index[part][index[part] >= 0].astype(np.intp)
        np.add.at(out, at, np.ones(len(at), dtype=np.int32))
    return out


def numbered(values: npt.NDArray[Kind]) -> tuple[npt.NDArray[Kind], Ints32]:
    """[d] the different values, ascending, and [m] the place of each one among them: np.unique with its inverse, smaller."""
    different = distinct(values)
    place = np.empty(len(values), dtype=np.int32)
    for part in blocks(len(values)):
        place[part] = np.searchsorted(different, values[part])
    return different, place
