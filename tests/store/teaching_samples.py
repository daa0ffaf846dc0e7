"""A learnt queue made of nothing but chance, for tests of how one is kept and read."""

from __future__ import annotations

import numpy as np

from engine.verdicts.queue import Effect, LearntQueue
from engine.verdicts.verdicts import BaseQueue


def shuffled(base: BaseQueue, seed: int = 1, *, event: int = 0, abstains: bool = False) -> LearntQueue:
    """Every column different from row to row, all effects among them."""
    draw = np.random.default_rng(seed)
    size = len(base)
    order = draw.permutation(base.rank).astype(np.int32)
    score = draw.permutation(np.arange(size, dtype=np.float64))
    findings = np.unique(base.finding[base.finding > 0])
    effect = draw.integers(0, len(Effect), size).astype(np.int8)
    cause = np.where(np.isin(effect, (2, 3, 4)), draw.integers(0, size, size), -1)
    cause = np.where(effect == Effect.SUPPRESSED_REMEMBERED, draw.integers(0, 2, size), cause)
    unknown = np.full(size, np.nan, dtype=np.float32)
    return LearntQueue(
        ids=base.corpus.ids, score=score, order=order, probability=unknown if abstains else draw.random(size).astype(np.float32),
        instant=draw.random(size).astype(np.float32), sequence=unknown, effect=effect, cause=cause.astype(np.int32),
        finding_order=draw.permutation(findings).astype(np.int32), finding_score=np.arange(len(findings), 0, -1.0), event=event,
        classifier=None, weight=0.5, abstains=abstains, metrics={"sentence": "so \udcff", "remembered": ["case a", "case b"]},
    )  # fmt: skip
