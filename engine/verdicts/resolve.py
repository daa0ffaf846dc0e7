"""From what a store reads of verdicts to what they say of variants, of chains, and of what is odd in findings.

A variant is taught by its processes: one class among them, or it says nothing (of a variant with both no learner can tell why).
What a finding only takes along (the shell between the service and the tool, the log-on above) gets the finding's verdict, too,
and is everyday elsewhere. So a variant teaches where odd processes of it have the verdict, or most of all that it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import Ints, Ints8
from engine.domain.verdicts import Verdict
from engine.verdicts.variants import REST
from engine.verdicts.verdicts import MIXED, BaseQueue, Verdicts

CODES = max(Verdict) + 1


@dataclass(frozen=True, slots=True)
class ToldVerdicts:
    """Verdicts as a store reads them. k chains of which nothing narrower is said, t groups of processes of others."""

    chain: Ints
    """[k] rows of the corpus, each once: all of their processes have this verdict."""
    chain_verdict: Ints8
    chain_act: Ints
    """[k] number of the act that gave it."""
    variant: Ints
    """[t] row of the variant."""
    finding: Ints
    """[t] the finding that covers these processes, 0 for none."""
    odd: npt.NDArray[np.bool_]
    verdict: Ints8
    act: Ints
    processes: Ints
    """[t] how many recorded processes."""
    event: int
    """Newest label event that is reflected, 0 for none."""


def winning(counts: Ints) -> Ints8:
    """[m] the verdict of rows with so many processes of each (counts [m, CODES]): MIXED where some are malicious and some are
    not.

    Of benign and false positive the more frequent, benign where both are as many: it says less. Undetermined only where nothing
    else is said.
    """
    bad, good, wrong = counts[:, Verdict.MALICIOUS], counts[:, Verdict.BENIGN], counts[:, Verdict.FALSE_POSITIVE]
    out = np.where(wrong > good, Verdict.FALSE_POSITIVE, Verdict.BENIGN)
    out = np.where(bad > 0, np.where(good + wrong > 0, MIXED, Verdict.MALICIOUS), out)
    return np.where(bad + good + wrong > 0, out, Verdict.UNDETERMINED).astype(np.int8)


def resolve(base: BaseQueue, told: ToldVerdicts) -> Verdicts:
    """What the verdicts say; in whatever order a store told them."""
    told = _spread(base, told)
    size = len(base.variants)
    counts = _counts(told.variant, told, size)
    said = counts.sum(axis=1)
    rows = np.flatnonzero(said)
    verdict = winning(counts[rows])
    class_of = counts[rows, Verdict.MALICIOUS]
    class_of = np.where(
        verdict == Verdict.MALICIOUS, class_of, counts[rows, Verdict.BENIGN] + counts[rows, Verdict.FALSE_POSITIVE]
    )
    odd = np.zeros(size, dtype=np.bool_)
    odd[told.variant[told.odd & (told.verdict != Verdict.UNDETERMINED)]] = True
    usable = (verdict != MIXED) & (verdict != Verdict.UNDETERMINED) & (base.variants.shape[rows] != REST)
    most = 2 * class_of >= base.variants.processes[rows]
    finding, act = _given(told, rows)
    chain, chain_verdict = _whole_chains(base, counts)
    pair, pair_verdict = _pairs(base, told)
    return Verdicts(
        rows=rows, verdict=verdict, finding=finding, act=act, teaches=usable & (odd[rows] | most),
        whole=said[rows] >= base.variants.processes[rows], chain=chain, chain_verdict=chain_verdict, pair=pair,
        pair_verdict=pair_verdict, event=told.event,
    )  # fmt: skip


def _spread(base: BaseQueue, told: ToldVerdicts) -> ToldVerdicts:
    """With the verdicts on whole chains as verdicts on everything that these are: their variants, odd and not."""
    variants = base.variants
    at = np.full(len(base), -1, dtype=np.int64)
    at[told.chain] = np.arange(len(told.chain))
    of_variant = at[variants.chain]
    pair = np.flatnonzero(of_variant[variants.variant] >= 0)
    inside = np.zeros(len(variants), dtype=np.int64)
    np.add.at(inside, variants.variant, variants.odd)
    row = np.flatnonzero(of_variant >= 0)
    rest = np.maximum(variants.processes[row] - inside[row], 0)
    owner = np.concatenate([of_variant[variants.variant[pair]], of_variant[row]])
    return ToldVerdicts(
        told.chain, told.chain_verdict, told.chain_act,
        variant=np.concatenate([told.variant, variants.variant[pair], row]),
        finding=np.concatenate([told.finding, variants.finding[pair], base.finding[variants.chain[row]]]),
        odd=np.concatenate([told.odd, np.ones(len(pair), np.bool_), np.zeros(len(row), np.bool_)]),
        verdict=np.concatenate([told.verdict, told.chain_verdict[owner]]),
        act=np.concatenate([told.act, told.chain_act[owner]]),
        processes=np.concatenate([told.processes, variants.odd[pair], rest]),
        event=told.event,
    )  # fmt: skip


def _counts(row: Ints, told: ToldVerdicts, size: int) -> Ints:
    """[size, CODES] processes of each row by verdict."""
    return (
        np.bincount(row * CODES + told.verdict, weights=told.processes, minlength=size * CODES)
        .astype(np.int64)
        .reshape(size, CODES)
    )


def _given(told: ToldVerdicts, rows: Ints) -> tuple[Ints, Ints]:
    """Finding and act of each of some variants: those of the best finding that its verdicts are of, 0 where they are of none."""
    none = np.where(told.finding > 0, told.finding, np.iinfo(np.int64).max)
    order = np.lexsort((told.act, none, ~told.odd, told.variant))
    _, first = np.unique(told.variant[order], return_index=True)
    at = order[first][np.searchsorted(told.variant[order][first], rows)]
    return told.finding[at].astype(np.int64), told.act[at].astype(np.int64)


def _whole_chains(base: BaseQueue, counts: Ints) -> tuple[Ints, Ints8]:
    """Chains whose every recorded process has the same verdict, and which."""
    by_chain = np.zeros((len(base), CODES), dtype=np.int64)
    np.add.at(by_chain, base.variants.chain, counts)
    every = np.zeros(len(base), dtype=np.int64)
    np.add.at(every, base.variants.chain, base.variants.processes)
    best = by_chain.argmax(axis=1)
    chain = np.flatnonzero((by_chain.max(axis=1) >= every) & (by_chain.sum(axis=1) > 0))
    return chain, best[chain].astype(np.int8)


def _pairs(base: BaseQueue, told: ToldVerdicts) -> tuple[Ints, Ints8]:
    """Pairs (finding, variant) of which every odd process is decided, and how: malicious where one is."""
    variants = base.variants
    width = max(len(variants), 1)
    keys = variants.finding.astype(np.int64) * width + variants.variant
    odd = np.flatnonzero(told.odd & (told.finding > 0) & (told.verdict != Verdict.UNDETERMINED))
    wanted = told.finding[odd] * width + told.variant[odd]
    at = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
    known = keys[at] == wanted if len(keys) else np.zeros(len(odd), np.bool_)
    at, odd = at[known], odd[known]
    counts = np.bincount(at * CODES + told.verdict[odd], weights=told.processes[odd], minlength=len(keys) * CODES)
    table = counts.astype(np.int64).reshape(len(keys), CODES)
    pair = np.flatnonzero((table.sum(axis=1) >= variants.odd) & (table.sum(axis=1) > 0))
    verdict = winning(table[pair])
    return pair, np.where(verdict == MIXED, Verdict.MALICIOUS, verdict).astype(np.int8)
