"""How much each signal has of a finding's score: parts that add up to it.

    finding    the score of its oddest process, and a share of what further kinds of step are odder than everyday (worth.py)
    process    its own, and SHARE of what its oddest ancestor is odder (engine.signals.ancestry): a mean of the two's parts
    own        the fusion's parts (engine.signals.contributions), ranked among the chains
    settled    what a finding that a signal is certain of has beyond all that (engine.detector.certain)

Only for the processes that count, some ten a finding at most. Rejected: parts of the oddest process alone, which do not add up
to the number that the queue is sorted by.
"""

from __future__ import annotations

import numpy as np

from engine.detector.certain import Certain, Fused
from engine.detector.params import PUBLISHED, DetectorParams
from engine.detector.reading import Reading
from engine.detector.state import Rows
from engine.domain.arrays import Floats, Floats32, Ints
from engine.domain.processes import ProcessTable
from engine.domain.records import MAX_STEPS
from engine.domain.scores import FindingSet, ScoreParts
from engine.findings.incidents import Levels
from engine.findings.worth import Worth, worth
from engine.signals.ancestry import SHARE
from engine.signals.contributions import contributions
from engine.signals.fusion import fuse, speaking

BLOCK = 1 << 16
"""Processes whose parts are worked out together."""


def finding_parts(
    params: DetectorParams, reading: Reading, known_share: float, rows: Rows, findings: FindingSet | None, fused: Fused,
    score: Floats32 | None, settled: Certain | None = None,
) -> ScoreParts | None:  # fmt: skip
    """Of every finding; None where there are none. fused, score [n] of the processes, settled: what findings were made with."""
    corpus, table, total = rows.corpus, rows.table, fused.chains
    if findings is None or table is None or score is None:
        return None
    size = len(findings.score)
    if settled is None and (params.score == PUBLISHED or reading.variants is None):
        return ScoreParts(("reconstruction",), findings.score.astype(np.float32)[:, None])
    made = worth(corpus, table, findings, score, Levels.of(total).everyday)
    if params.score == PUBLISHED or reading.variants is None:
        assert fused.processes is not None
        own_parts = np.zeros((size, 1))
        np.add.at(own_parts[:, 0], made.finding, made.weight * fused.processes[made.process])
        return _with_settled(("reconstruction",), own_parts, findings, made, settled)
    among = speaking(reading.values, known_share)
    names = tuple(contributions({name: value[:1] for name, value in among.items()})) if len(total) else ()
    out = np.zeros((size, len(names)))
    own = _own(reading, among, table)
    for start in range(0, len(made.process), BLOCK):
        part = slice(start, start + BLOCK)
        process, weight = made.process[part], made.weight[part]
        above = lifting(own, table, process)
        lifted = above >= 0
        parts = _parts(reading, among, process)
        higher = np.zeros_like(parts)
        higher[lifted] = _parts(reading, among, above[lifted])
        taken = np.where(lifted, SHARE, 0.0)[:, None]
        np.add.at(out, made.finding[part], weight[:, None] * ((1 - taken) * parts + taken * higher))
    return _with_settled(names, out, findings, made, settled)


def _with_settled(
    names: tuple[str, ...], parts: Floats, findings: FindingSet, made: Worth, settled: Certain | None
) -> ScoreParts:
    """Parts [f, s] so that they add up to the scores: what a settled finding has beyond them is the part of who settled it."""
    if settled is None:
        return ScoreParts(names, _scaled(parts, findings.score))
    first = np.zeros(len(findings.score), dtype=np.bool_)
    first[made.finding[settled.processes[made.process]]] = True
    scaled = np.where(first[:, None], parts, _scaled(parts, findings.score))
    beyond = np.where(first, findings.score - parts.sum(axis=1), 0.0)
    return ScoreParts((*names, settled.signals[0]), np.asarray(np.column_stack([scaled, beyond]), dtype=np.float32))


def lifting(own: Floats, table: ProcessTable, process: Ints) -> Ints:
    """[k] the ancestor from which each process takes over a part of the score (engine.signals.ancestry), -1 for none.

    own [n], -inf for what has none; process [k].
    """
    highest, found = own[process].copy(), np.full(len(process), -1, dtype=np.int64)
    above = table.parent[process].astype(np.int64)
    for _ in range(MAX_STEPS):
        known = above >= 0
        if not known.any():
            break
        higher = known & (own[np.maximum(above, 0)] > highest)
        highest[higher], found[higher] = own[above[higher]], above[higher]
        above = np.where(known, table.parent[np.maximum(above, 0)], -1)
    return found


def _own(reading: Reading, among: dict[str, Floats], table: ProcessTable) -> Floats:
    """[n] scores of processes before they are lifted, -inf for those without a chain: as engine.detector.reading has them."""
    assert reading.variants is not None
    own = np.full(len(table), -np.inf)
    known = table.chain >= 0
    every = np.arange(len(reading.variants.chain))
    own[known] = fuse(_values(reading, among, every), among=among)[reading.variants.of_process[known]]
    return own


def _values(reading: Reading, among: dict[str, Floats], variants: Ints) -> dict[str, Floats]:
    assert reading.variants is not None
    rows = reading.variants.chain[variants]
    by_variant = reading.by_variant
    return {name: by_variant[name][variants] if name in by_variant else value[rows] for name, value in among.items()}


def _parts(reading: Reading, among: dict[str, Floats], process: Ints) -> Floats:
    """[k, s] parts of the own scores of processes, in the order of the names."""
    assert reading.variants is not None
    different, inverse = np.unique(reading.variants.of_process[process], return_inverse=True)
    found = contributions(_values(reading, among, different.astype(np.int64)), among=among)
    return np.stack([part[inverse] for part in found.values()], axis=1)


def _scaled(parts: Floats, score: Floats) -> Floats32:
    """[f, s] in single precision, so that what scores lose when they are stored is not seen in the sum."""
    total = parts.sum(axis=1)
    known = (total > 0) & np.isfinite(score)
    factor = np.divide(score, total, out=np.zeros(len(total)), where=known)
    return np.asarray(parts * factor[:, None], dtype=np.float32)
