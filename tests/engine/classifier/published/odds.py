"""Answers with their truth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.domain.arrays import Floats
from engine.metrics.ranking import Truth


def odds_and_truth(pairs: Sequence[tuple[float, bool]]) -> tuple[Floats, Truth]:
    return np.array([odds for odds, _ in pairs]), np.array([truth for _, truth in pairs], dtype=np.bool_)
