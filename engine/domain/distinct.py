"""The different values of integer arrays, by sorting.

numpy 2.3 and later find them with a hash table when nothing else is asked for, and sort what it gives: on two million integers
that is 4 times (a thousand different ones) to 125 times (all different) slower than sorting them and comparing neighbours,
and the figures of a case are of both kinds. With an index, an inverse or counts `np.unique` sorts, and is used as it is.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Kind = TypeVar("Kind", bound=np.generic)


def distinct(*arrays: npt.NDArray[Kind]) -> npt.NDArray[Kind]:
    """[d] the values that occur in one or several arrays of any shape, ascending, each once; their type is kept.

    As `np.unique(array)` and `np.union1d(one, other)`, but for NaN, each of which would stay: only for what equals itself.
    """
    flat: npt.NDArray[Any] = np.concatenate([array.ravel() for array in arrays])  # a copy, so that it can be sorted in place
    flat.sort()
    first = np.ones(len(flat), dtype=np.bool_)
    np.not_equal(flat[1:], flat[:-1], out=first[1:])
    return flat[first]
