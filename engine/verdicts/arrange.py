"""The learnt order: parts of the queue, and within what is undecided the places that each operating system has.

No verdict on one operating system moves what is of another. What the learners re-order of one system therefore goes to the places
that chains of this system have in the detector's order, and to no others: three Linux chains among the first ten stay three, and
where nothing was said of Linux they are the same three. (Rejected: one order by learnt scores. Whoever labels Windows only would
push all of Linux down, for nothing there is like what was found.)
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import Floats, Ints, Ints8, Ints32
from engine.domain.distinct import distinct
from engine.domain.verdicts import Verdict
from engine.findings.alike import finding_scores, step_kinds
from engine.findings.incidents import EVERYDAY
from engine.verdicts.queue import SUPPRESSED, Effect
from engine.verdicts.verdicts import BaseQueue, Verdicts

DECIDED, LIFTED, OPEN, SETTLED, OUT = range(5)
"""Parts of the learnt queue, from the top: malicious, of a malicious shape, undecided, benign, suppressed."""
PART_OF = {Verdict.MALICIOUS: DECIDED, Verdict.BENIGN: SETTLED, Verdict.FALSE_POSITIVE: OUT}
NOTICED = 0.01
"""A move of at least this share of the queue, and of at least one place, counts as raised or lowered."""
Flags = npt.NDArray[np.bool_]


def effect_parts(effect: Ints8) -> Ints8:
    """[m] the part of what nobody has decided."""
    out = np.full(len(effect), OPEN, dtype=np.int8)
    out[effect == Effect.RAISED_SHAPE] = LIFTED
    out[np.isin(effect, SUPPRESSED)] = OUT
    return out


def chain_parts(base: BaseQueue, verdicts: Verdicts, effect: Ints8) -> Ints8:
    """[c] which part of the queue each chain is in; effect [c] of what each stands for.

    A chain whose processes have several verdicts, none left to be given, is where the worst of them belongs.
    """
    out = effect_parts(effect)
    chain = base.variants.chain
    left = np.ones(len(base.variants), dtype=np.bool_)
    left[verdicts.settled] = False
    undecided = np.zeros(len(base), dtype=np.bool_)
    undecided[chain[left]] = True
    worst = np.full(len(base), OUT, dtype=np.int8)
    said = [PART_OF.get(Verdict(one), OPEN) if one else DECIDED for one in verdicts.verdict.tolist()]
    np.minimum.at(worst, chain[verdicts.rows], np.array(said, dtype=np.int8))
    out[~undecided] = worst[~undecided]
    return out


def order_of(part: Ints8, rank: Ints, score: Floats, system: Ints) -> tuple[Ints, Floats]:
    """[m] rows in the learnt order, [m] what each row is told as its score: falling along the order within what is above,
    undecided, benign and suppressed. system [m]: any numbers.
    """
    order = np.lexsort((rank, -score, part))
    middle = (part[order] == LIFTED) | (part[order] == OPEN)
    rows = order[middle]
    if len(rows):
        by_detector = rows[np.argsort(rank[rows], kind="stable")]
        places = np.empty(len(rows), dtype=np.int64)
        for one in distinct(system[rows]).tolist():
            places[system[by_detector] == one] = rows[system[rows] == one]
        order[middle] = places
    told = np.empty(len(order))
    group = np.where(middle, OPEN, part[order])
    for one in distinct(group).tolist():
        told[order[group == one]] = -np.sort(-score[order[group == one]])
    return order, told


def mark_moves(effect: Ints8, part: Ints8, order: Ints, rank: Ints, system: Ints) -> None:
    """Mark what the learners moved among the undecided: against its place in the detector's order of the same chains."""
    for one in distinct(system).tolist():
        after = order[(part[order] == OPEN) & (system[order] == one)]
        before = after[np.argsort(rank[after], kind="stable")]
        place = np.empty(len(part), dtype=np.int64)
        place[before] = np.arange(len(before))
        gained = place[after] - np.arange(len(after))
        least = max(1, int(NOTICED * len(after)))
        free = effect[after] == Effect.NONE
        effect[after[free & (gained >= least)]] = Effect.RAISED
        effect[after[free & (-gained >= least)]] = Effect.LOWERED


