"""What labels make of the detector's queue: one pure function of the effective verdicts.

Rows are variants (engine.verdicts.variants); a chain stands where the best of its undecided variants does, a finding where its
odd part does. The learnt order is the detector's surprise plus the learners', −log p(detector) − w · log p(learners), each p the
rank from the top within the queue, and w = 2n / (n + 10) · trust for n decided findings: a few nudge, many decide, as far as the
learner is right on verdicts that it did not see (engine.verdicts.trust). Each operating system learns from its own verdicts and
is ordered for itself (engine.verdicts.arrange). Without a malicious verdict the learners are silent, and only shapes act; with
few labels of a class there is an order, but no probability yet.

    malicious        the same shape is lifted to the top of what is not decided
    false positive   the same shape goes behind everything else
    benign           what is decided goes behind everything else, its shape only lower

Nothing is accumulated and no random number is drawn. So taking a label back takes back exactly what it did, and the order
in which labels came does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import Floats, Floats32, Ints8, Ints32
from engine.domain.verdicts import Verdict
from engine.signals.fusion import surprise
from engine.signals.threat_prior import on_windows
from engine.verdicts.arrange import chain_parts, finding_ranking, mark_moves, order_of
from engine.verdicts.calibration import LogisticCalibration
from engine.verdicts.effects import lead_variants, shape_effects
from engine.verdicts.features import VariantFeatures
from engine.verdicts.instant import InstantLearner, Lesson
from engine.verdicts.lessons import findings_taught, lesson_of, variant_ranks
from engine.verdicts.queue import SUPPRESSED, Effect, LearntQueue
from engine.verdicts.stop import advice
from engine.verdicts.trust import trust_in
from engine.verdicts.verdicts import BaseQueue, Remembered, Verdicts

MOST_WEIGHT, HALF = 2.0, 10.0
LEAST, OF_EACH = 10, 3
"""Labels in all and of each class before a probability is told; an order needs less."""
MOST_SHARE, SUREST = 0.5, 8.0
LOWERED_BY = 3.0
"""What the shape of a benign variant loses, in nats: to a twentieth of its rank."""


def rerank(
    base: BaseQueue,
    verdicts: Verdicts,
    features: VariantFeatures,
    *,
    sequence: Floats32 | None = None,
    share: float = 0.0,
    remembered: Remembered | None = None,
    classifier: str | None = None,
) -> LearntQueue:
    """The learnt queue. `sequence` [v]: log odds of malicious by the LSTM in use, None where there is none; `share`: of
    `share_of`.
    """
    remembered = remembered or Remembered()
    windows = on_windows(base.corpus)
    rank = variant_ranks(base)
    effect, cause = shape_effects(base, features.shapes, verdicts, remembered, rank)
    opinion = learners(base, features, verdicts, sequence, share)
    gain = opinion.surprise - np.where(effect == Effect.LOWERED_SHAPE, LOWERED_BY, 0.0)
    value = -np.log(rank / (len(base) + 1)) + gain
    lead = lead_variants(base, verdicts, effect, value)
    of_chain, cause_of = effect[lead], cause[lead]
    part = chain_parts(base, verdicts, of_chain)
    of_chain[verdicts.chain], cause_of[verdicts.chain] = Effect.LABELLED, verdicts.chain
    order, told = order_of(part, base.rank, value[lead], windows.astype(np.int64))
    if not opinion.abstains:
        mark_moves(of_chain, part, order, base.rank, windows.astype(np.int64))
    # By the detector's score and not its rank: until something was learnt, findings are in the detector's order.
    finding_order, finding_score, finding_top = finding_ranking(base, verdicts, effect, gain, windows, features.programs)
    return LearntQueue(
        ids=base.corpus.ids, score=told, order=base.rank[order].astype(np.int32),
        probability=opinion.probability[lead], instant=opinion.instant[lead], sequence=opinion.sequence[lead],
        effect=of_chain, cause=cause_of, finding_order=finding_order, finding_score=finding_score, finding_top=finding_top,
        event=verdicts.event, classifier=classifier, weight=opinion.weight, abstains=opinion.abstains,
        metrics=metrics_of(base, of_chain, verdicts, remembered, opinion, _adds(sequence, share)),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the learners say. v variants of c chains."""

    surprise: Floats
    """[v] what they add to the detector's surprise; 0 while abstaining, and for the systems of which nothing malicious is
    known.
    """
    probability: Floats32
    """[v]"""
    odds: Floats
    """[v] log odds of the instant learner; 0 where it is silent."""
    instant: Floats32
    """[v] share of the chains of its system that it finds less malicious; NaN while it is silent."""
    sequence: Floats32
    """[v] the same by the LSTM, of all chains."""
    weight: float
    """The highest among the systems."""
    abstains: bool
    stop: dict[str, Any] | None
    """engine.verdicts.stop, once there are enough labels for probabilities."""


