"""Verdicts as lessons: which variants are learnt from, with which weight."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import Floats, Ints
from engine.domain.distinct import distinct
from engine.lineage.chainset import chain_keys
from engine.verdicts.instant import Lesson
from engine.verdicts.verdicts import BaseQueue, Verdicts

PRESUMED = 200
"""Variants at most."""
PRESUMED_WEIGHT = 3.0
"""What all of them weigh together, in labels."""
LOW = 0.5
"""Share of the detector's queue, from its end, in which they are looked for."""
FOLDS = 4
Flags = npt.NDArray[np.bool_]


def presumed_normal(base: BaseQueue, verdicts: Verdicts, among: Flags | None = None) -> Ints:
    """Rows: the most widespread variants of the lower half of the detector's queue, without verdicts, ascending.

    `among` [c]: only of these chains. Of a chain high in the queue its everyday variants are low in it.
    """
    variants = base.variants
    place = variant_ranks(base)
    rows = np.arange(len(variants)) if among is None else np.flatnonzero(among[variants.chain])
    chains = len(base) if among is None else int(among.sum())
    if among is not None:
        place = _places_among(place, base.rank[among])
    low = rows[place[rows] > chains - int(LOW * chains)]
    low = low[~np.isin(low, verdicts.rows)]
    order = np.lexsort((low, -variants.processes[low], -variants.hosts[low]))
    return np.sort(low[order[:PRESUMED]])


def variant_ranks(base: BaseQueue) -> Floats:
    """[v] the rank that a chain of this variant alone would have: its chain's for the oddest variant of each, a lower one for
    others.

    By what it is less odd than that one, as a chain that is so much less odd; where variants have no scores, the chain's.
    """
    variants = base.variants
    best = np.full(len(base), -np.inf)
    np.maximum.at(best, variants.chain, np.where(np.isnan(variants.score), -np.inf, variants.score))
    less = np.nan_to_num(best[variants.chain] - variants.score, nan=0.0, posinf=0.0)
    falling = np.sort(-base.score)
    above = np.searchsorted(falling, -(base.score[variants.chain] - less), side="left") + 1
    own = base.rank[variants.chain].astype(np.float64)
    return np.where(less > 0, np.maximum(own, above), own)


def _places_among(rank: Floats, ranks: Ints) -> Floats:
    """Places of ranks among some of all."""
    return np.searchsorted(np.sort(ranks), rank, side="right").astype(np.float64)


def lesson_of(base: BaseQueue, verdicts: Verdicts, among: Flags | None = None) -> Lesson:
    """Verdicts and presumed-normal variants for the instant learner; `among` [c]: of these chains only."""
    chain = base.variants.chain
    positive, negative = (rows if among is None else rows[among[chain[rows]]] for rows in (verdicts.malicious, verdicts.negative))
    presumed = presumed_normal(base, verdicts, among)
    return _lesson(base, verdicts, positive, negative, presumed)


def _lesson(base: BaseQueue, verdicts: Verdicts, malicious: Ints, others: Ints, presumed: Ints) -> Lesson:
    """Rows of the variants in this order, each labelled one weighed and put into a fold by its finding."""
    labelled = np.concatenate([malicious, others])
    finding = verdicts.finding[np.searchsorted(verdicts.rows, labelled)]
    weights = [label_weights(side) for side in (finding[: len(malicious)], finding[len(malicious) :])]
    weight = np.concatenate([*weights, np.full(len(presumed), PRESUMED_WEIGHT / max(len(presumed), 1))])
    every = np.concatenate([labelled, presumed])
    fold = np.full(len(every), -1, dtype=np.int64)
    fold[: len(labelled)] = folds(base, labelled, finding)
    return Lesson(every, np.arange(len(every)) < len(malicious), weight, fold)


def findings_taught(verdicts: Verdicts, rows: Ints) -> int:
    """How many findings some variants were taught with; one of none stands for itself. The variants of a finding are one thing
    that was read and decided, and resemble each other.
    """
    finding = verdicts.finding[np.searchsorted(verdicts.rows, rows)]
    return len(distinct(finding[finding > 0])) + int((finding == 0).sum())


def label_weights(finding: Ints) -> Floats:
    """[m] weights of labels of one class by the findings that they are of: k of one finding weigh √k together.

    One key labels a whole finding, and its variants resemble each other: 400 of one build are not 400 opinions, and a
    handful of labels elsewhere must be heard beside them. One without a finding (0) is one of its own.
    """
    _, number, size = np.unique(finding, return_inverse=True, return_counts=True)
    return np.where(finding > 0, 1 / np.sqrt(size[number]), 1.0)


def folds(base: BaseQueue, rows: Ints, finding: Ints) -> Ints:
    """[m] 0 … FOLDS - 1 for each of some variants: those of one group are always in one fold, whatever else is labelled."""
    keys = group_keys(base, rows, finding)
    return np.array([hashlib.blake2b(key.encode(), digest_size=4).digest()[0] % FOLDS for key in keys], dtype=np.int64)


def group_keys(base: BaseQueue, rows: Ints, finding: Ints, *, by_parent: bool = False) -> list[str]:
    """[m] a key for each of some variants: equal for those that are held out together, which are of one finding.

    finding [m]: of each one's verdict. The key is the smallest chain key of the finding's odd part, so that a finding keeps its
    group when more is ingested. `by_parent`: variants of chains that continue the same chain, siblings, are together instead;
    finer, for cases that are a single incident.
    """
    chain = base.variants.chain[rows]
    if by_parent:
        steps, lengths = base.corpus.steps[chain], base.corpus.lengths[chain]
        above = np.where(np.arange(steps.shape[1]) < (lengths - 1)[:, None], steps, -1).astype(np.int32)
        return list(chain_keys(above, base.corpus.paths))
    smallest = _smallest_keys(base, set(finding.tolist()) - {0})
    return [smallest.get(one, base.corpus.keys[row]) for one, row in zip(finding.tolist(), chain.tolist(), strict=True)]


def _smallest_keys(base: BaseQueue, findings: set[int]) -> dict[int, str]:
    variants, smallest = base.variants, dict[int, str]()
    at = np.flatnonzero(np.isin(variants.finding, sorted(findings)))
    for finding, row in zip(variants.finding[at].tolist(), variants.chain[variants.variant[at]].tolist(), strict=True):
        key = base.corpus.keys[row]
        smallest[finding] = min(key, smallest.get(finding, key))
    return smallest
