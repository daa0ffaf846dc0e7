"""Small forests with scores: each process is (image, parent, minute, score)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from engine.domain.chains import ChainCorpus
from engine.domain.processes import ProcessTable
from engine.domain.scores import FindingSet
from engine.findings.incidents import incidents
from tests.engine.process_samples import make_table

Process = tuple[str, int, float, float]
EVERYDAY = [0.1 * number for number in range(1, 11)]
"""Scores of chains beside those of the forest: 0.1 … 1.0, so that everyday is about 0.65, joined 0.7 and odd 1.0."""


def forest(
    rows: Sequence[Process], *, lines: Sequence[str | None] = (), missing: Sequence[int] = (), hosts: Sequence[int] = ()
) -> tuple[ChainCorpus, ProcessTable, np.ndarray]:
    chains: list[tuple[str, ...]] = []
    for image, parent, _minute, _score in rows:
        chains.append((*(chains[parent] if parent >= 0 else ()), image)[-10:])
    told = list(lines) or [None] * len(rows)
    corpus, table = make_table(
        [(chain, row[1], line) for chain, row, line in zip(chains, rows, told, strict=True)], list(hosts) or None
    )
    recorded = np.ones(len(rows), dtype=np.int8)
    recorded[list(missing)] = 0
    time = np.array([int(minute * 60_000_000) for _i, _p, minute, _s in rows], dtype=np.int64)
    table = replace(table, recorded=recorded, time_us=time)
    return corpus, table, np.array([score for *_, score in rows], dtype=np.float32)


def found(rows: Sequence[Process], **how: Sequence[int] | Sequence[str | None]) -> FindingSet:
    corpus, table, score = forest(rows, **how)  # type: ignore[arg-type]
    return incidents(corpus, table, score, np.array(EVERYDAY))


def together(findings: FindingSet) -> list[set[int]]:
    """Processes of each incident, the best first."""
    order = np.lexsort((findings.place, findings.finding))
    return [set(np.flatnonzero(findings.incident == row).tolist()) for row in order.tolist()]
