"""Numbers mixed beyond recognition, the same in every version: no salt, no generator whose stream a library may change."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def mixed(number: npt.NDArray[np.uint64], by: np.uint64) -> npt.NDArray[np.uint64]:
    """[m] other numbers, for each its own; `by` odd: another one is another mixture.

    Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014 (the finaliser of splitmix64).
    """
    with np.errstate(over="ignore"):
        z = (number + np.uint64(1)) * by
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))
