"""Types of columns. Index -1 means "none" in every integer column that refers to something."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.domain.spans import CLOCKS

Ints = npt.NDArray[np.int64]


Ints32 = npt.NDArray[np.int32]


Ints8 = npt.NDArray[np.int8]


Floats = npt.NDArray[np.float64]


Floats32 = npt.NDArray[np.float32]


NO_TIME = np.iinfo(np.int64).min
"""time_us of a record without a time."""


def told_by_clocks(times: Ints) -> npt.NDArray[np.bool_]:
    """[n] whether each time is one that a range may begin or end with; NO_TIME is none."""
    assert CLOCKS.since_us is not None
    assert CLOCKS.until_us is not None
    return np.asarray((times >= CLOCKS.since_us) & (times <= CLOCKS.until_us))
