"""A learnt queue made of nothing but chance, for tests of how one is kept and read."""

from __future__ import annotations

import numpy as np

from engine.domain.arrays import Ints32
from engine.domain.verdicts import Verdict
from engine.verdicts.queue import Effect, LearntQueue
from engine.verdicts.verdicts import MIXED, BaseQueue, Verdicts
from engine.words.command_shape import shape_number
from store.base.ids import FIRST_PLACEHOLDER
from store.scope.rules import OF_PROCESS
from store.workspace import Workspace


def shuffled(base: BaseQueue, seed: int = 1, *, event: int = 0, abstains: bool = False) -> LearntQueue:
    """Every column different from row to row, all effects among them."""
    draw = np.random.default_rng(seed)
    size = len(base)
    order = draw.permutation(base.rank).astype(np.int32)
    score = draw.permutation(np.arange(size, dtype=np.float64))
    findings = np.unique(base.variants.finding)
    numbers = draw.permutation(findings).astype(np.int32)
    effect = draw.integers(0, len(Effect), size).astype(np.int8)
    cause = np.where(np.isin(effect, (2, 3, 4)), draw.integers(0, size, size), -1)
    cause = np.where(effect == Effect.SUPPRESSED_REMEMBERED, draw.integers(0, 2, size), cause)
    unknown = np.full(size, np.nan, dtype=np.float32)
    return LearntQueue(
        ids=base.corpus.ids, score=score, order=order, probability=unknown if abstains else draw.random(size).astype(np.float32),
        instant=draw.random(size).astype(np.float32), sequence=unknown, effect=effect, cause=cause.astype(np.int32),
        finding_order=numbers, finding_score=np.arange(len(findings), 0, -1.0),
        finding_top=tops(base, numbers, order), event=event, classifier=None, weight=0.5,
        abstains=abstains, metrics={"sentence": "so \udcff", "remembered": ["case a", "case b"]},
    )  # fmt: skip


def tops(base: BaseQueue, findings: Ints32, order: Ints32) -> Ints32:
    """The detector's rank of that chain of each finding's odd part which stands first in an order of ranks."""
    place = {int(rank): position for position, rank in enumerate(order.tolist())}
    ranks: dict[int, list[int]] = {}
    for finding, variant in zip(base.variants.finding.tolist(), base.variants.variant.tolist(), strict=True):
        ranks.setdefault(finding, []).append(int(base.rank[base.variants.chain[variant]]))
    return np.array([min(ranks[number], key=place.__getitem__) for number in findings.tolist()], dtype=np.int32)


def said_of_variants(workspace: Workspace, case: str = "case") -> dict[tuple[str, int], str]:
    """Chain key and shape -> the verdict that counts for its processes, asked one process at a time; "" where some are malicious
    and some are not.
    """
    query = f"""
        SELECT c.key, t.text, {OF_PROCESS} FROM process p JOIN chain c ON c.id = p.chain_id JOIN cases a ON a.id = c.case_id
        JOIN host h ON h.id = p.id >> 32 LEFT JOIN string t ON t.id = p.command
        WHERE a.name = ? AND p.merged_into IS NULL AND (p.id & {FIRST_PLACEHOLDER}) = 0
    """
    found: dict[tuple[str, int], list[str]] = {}
    with workspace.read() as connection:
        for key, text, verdict in connection.exec_driver_sql(query, (case,)):
            if verdict is not None:
                found.setdefault((key, 0 if text is None else shape_number(text)), []).append(verdict)
    return {name: _said(words) for name, words in found.items()}


def _said(words: list[str]) -> str:
    classes = {Verdict.of(word).malicious for word in words} - {None}
    if not classes:
        return "undetermined"
    if classes == {True}:
        return "malicious"
    return "" if len(classes) > 1 else "benign" if words.count("benign") >= words.count("false_positive") else "false_positive"


def teaching_of(workspace: Workspace, case: str = "case") -> dict[tuple[str, int], str]:
    """Chain key and shape -> the verdict that learners are taught with, as the jobs read it."""
    base = workspace.teaching.load_queue(case)
    found = workspace.teaching.load_verdicts(case, base)
    rows = np.sort(np.concatenate([found.malicious, found.negative]))
    words = found.verdict[np.searchsorted(found.rows, rows)].tolist()
    names = [(base.corpus.keys[base.variants.chain[row]], int(base.variants.shape[row])) for row in rows.tolist()]
    return {name: Verdict(word).word for name, word in zip(names, words, strict=True)}


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
        finding_score=index.finding_score, finding_top=index.tops[index.findings], event=index.event,
        classifier=index.classifier, weight=index.weight, abstains=index.abstains, metrics=dict(index.metrics),
    )  # fmt: skip


def words(base: BaseQueue, found: Verdicts) -> dict[tuple[str, int], str]:
    """Chain key and shape -> verdict, "" for a mixture."""
    pairs = zip(found.rows.tolist(), found.verdict.tolist(), strict=True)
    return {
        (base.corpus.keys[base.variants.chain[row]], int(base.variants.shape[row])): "" if one == MIXED else Verdict(one).word
        for row, one in pairs
    }
