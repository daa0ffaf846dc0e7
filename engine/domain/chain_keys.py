"""Keys of chains as numbers: 16 bytes each where the text of 32 hex digits takes 81. Their order is the same."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Halves = npt.NDArray[np.uint64]
DIGITS = 32


def halves(keys: Sequence[str]) -> Halves:
    """[c] keys of 32 hex digits -> [c, 2] the first and the second half of each."""
    return np.frombuffer(bytes.fromhex("".join(keys)), dtype=">u8").astype(np.uint64).reshape(-1, 2)


def texts(keys: Halves) -> list[str]:
    """Inverse of `halves`."""
    digits = keys.astype(">u8").tobytes().hex()
    return [digits[at : at + DIGITS] for at in range(0, len(digits), DIGITS)]