@dataclass(frozen=True, slots=True)
class _Taught:
    """The instant learner of one operating system."""

    lesson: Lesson
    model: InstantLearner
    odds: Floats
    """[v] of every variant, those of other systems too."""
    weight: float


def learners(
    base: BaseQueue, features: VariantFeatures, verdicts: Verdicts, sequence: Floats32 | None, share: float = 0.0
) -> Opinion:
    """Fit an instant learner to the verdicts on each operating system, and weigh it with the LSTM.

    What is malicious on Windows is told by other names and paths than on Linux: a system learns from its own verdicts only, and
    begins with its first malicious one.
    """
    unknown = np.full(len(features), np.nan, dtype=np.float32)
    own = unknown if sequence is None else _above(base.variants.chain, sequence.astype(np.float64))
    windows = on_windows(base.corpus)
    added, odds, instant = np.zeros(len(features)), np.zeros(len(features)), unknown.copy()
    taught = []
    for among in (windows, ~windows):
        one = _taught(base, features, verdicts, among)
        if one is None:
            continue
        taught.append(one)
        rows = np.flatnonzero(among[base.variants.chain])
        told = None if sequence is None else sequence[rows].astype(np.float64)
        together = combined(one.odds[rows], told, share)
        added[rows] = one.weight * _surprise_of_best(base.variants.chain[rows], together)
        odds[rows], instant[rows] = one.odds[rows], _above(base.variants.chain[rows], one.odds[rows])
    if not taught:
        return Opinion(added, unknown, odds, unknown, own, 0.0, True, None)
    chance, stop = unknown, None
    sides = len(verdicts.malicious), len(verdicts.negative)
    if min(sides) >= OF_EACH and sum(sides) >= LEAST:
        chance, stop = calibrated(base, verdicts, taught, odds)
        chance = np.where(np.isnan(instant), unknown, chance)  # of a system without a learner nothing is told
    return Opinion(added, chance, odds, instant, own, max(one.weight for one in taught), False, stop)


def _taught(base: BaseQueue, features: VariantFeatures, verdicts: Verdicts, among: npt.NDArray[np.bool_]) -> _Taught | None:
    """None while there is nothing malicious, or nothing else, not even presumed (a queue of a few chains)."""
    lesson = lesson_of(base, verdicts, among)
    if not 0 < lesson.malicious.sum() < len(lesson.rows):
        return None
    model = InstantLearner.fit(features, lesson)
    decided = findings_taught(verdicts, lesson.rows[lesson.fold >= 0])
    weight = MOST_WEIGHT * decided / (decided + HALF) * trust_in(model, lesson, verdicts)
    return _Taught(lesson, model, model.log_odds(features), weight)


def _surprise_of_best(chain: Ints32, odds: Floats) -> Floats:
    """[m] −log of the share of chains that are at least as odd, by each one's best variant: a chain of many does not count for
    more.
    """
    _, place = np.unique(chain, return_inverse=True)
    best = np.full(int(place.max(initial=-1)) + 1, -np.inf)
    np.maximum.at(best, place, odds)
    ordered = np.sort(best)
    above = len(ordered) - np.searchsorted(ordered, odds, side="right")
    with_ties = len(ordered) - np.searchsorted(ordered, odds, side="left")
    return np.asarray(-np.log(((above + np.maximum(with_ties, above + 1)) / 2 + 0.5) / (len(ordered) + 1)))


def _above(chain: Ints32, odds: Floats) -> Floats32:
    """[v] share of the chains that are less malicious by these odds, each by its best variant."""
    return (1 - np.exp(-_surprise_of_best(chain, odds))).astype(np.float32)


def combined(instant: Floats, sequence: Floats | None, share: float) -> Floats:
    """Log odds of both learners together, the LSTM's cut where it is surer than it can be."""
    return instant if sequence is None else instant + share * np.clip(sequence, -SUREST, SUREST)