def finding_ranking(
    base: BaseQueue, verdicts: Verdicts, effect: Ints8, gain: Floats, windows: Flags, programs: Ints
) -> tuple[Ints32, Floats, Ints32]:
    """Numbers of the findings best first, their scores, and the detector's rank of the chain by which each is shown.

    gain [v]: what verdicts add to a variant's score. A finding gains what its best variant does: as the detector's rule
    (engine.findings.alike) adds further variants up, one that is like what was found would lift every large build by all of its
    steps. What is decided to be nothing counts for nothing, nor does what was put aside, so a finding of nothing else comes last;
    one with a malicious part is on top.
    """
    variants, count = base.variants, len(base.finding_score)
    value = np.where(np.isnan(variants.value), base.score[variants.chain[variants.variant]], variants.value)
    part = effect_parts(effect[variants.variant])
    part[verdicts.pair] = [PART_OF.get(Verdict(one), OPEN) for one in verdicts.pair_verdict.tolist()]
    whole = np.full(count, OUT, dtype=np.int8)
    owner = variants.finding.astype(np.int64) - 1
    np.minimum.at(whole, owner, part)
    whole[np.setdiff1d(np.arange(count), owner)] = OPEN  # nothing is known of what is odd in it
    everyday = float(np.quantile(base.score, EVERYDAY)) if len(base) else 0.0
    kind = step_kinds(programs, variants.chain[variants.variant], variants.shape[variants.variant])
    before = _scores(owner, value, kind, everyday, count)
    counts = part <= OPEN
    after = _scores(owner[counts], value[counts], kind[counts], everyday, count)
    after += _best(owner[counts], (value + gain[variants.variant])[counts], count) - _best(owner[counts], value[counts], count)
    known = np.isfinite(after) & np.isfinite(before)
    score = base.finding_score.astype(np.float64)
    score[known] += after[known] - before[known]
    shown = np.lexsort((base.rank[variants.chain[variants.variant]], -(value + gain[variants.variant]), part, owner))
    first = np.minimum(np.searchsorted(owner[shown], np.arange(count)), max(len(owner) - 1, 0))
    top = np.zeros(count, dtype=np.int32)
    system = np.zeros(count, dtype=np.int64)
    if len(owner):
        chain = variants.chain[variants.variant[shown[first]]]
        there = owner[shown[first]] == np.arange(count)
        top[there], system[there] = base.rank[chain[there]], windows[chain[there]]
    order, told = order_of(whole, np.arange(count), score, system)
    return (order + 1).astype(np.int32), _falling(told[order], whole[order]), top[order]


def _falling(score: Floats, part: Ints8) -> Floats:
    """[f] scores in their order: what is decided to be malicious above the rest, what is decided to be nothing not above it."""
    head, tail = part == DECIDED, part > OPEN
    middle = score[~head & ~tail]
    if not len(middle):
        return -np.sort(-score)
    out = score.copy()
    out[head] += max(0.0, float(middle.max()) - float(score[head].min(initial=np.inf)))
    out[tail] = np.minimum(-np.sort(-out[tail]), middle.min())
    return out


def _best(owner: Ints, value: Floats, count: int) -> Floats:
    """[count] the highest value of each owner, 0 without any."""
    out = np.full(count, -np.inf)
    np.maximum.at(out, owner, value)
    return np.where(np.isneginf(out), 0.0, out)


def _scores(owner: Ints, value: Floats, kind: Ints, everyday: float, count: int) -> Floats:
    out = np.full(count, -np.inf)
    found = finding_scores(owner, value, kind, everyday)
    out[: len(found)] = found
    return out
