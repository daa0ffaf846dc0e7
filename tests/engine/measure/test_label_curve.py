"""Reading with known labels: what is asked, what is told, and what both orders are compared by."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.domain.scores import FindingSet
from engine.domain.verdicts import Verdict
from engine.findings.incidents import incidents
from engine.measure.label_curve import AFTER, CurvePoint, KnownQueue, compared, curve, read_on
from engine.verdicts.rerank import rerank
from engine.verdicts.verdicts import Verdicts
from tests.engine.classifier.queues import make_queue

BASE, FEATURES, ATTACK = make_queue()
assert BASE.table is not None
TABLE = BASE.table
LABEL = ATTACK[TABLE.chain].astype(np.int8)


def findings() -> FindingSet:
    return incidents(BASE.corpus, TABLE, BASE.score[TABLE.chain].astype(np.float32), BASE.score)


def by_finding() -> KnownQueue:
    return KnownQueue.of_findings(BASE, FEATURES, TABLE, findings(), LABEL)


def by_chain() -> KnownQueue:
    return KnownQueue.of_chains(BASE, FEATURES, TABLE, LABEL)


def test_a_verdict_on_a_finding_is_on_all_that_it_covers() -> None:
    queue, found = by_finding(), findings()
    number = int(np.flatnonzero(queue.attacks)[0])
    verdicts = queue.verdicts([(number, Verdict.MALICIOUS)])
    covered = TABLE.chain[found.of_process() == number]
    assert sorted(set(BASE.variants.chain[verdicts.rows].tolist())) == sorted(set(covered.tolist()))
    assert set(verdicts.verdict.tolist()) == {int(Verdict.MALICIOUS)}
    assert set(verdicts.act.tolist()) == {1}


def test_the_detectors_order_is_read_from_the_top_whatever_is_said() -> None:
    queue = by_chain()
    truth = ATTACK[np.argsort(BASE.rank)]
    for point in read_on(queue, None):
        assert point.found == pytest.approx(truth[: point.verdicts].sum() / ATTACK.sum())
        left = truth[point.verdicts :]
        assert point.left == left.sum()
        if point.left:
            assert point.precision == pytest.approx(left[:20].sum() / min(20, left.sum()))
        assert point.reach == pytest.approx(truth[: point.verdicts + 20].sum() / ATTACK.sum())


def test_what_is_unknown_is_never_asked() -> None:
    label = LABEL.copy()
    label[~ATTACK[TABLE.chain]] = -1
    queue = KnownQueue.of_chains(BASE, FEATURES, TABLE, label)
    assert [point.found for point in read_on(queue, None)][1] == pytest.approx(5 / ATTACK.sum())


def test_a_learner_is_asked_after_each_verdict_until_nothing_is_left_to_find() -> None:
    asked: list[int] = []
    queue = by_chain()

    def learner(verdicts: Verdicts) -> object:
        asked.append(verdicts.event)
        return rerank(BASE, verdicts, FEATURES)

    points = read_on(queue, learner)  # type: ignore[arg-type]
    assert asked == list(range(1, len(asked) + 1))
    assert points[-1].left == 0
    assert points[-1].precision is None
    assert points[-1].found == 1.0
    assert [point.verdicts for point in points] == [after for after in AFTER if after <= len(BASE)]
    detector = {point.verdicts: point.found for point in read_on(queue, None)}
    assert next(point.found for point in points if point.verdicts == 25) > detector[25]


def test_wrong_verdicts_are_as_many_as_asked_for_and_the_same_for_a_seed() -> None:
    queue = by_chain()
    said: list[int] = []

    def learner(verdicts: Verdicts) -> object:
        bad = set(verdicts.malicious.tolist())
        said.append(sum((row in bad) != bool(ATTACK[BASE.variants.chain[row]]) for row in verdicts.rows.tolist()))
        return rerank(BASE, Verdicts.none(), FEATURES)

    read_on(queue, learner, wrong=0.5, seed=3)  # type: ignore[arg-type]
    first, said[:] = list(said), []
    read_on(queue, learner, wrong=0.5, seed=3)  # type: ignore[arg-type]
    assert said == first
    assert 0.25 < first[-1] / len(first) < 0.75
    said.clear()
    read_on(queue, learner, wrong=0.0)  # type: ignore[arg-type]
    assert set(said) == {0}


def test_attacks_in_no_finding_are_never_found() -> None:
    queue, found = by_finding(), findings()
    covered = found.of_process() > 0
    assert queue.total == LABEL.sum()
    assert read_on(queue, None, most=100)[-1].found <= LABEL[covered].sum() / LABEL.sum() + 1e-12


def test_the_interval_is_of_the_paired_difference() -> None:
    told = compared([0.1, 0.5, 0.9], [0.2, 0.6, 1.0])
    assert (told.low, told.high) == pytest.approx((0.1, 0.1))
    spread = compared([0.0, 0.0, 0.0], [0.1, 0.2, 0.3])
    half = 2.919986 * 0.1 / 3**0.5  # Student's t, 2 degrees of freedom, 95 %
    assert (spread.low, spread.high) == pytest.approx((0.2 - half, 0.2 + half), rel=1e-5)
    assert math.isnan(compared([0.1], [0.2]).low)


def test_a_curve_compares_at_the_same_number_of_verdicts() -> None:
    points = read_on(by_chain(), None)
    figures = curve([points, points], [points, points])
    assert list(figures) == [point.verdicts for point in points]
    assert all(one.low == one.high == 0 for told in figures.values() for one in told.values())
    done = [CurvePoint(5, 1.0, 1.0, None, 0)]
    assert set(curve([done, points], [done, points])[5]) == {"found", "reach", "P20"}
    assert set(curve([done], [done])[5]) == {"found", "reach"}