def share_of(skill: float) -> float:
    """What the LSTM's log odds weigh beside the instant learner's, by its ROC AUC on verdicts that were held back.

    Nothing at chance (0.5) and below, and MOST_SHARE where it puts every malicious one above every other: half a say. On learnt
    embeddings, as an equal by ranks, it made the order worse than the instant learner's alone; on FastText's vectors, in log
    odds, it makes it better (docs/labels.md). The AUC is of both classes: who calls everything malicious is at chance.
    """
    return MOST_SHARE * max(0.0, 2 * skill - 1) if np.isfinite(skill) else 0.0


def calibrated(base: BaseQueue, verdicts: Verdicts, taught: list[_Taught], odds: Floats) -> tuple[Floats32, dict[str, Any]]:
    """Probability of malicious [v], and what is probably left among the unread chains. odds [v]: 0 where no learner is.

    What is presumed normal takes part, k of it as much as √k verdicts, like the variants of one finding: of what was read alone,
    which was on top, the curve knew nothing of the rest and saw hundreds of malicious chains left among a thousand.
    """
    ranked = -np.log(variant_ranks(base) / (len(base) + 1))
    seen: list[tuple[Floats, Floats, Any, Floats]] = []
    for one in taught:
        lesson = one.lesson.bounded()
        rows = lesson.rows
        # Where all of a class is in one finding nothing can be held out; the cut odds of the learner itself must do.
        held_out = np.where(np.isnan(one.model.held_out), odds[rows], one.model.held_out)
        presumed = lesson.fold < 0
        weight = np.where(presumed, 1 / np.sqrt(max(int(presumed.sum()), 1)), lesson.weight)
        seen.append((ranked[rows], held_out, lesson.malicious, weight))
    curve = LogisticCalibration.fit(*(np.concatenate(column) for column in zip(*seen, strict=True)))
    best = np.full(len(base), -np.inf)
    np.maximum.at(best, base.variants.chain, odds)
    unread = np.ones(len(base), dtype=np.bool_)
    unread[base.variants.chain[verdicts.rows]] = False
    unread[verdicts.chain] = False
    by_chain = surprise(-base.rank.astype(np.float64))
    return curve.of(ranked, odds).astype(np.float32), advice(curve, by_chain, best, np.flatnonzero(unread))


def _adds(sequence: Floats32 | None, share: float) -> str:
    """What the LSTM in use does to the order; "" without one."""
    if sequence is None:
        return ""
    return f" The LSTM adds {share:.2f} of its log odds." if share else " The LSTM moves nothing: it is not trusted yet."


def metrics_of(
    base: BaseQueue, effect: Ints8, verdicts: Verdicts, remembered: Remembered, opinion: Opinion, adds: str = ""
) -> dict[str, Any]:
    """Counts and one sentence for people."""
    labels = {verdict.word: int((verdicts.verdict == verdict).sum()) for verdict in Verdict}
    raised = int(np.isin(effect, (Effect.RAISED, Effect.RAISED_SHAPE)).sum())
    lowered = int(np.isin(effect, (Effect.LOWERED, Effect.LOWERED_SHAPE)).sum())
    suppressed = int(np.isin(effect, SUPPRESSED).sum())
    out: dict[str, Any] = {
        "labels": labels, "raised": raised, "lowered": lowered, "suppressed": suppressed,
        "remembered": list(remembered.origin), "sentence": _sentence(verdicts, opinion, raised, lowered, suppressed) + adds,
    }  # fmt: skip
    chains, processes = base.variants.folded
    if chains:
        out |= {"folded": [chains, processes]}
        out["sentence"] += (
            f" Of {chains:,} chains with very many kinds of command line the rarest {processes:,} processes are taught as one."
        )
    return out if opinion.stop is None else out | {"stop": opinion.stop}


def _sentence(verdicts: Verdicts, opinion: Opinion, raised: int, lowered: int, suppressed: int) -> str:
    moved = f"{raised:,} up, {lowered:,} down, {suppressed:,} out"
    if opinion.abstains:
        return f"The detector's order, but for shapes: {moved}. The learner begins with the first malicious verdict."
    usable = len(verdicts.malicious) + len(verdicts.negative)
    who = "1 label decides" if usable == 1 else f"{usable:,} labels decide"
    return f"{who} {opinion.weight / (1 + opinion.weight):.0%} of the order: {moved}."
