"""What labels make of the detector's queue: one pure function of the effective verdicts.

The learnt order is the detector's surprise plus the learners', −log p(detector) − w · log p(learners), each p the rank from the
top within the queue, and w = 2n / (n + 10) for n labels: a few labels nudge, many decide. Without a malicious verdict the
learners are silent, and only shapes act; with few labels of a class there is an order, but no probability yet.

    malicious        the same shape is lifted to the top of what is not decided
    false positive   the same shape goes behind everything else
    benign           the chain itself goes behind everything else, its shape only lower

Nothing is accumulated and no random number is drawn. So taking a label back takes back exactly what it did, and the order
in which labels came does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.domain.arrays import Floats, Floats32, Ints, Ints8, Ints32
from engine.domain.distinct import distinct
from engine.domain.verdicts import Verdict
from engine.findings.alike import finding_scores
from engine.findings.incidents import EVERYDAY
from engine.signals.fusion import surprise
from engine.verdicts.calibration import LogisticCalibration
from engine.verdicts.features import ChainFeatures
from engine.verdicts.instant import InstantLearner, Lesson, probability
from engine.verdicts.lessons import lesson_of
from engine.verdicts.queue import SUPPRESSED, Effect, LearntQueue
from engine.verdicts.shapes import Shapes
from engine.verdicts.stop import advice
from engine.verdicts.verdicts import BaseQueue, Remembered, Verdicts

MOST_WEIGHT, HALF = 2.0, 10.0
LEAST, OF_EACH = 10, 3
"""Labels in all and of each class before a probability is told; an order needs less."""
SEQUENCE_SHARE, SUREST = 0.5, 8.0
LOWERED_BY = 3.0
"""What the shape of a benign chain loses, in nats: to a twentieth of its rank."""
NOTICED = 0.01
"""A move of at least this share of the queue, and of at least one place, counts as raised or lowered."""


def rerank(
    base: BaseQueue,
    verdicts: Verdicts,
    features: ChainFeatures,
    *,
    sequence: Floats32 | None = None,
    remembered: Remembered | None = None,
    classifier: str | None = None,
) -> LearntQueue:
    """The learnt queue. `sequence` [c]: log odds of malicious by the LSTM in use, None where there is none."""
    remembered = remembered or Remembered()
    effect, cause = shape_effects(features.shapes, verdicts, remembered, base.rank)
    opinion = learners(base, features, verdicts, sequence)
    less = np.where(effect == Effect.LOWERED_SHAPE, LOWERED_BY, 0.0)
    score = surprise(-base.rank.astype(np.float64)) + opinion.surprise - less
    part = parts(effect, verdicts)
    order = np.lexsort((base.rank, -score, part))
    if not opinion.abstains:
        mark_moves(effect, part, base.rank, score)
    # By the detector's score and not its rank: until something was learnt, findings are in the detector's order.
    finding_order, finding_score = finding_ranking(base.finding, base.score + opinion.surprise - less, part)
    return LearntQueue(
        ids=base.corpus.ids, score=score, order=base.rank[order].astype(np.int32),
        probability=opinion.probability, instant=opinion.instant, sequence=opinion.sequence,
        effect=effect, cause=cause, finding_order=finding_order, finding_score=finding_score,
        event=verdicts.event, classifier=classifier, weight=opinion.weight, abstains=opinion.abstains,
        metrics=metrics_of(effect, verdicts, remembered, opinion),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the learners say. c chains."""

    surprise: Floats
    """[c] what they add to the detector's surprise; 0 while abstaining."""
    probability: Floats32
    instant: Floats32
    sequence: Floats32
    weight: float
    abstains: bool
    stop: dict[str, Any] | None
    """engine.verdicts.stop, once there are enough labels for probabilities."""


