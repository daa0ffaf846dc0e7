"""Of which processes a finding's score is made, and how much each counts: engine.findings.alike.finding_scores, taken apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.domain.arrays import Floats, Floats32, Ints
from engine.domain.chains import ChainCorpus
from engine.domain.processes import ProcessTable
from engine.domain.scores import FindingSet
from engine.findings.alike import MORE, NEXT, programs_of, step_kinds, variants_of


@dataclass(frozen=True, slots=True)
class Worth:
    """m processes that count; a finding's score is the sum of weight · score over its own."""

    finding: Ints
    """[m] row of the finding, from 0; ascending."""
    process: Ints
    """[m] index of the process, the oddest of its kind of step in the finding."""
    weight: Floats
    """[m] 1 for the oddest; for others NEXT of the share of their score that is beyond everyday."""


def worth(corpus: ChainCorpus, table: ProcessTable, findings: FindingSet, score: Floats32, everyday: float) -> Worth:
    """Of all findings. score [n] of the processes, everyday: what the findings were made with."""
    place = np.flatnonzero(findings.odd & (findings.incident >= 0)).astype(np.int32)
    if not len(place):
        nothing = np.zeros(0, dtype=np.int64)
        return Worth(nothing, nothing, np.zeros(0))
    owner = findings.finding[findings.incident[place]].astype(np.int64) - 1
    variant, chain, shape = variants_of(table, place)
    kind = step_kinds(programs_of(corpus), chain, shape)[variant]
    value = score[place].astype(np.float64)
    # The first of the oddest of each kind, then the kinds of a finding by what their oddest is worth.
    order = np.lexsort((place, -value, kind, owner))
    first = order[_changes(owner[order]) | _changes(kind[order])]
    first = first[np.lexsort((place[first], -value[first], owner[first]))]
    owner, value = owner[first], value[first]
    nth = np.arange(len(owner)) - np.maximum.accumulate(np.where(_changes(owner), np.arange(len(owner)), 0))
    beyond = np.where(np.isfinite(value), np.maximum(value - everyday, 0.0), 0.0)
    share = np.divide(NEXT * beyond, value, out=np.zeros(len(value)), where=value > 0)
    weight = np.where(nth == 0, 1.0, np.where(nth <= MORE, share, 0.0))
    counts = weight > 0
    return Worth(owner[counts], place[first][counts].astype(np.int64), weight[counts])


def _changes(column: Ints) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    out = np.ones(len(column), dtype=np.bool_)
    np.not_equal(column[1:], column[:-1], out=out[1:])
    return out
