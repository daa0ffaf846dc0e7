"""What verdicts do to variants of the same shape, whoever learns: lift, lower, put aside."""

from __future__ import annotations

import numpy as np

from engine.domain.arrays import Floats, Ints, Ints8, Ints32
from engine.domain.verdicts import Verdict
from engine.verdicts.queue import Effect
from engine.verdicts.shapes import Shapes, VariantShapes
from engine.verdicts.variants import REST
from engine.verdicts.verdicts import BaseQueue, Remembered, Verdicts

BY_VERDICT = {
    Verdict.BENIGN: Effect.LOWERED_SHAPE,
    Verdict.FALSE_POSITIVE: Effect.SUPPRESSED_SHAPE,
    Verdict.MALICIOUS: Effect.RAISED_SHAPE,
}
"""The later outweighs the earlier."""


def shape_effects(
    base: BaseQueue, shapes: Shapes, verdicts: Verdicts, remembered: Remembered, rank: Floats
) -> tuple[Ints8, Ints32]:
    """[v] Effect and [v] cause of shapes alone: the example is the labelled variant of the shape that the detector ranks best.

    rank [v]. The cause is the row of the example's chain, or the index of a remembered shape, -1 without one. Of the same shape
    is what has the shape of the chain and that of the command line: a verdict on one variant of a chain does nothing to its
    others. A malicious verdict on a shape outweighs the others: whoever finds one wants to see them all. What this case says of a
    shape outweighs what is remembered from elsewhere.
    """
    kinds = VariantShapes.of(shapes, base.variants)
    by_kind = np.zeros(len(kinds), dtype=np.int8)
    cause_of = np.full(len(kinds), -1, dtype=np.int32)
    for verdict, effect in BY_VERDICT.items():
        rows = verdicts.with_(verdict)
        rows = rows[np.argsort(rank[rows], kind="stable")[::-1]]  # the best last, so that it is the one that stays
        by_kind[kinds.of_variant[rows]] = effect
        cause_of[kinds.of_variant[rows]] = base.variants.chain[rows]
    _remember(shapes, kinds, remembered, by_kind, cause_of)
    effect_of, cause = by_kind[kinds.of_variant], cause_of[kinds.of_variant]
    decided = verdicts.rows[verdicts.whole]
    effect_of[decided], cause[decided] = Effect.LABELLED, base.variants.chain[decided]
    mixture = (base.variants.shape == REST) & (effect_of != Effect.LABELLED)
    effect_of[mixture], cause[mixture] = Effect.NONE, -1
    return effect_of, cause


def _remember(shapes: Shapes, kinds: VariantShapes, remembered: Remembered, by_kind: Ints8, cause_of: Ints32) -> None:
    """False positives from elsewhere, on shapes of which nothing is known here and that were malicious nowhere.

    A verdict that is remembered of a chain, by a classifier of an older version, is of all its variants.
    """
    if not len(remembered):
        return
    malicious = {remembered.keys[at] for at in np.flatnonzero(remembered.verdict == Verdict.MALICIOUS).tolist()}
    place = {remembered.keys[at]: at for at in np.flatnonzero(remembered.verdict == Verdict.FALSE_POSITIVE).tolist()[::-1]}
    of_chain = shapes.keys()
    for kind, key in enumerate(kinds.keys(shapes)):
        for known in (key, of_chain[int(kinds.chain[kind])]):
            if known in place and not malicious & {known, key} and by_kind[kind] == Effect.NONE:
                by_kind[kind], cause_of[kind] = Effect.SUPPRESSED_REMEMBERED, place[known]


def lead_variants(base: BaseQueue, verdicts: Verdicts, effect: Ints8, value: Floats) -> Ints:
    """[c] the variant of each chain that the chain stands for in the queue.

    The best of those about which there is something to decide: one of a malicious shape before others, one that was put aside
    behind all others, and what is decided last. value [v].
    """
    standing = np.full(len(effect), 1, dtype=np.int8)
    standing[effect == Effect.RAISED_SHAPE] = 0
    standing[(effect == Effect.SUPPRESSED_SHAPE) | (effect == Effect.SUPPRESSED_REMEMBERED)] = 2
    standing[verdicts.settled] = 3
    order = np.lexsort((-value, standing, base.variants.chain))
    first = np.searchsorted(base.variants.chain[order], np.arange(len(base)))
    return np.asarray(order[first])