def learners(base: BaseQueue, features: ChainFeatures, verdicts: Verdicts, sequence: Floats32 | None) -> Opinion:
    """Fit the instant learner to the verdicts and weigh it with the LSTM."""
    unknown = np.full(len(features), np.nan, dtype=np.float32)
    own = unknown if sequence is None else probability(sequence.astype(np.float64)).astype(np.float32)
    if not len(verdicts.malicious):
        return Opinion(np.zeros(len(features)), unknown, unknown, own, 0.0, True, None)
    lesson = lesson_of(base, verdicts)
    if lesson.malicious.all():  # nothing negative, not even presumed: a queue of a few chains
        return Opinion(np.zeros(len(features)), unknown, unknown, own, 0.0, True, None)
    model = InstantLearner.fit(features, lesson)
    odds = model.log_odds(features)
    usable = len(verdicts.malicious) + len(verdicts.negative)
    heard = float(lesson.weight[lesson.fold >= 0].sum())
    weight = MOST_WEIGHT * heard / (heard + HALF)
    together = combined(odds, None if sequence is None else sequence.astype(np.float64))
    chance, stop = unknown, None
    if min(len(verdicts.malicious), len(verdicts.negative)) >= OF_EACH and usable >= LEAST:
        chance, stop = calibrated(base, verdicts, lesson, model, odds)
    return Opinion(weight * surprise(together), chance, probability(odds).astype(np.float32), own, weight, False, stop)


def combined(instant: Floats, sequence: Floats | None) -> Floats:
    """[c] log odds of both learners together.

    The LSTM has half a say. On learnt embeddings, as an equal by ranks, it made the order worse than the instant learner's alone;
    on FastText's vectors, in log odds, it makes it better (docs/labels.md).
    """
    return instant if sequence is None else instant + SEQUENCE_SHARE * np.clip(sequence, -SUREST, SUREST)


def calibrated(
    base: BaseQueue, verdicts: Verdicts, lesson: Lesson, model: InstantLearner, odds: Floats
) -> tuple[Floats32, dict[str, Any]]:
    """Probability of malicious [c], and what is probably left among the unread."""
    ranked = surprise(-base.rank.astype(np.float64))
    lesson = lesson.bounded()
    labelled = np.flatnonzero(lesson.fold >= 0)
    # Where all of a class is in one finding nothing can be held out; the cut odds of the learner itself must do.
    held_out = np.where(np.isnan(model.held_out[labelled]), odds[lesson.rows[labelled]], model.held_out[labelled])
    curve = LogisticCalibration.fit(ranked[lesson.rows[labelled]], held_out, lesson.malicious[labelled], lesson.weight[labelled])
    unread = np.ones(len(base), dtype=np.bool_)
    unread[verdicts.rows] = False
    return curve.of(ranked, odds).astype(np.float32), advice(curve, ranked, odds, np.flatnonzero(unread))


def shape_effects(shapes: Shapes, verdicts: Verdicts, remembered: Remembered, rank: Ints) -> tuple[Ints8, Ints32]:
    """Effect and cause [c] of shapes alone: the example is the labelled chain of the shape that the detector ranks best.

    A malicious verdict on a shape outweighs the others: whoever finds one wants to see them all. What this case says of a
    shape outweighs what is remembered from elsewhere.
    """
    by_shape = np.zeros(len(shapes), dtype=np.int8)
    cause_of = np.full(len(shapes), -1, dtype=np.int32)
    by_verdict = {
        Verdict.BENIGN: Effect.LOWERED_SHAPE,
        Verdict.FALSE_POSITIVE: Effect.SUPPRESSED_SHAPE,
        Verdict.MALICIOUS: Effect.RAISED_SHAPE,
    }
    for verdict, effect in by_verdict.items():  # the strongest last
        rows = verdicts.with_(verdict)
        rows = rows[np.argsort(-rank[rows], kind="stable")]
        by_shape[shapes.of_chain[rows]] = effect
        cause_of[shapes.of_chain[rows]] = rows
    _remember(shapes, remembered, by_shape, cause_of)
    effect_of, cause = by_shape[shapes.of_chain], cause_of[shapes.of_chain]
    effect_of[verdicts.rows], cause[verdicts.rows] = Effect.LABELLED, verdicts.rows
    return effect_of, cause


def _remember(shapes: Shapes, remembered: Remembered, by_shape: Ints8, cause_of: Ints32) -> None:
    """False positives from elsewhere, on shapes of which nothing is known here and that were malicious nowhere."""
    if not len(remembered):
        return
    malicious = {remembered.keys[at] for at in np.flatnonzero(remembered.verdict == Verdict.MALICIOUS).tolist()}
    place = {remembered.keys[at]: at for at in np.flatnonzero(remembered.verdict == Verdict.FALSE_POSITIVE).tolist()[::-1]}
    for shape, key in enumerate(shapes.keys()):
        if key in place and key not in malicious and by_shape[shape] == Effect.NONE:
            by_shape[shape], cause_of[shape] = Effect.SUPPRESSED_REMEMBERED, place[key]


