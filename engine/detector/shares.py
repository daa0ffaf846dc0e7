"""How much each signal has of a finding's score: parts that add up to it.

    finding    the score of its oddest process, and a share of what further kinds of step are odder than everyday (worth.py)
    process    its own, and SHARE of what its oddest ancestor is odder (engine.signals.ancestry): a mean of the two's parts
    own        the fusion's parts (engine.signals.contributions), ranked among the chains
    settled    what a finding that a signal is certain of has beyond all that (engine.detector.certain)

Only for the processes that count, some ten a finding at most. Rejected: parts of the oddest process alone, which do not add up
to the number that the queue is sorted by.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from engine.detector.certain import Certain, Fused
from engine.detector.params import PUBLISHED, DetectorParams
from engine.detector.reading import Reading
from engine.detector.state import Rows
from engine.domain.arrays import Floats, Floats32, Ints, Ints32
from engine.domain.processes import ProcessTable
from engine.domain.records import MAX_STEPS
from engine.domain.scores import FindingSet, ScoreParts
from engine.findings.incidents import Levels
from engine.findings.worth import Worth, worth
from engine.signals.ancestry import SHARE
from engine.signals.contributions import one_by_one
from engine.signals.fusion import speaking


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
    assert fused.variants is not None
    among = speaking(reading.values, known_share)
    if not len(total):
        return _with_settled((), np.zeros((size, 0)), findings, made, settled)
    above = lifting(reading.variants.spread(fused.variants), table, made.process)
    lifted = np.flatnonzero(above >= 0)
    of_process = reading.variants.of_process
    variants, place = np.unique(np.r_[of_process[made.process], of_process[above[lifted]]], return_inverse=True)
    names, columns = [], []
    for name, part in one_by_one(_OfVariants(reading, among, variants), among=among):
        parts = part[place]
        own, higher = parts[: len(above)], np.zeros(len(above))
        higher[lifted] = parts[len(above) :]
        taken = np.where(above >= 0, SHARE, 0.0)
        names.append(name)
        columns.append(np.bincount(made.finding, made.weight * ((1 - taken) * own + taken * higher), size))
    return _with_settled(tuple(names), np.stack(columns, axis=1), findings, made, settled)


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


class _OfVariants(Mapping[str, Floats]):
    """Signal -> [k] values of some variants, made when they are asked for."""

    def __init__(self, reading: Reading, among: Mapping[str, Floats], variants: Ints32) -> None:
        assert reading.variants is not None
        self._by_variant, self._among, self._variants = reading.by_variant, among, variants
        self._rows = reading.variants.chain[variants]

    def __getitem__(self, name: str) -> Floats:
        if name in self._by_variant:
            return self._by_variant[name][self._variants]
        return self._among[name][self._rows]

    def __iter__(self) -> Iterator[str]:
        return iter(self._among)

    def __len__(self) -> int:
        return len(self._among)


def _scaled(parts: Floats, score: Floats) -> Floats32:
    """[f, s] in single precision, so that what scores lose when they are stored is not seen in the sum."""
    total = parts.sum(axis=1)
    known = (total > 0) & np.isfinite(score)
    factor = np.divide(score, total, out=np.zeros(len(total)), where=known)
    return np.asarray(parts * factor[:, None], dtype=np.float32)
