"""A learnt queue made of nothing but chance, for tests of how one is kept and read."""

from __future__ import annotations

import numpy as np

from engine.verdicts.queue import Effect, LearntQueue
from engine.verdicts.verdicts import BaseQueue
from store.workspace import Workspace


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


def read_learnt(workspace: Workspace, case: str) -> LearntQueue | None:
    """The learnt queue of a case as it was before it was packed; None where there is none."""
    index = workspace.learnt.index(case)
    if index is None:
        return None
    base = workspace.teaching.load_queue(case)
    at = index.place[base.rank]
    row_of_rank = np.full(len(index.place), -1, dtype=np.int64)
    row_of_rank[base.rank] = np.arange(len(base))
    cause = index.cause[at]
    rows = np.where(cause > 0, row_of_rank[np.maximum(cause, 0)], np.where(cause < 0, -1 - cause, -1))
    nothing = np.full(len(base), np.nan, dtype=np.float32)
    columns = [nothing if column is None else column[at] for column in (index.probability, index.instant, index.sequence)]
    return LearntQueue(
        ids=base.corpus.ids, score=index.score[at], order=index.ranks, probability=columns[0], instant=columns[1],
        sequence=columns[2], effect=index.effect[at], cause=rows.astype(np.int32), finding_order=index.findings,
        finding_score=index.finding_score, event=index.event, classifier=index.classifier, weight=index.weight,
        abstains=index.abstains, metrics=dict(index.metrics),
    )  # fmt: skip