DECIDED, LIFTED, OPEN, SETTLED, OUT = range(5)
"""Parts of the learnt queue, from the top: malicious, of a malicious shape, undecided, benign, suppressed."""


def parts(effect: Ints8, verdicts: Verdicts) -> Ints8:
    """[c] which part of the queue each chain is in."""
    out = np.full(len(effect), OPEN, dtype=np.int8)
    out[effect == Effect.RAISED_SHAPE] = LIFTED
    out[np.isin(effect, SUPPRESSED)] = OUT
    out[verdicts.malicious] = DECIDED
    out[verdicts.with_(Verdict.BENIGN)] = SETTLED
    out[verdicts.with_(Verdict.FALSE_POSITIVE)] = OUT
    return out


def mark_moves(effect: Ints8, part: Ints8, rank: Ints, score: Floats) -> None:
    """Mark what the learners moved among the undecided: against its place in the detector's order of the same chains."""
    rows = np.flatnonzero(part == OPEN)
    before, after = np.empty(len(rows), np.int64), np.empty(len(rows), np.int64)
    before[np.argsort(rank[rows], kind="stable")] = np.arange(len(rows))
    after[np.lexsort((rank[rows], -score[rows]))] = np.arange(len(rows))
    least = max(1, int(NOTICED * len(rows)))
    free = effect[rows] == Effect.NONE
    effect[rows[free & (before - after >= least)]] = Effect.RAISED
    effect[rows[free & (after - before >= least)]] = Effect.LOWERED


def finding_ranking(finding: Ints, score: Floats, part: Ints8) -> tuple[Ints32, Floats]:
    """Numbers of the findings and their scores, best first: the detector's rule (engine.findings.alike) on learnt scores.

    Malicious chains and their like count more than any other; benign and suppressed ones count for nothing, so a finding
    of nothing else comes last.
    """
    reach = float(np.ptp(score)) + 1.0 if len(score) else 1.0
    value = score + reach * (OPEN - np.minimum(part, OPEN))
    value[part > OPEN] = -np.inf
    rows = np.lexsort((finding, -value))
    rows = rows[finding[rows] > 0]
    everyday = float(np.quantile(score, EVERYDAY)) if len(score) else 0.0
    best = finding_scores(finding[rows], value[rows], everyday)
    numbers = distinct(finding[rows])
    order = np.lexsort((numbers, -best[numbers]))
    lowest = float(score.min(initial=0.0)) - 1.0
    return numbers[order].astype(np.int32), np.maximum(best[numbers[order]], lowest)


def metrics_of(effect: Ints8, verdicts: Verdicts, remembered: Remembered, opinion: Opinion) -> dict[str, Any]:
    """Counts and one sentence for people."""
    labels = {verdict.word: int((verdicts.verdict == verdict).sum()) for verdict in Verdict}
    raised = int(np.isin(effect, (Effect.RAISED, Effect.RAISED_SHAPE)).sum())
    lowered = int(np.isin(effect, (Effect.LOWERED, Effect.LOWERED_SHAPE)).sum())
    suppressed = int(np.isin(effect, SUPPRESSED).sum())
    out = {
        "labels": labels, "raised": raised, "lowered": lowered, "suppressed": suppressed,
        "remembered": list(remembered.origin), "sentence": _sentence(verdicts, opinion, raised, lowered, suppressed),
    }  # fmt: skip
    return out if opinion.stop is None else out | {"stop": opinion.stop}


def _sentence(verdicts: Verdicts, opinion: Opinion, raised: int, lowered: int, suppressed: int) -> str:
    moved = f"{raised:,} up, {lowered:,} down, {suppressed:,} out"
    if opinion.abstains:
        return f"The detector's order, but for shapes: {moved}. The learner begins with the first malicious verdict."
    usable = len(verdicts.malicious) + len(verdicts.negative)
    who = "1 label decides" if usable == 1 else f"{usable:,} labels decide"
    return f"{who} {opinion.weight / (1 + opinion.weight):.0%} of the order: {moved}."
