from __future__ import annotations

import numpy as np
import pytest

from engine.classifier.calibration import Calibration
from engine.classifier.comparison import decide, split, unjudged
from engine.classifier.reliability import calibration_error, reliability
from engine.classifier.stop import advice
from engine.classifier.verdicts import Verdict
from tests.engine.classifier.queues import make_queue, verdicts_of

BASE, FEATURES, ATTACK = make_queue()
ALL = verdicts_of(BASE, {row: Verdict.MALICIOUS if ATTACK[row] else Verdict.BENIGN for row in range(len(BASE))})
RANDOM = np.random.default_rng(1)


def test_held_back_labels_are_of_other_findings() -> None:
    parts = split(BASE, verdicts_of(BASE, {row: Verdict.MALICIOUS if row % 2 else Verdict.BENIGN for row in range(len(BASE))}))
    assert parts is not None
    assert not set(parts.kept.finding.tolist()) & set(parts.held.finding.tolist())
    assert len(parts.kept) + len(parts.held) == len(BASE)
    assert parts.by == "finding"


def test_labels_of_a_single_incident_are_divided_by_parent() -> None:
    from dataclasses import replace

    one = replace(BASE, finding=np.ones_like(BASE.finding))
    parts = split(one, replace(ALL, finding=np.ones_like(ALL.finding)))
    assert parts is not None
    assert parts.by == "parent"

    def above(rows: list[int]) -> set[bytes]:
        return {BASE.corpus.steps[row, : BASE.corpus.lengths[row] - 1].tobytes() for row in rows}

    assert not above(parts.kept.rows.tolist()) & above(parts.held.rows.tolist())


def test_a_worse_challenger_is_refused_with_figures() -> None:
    good = np.where(ATTACK, 2.0, -2.0) + RANDOM.normal(size=len(BASE)) / 10
    decision = decide(good, -4 * good, good, ALL)
    assert not decision.accepted
    assert decision.figures["challenger_auc"] < decision.figures["in_use_auc"] == 1.0
    assert "Refused: worse than the classifier in use" in decision.sentence
    assert f"{decision.figures['challenger_auc']:.3f} against 1.000" in decision.sentence


def test_where_the_order_is_equal_the_lstm_alone_decides() -> None:
    perfect = np.where(ATTACK, 2.0, -2.0) + RANDOM.normal(size=len(BASE)) / 10
    held = verdicts_of(BASE, {int(row): Verdict.MALICIOUS for row in np.flatnonzero(ATTACK)[:2]} | {60: Verdict.BENIGN})
    poor = np.where(ATTACK, -0.1, 0.1)
    assert decide(perfect, perfect, perfect, held).accepted
    assert not decide(perfect, poor, perfect, held).accepted
    assert not decide(perfect, poor, None, held).accepted


def test_a_better_challenger_is_accepted_and_an_equal_one_too() -> None:
    poor, good = RANDOM.normal(size=len(BASE)), np.where(ATTACK, 2.0, -2.0) + RANDOM.normal(size=len(BASE)) / 10
    assert decide(poor, good, poor, ALL).accepted
    assert decide(good, good, good, ALL).accepted
    first = decide(poor, good, None, ALL)
    assert first.accepted
    assert "the instant learner alone" in first.sentence


def test_what_cannot_be_judged_replaces_nothing() -> None:
    assert split(BASE, verdicts_of(BASE, {1: Verdict.MALICIOUS, 2: Verdict.BENIGN})) is None
    assert unjudged(False, 2).accepted
    assert not unjudged(True, 2).accepted


def test_reliability_counts_every_chain_once() -> None:
    chance = np.array([0.0, 0.1, 0.5, 0.95, 1.0, np.nan])
    table = reliability(chance, np.array([False, False, True, True, True, True]))
    assert [one.count for one in table] == [2, 1, 2]
    assert table[-1].malicious == 1.0
    assert calibration_error(table) == pytest.approx((2 * 0.05 + 0.5 + 2 * 0.025) / 5)
    assert calibration_error([]) == 0.0


def sample(size: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    random = np.random.default_rng(seed)
    surprise = random.exponential(size=size)
    odds = random.normal(size=size) * 2
    truth = random.random(size) < 1 / (1 + np.exp(3.0 - surprise - 0.8 * odds))
    return surprise, odds, truth


def test_probabilities_are_calibrated_where_the_curve_is_right() -> None:
    curve = Calibration.fit(*sample(400, 1))
    surprise, odds, truth = sample(4000, 2)
    assert calibration_error(reliability(curve.of(surprise, odds), truth)) < 0.05


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    held = []
    for seed in range(60):
        curve = Calibration.fit(*sample(60, seed))
        surprise, odds, truth = sample(200, 1000 + seed)
        told = advice(curve, surprise, odds, np.arange(200))
        held.append(told["low"] - 1 <= truth.sum() <= told["high"] + 1)
    assert np.mean(held) >= 0.8


def test_more_labels_never_turn_a_slope_around() -> None:
    surprise, odds, truth = sample(50, 3)
    curve = Calibration.fit(surprise, odds, ~truth)
    assert (curve.mean[1:] > 0).all()


def test_advice_says_when_reading_on_is_not_worth_it() -> None:
    surprise, odds, truth = sample(400, 1)
    curve = Calibration.fit(surprise, odds, truth)
    nothing = np.zeros(5)
    assert "hardly find anything" in advice(curve, nothing, nothing - 9, np.arange(5))["advice"]
    assert "Read on" in advice(curve, nothing + 4, nothing + 9, np.arange(5))["advice"]
    assert advice(curve, nothing, nothing, np.zeros(0, np.int64))["left"] == 0
