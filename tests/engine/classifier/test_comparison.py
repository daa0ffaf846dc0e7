from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.classifier.comparison import Division, Judged, decide, divide, judged_by, skill_of, unjudged
from engine.classifier.decisions import decisions
from engine.classifier.trust import Trust, trust_of
from engine.domain.arrays import Floats, Ints
from engine.domain.verdicts import Verdict
from engine.metrics.ranking import roc_auc, weighted_auc
from engine.verdicts.calibration import LogisticCalibration
from engine.verdicts.reliability import Bin, reliability
from engine.verdicts.rerank import share_of
from engine.verdicts.stop import advice
from tests.engine.classifier.queues import make_queue, told_of, verdicts_of

BASE, FEATURES, ATTACK = make_queue()
ALL = verdicts_of(BASE, {row: Verdict.MALICIOUS if ATTACK[row] else Verdict.BENIGN for row in range(len(BASE))})
RANDOM = np.random.default_rng(1)


MIXED = verdicts_of(BASE, {row: Verdict.MALICIOUS if row % 2 else Verdict.BENIGN for row in range(len(BASE))})
NOISE = RANDOM.normal(size=len(BASE)) / 10
GOOD = np.where(ATTACK, 2.0, -2.0) + NOISE


ENOUGH = Trust(10, 10, (int(ATTACK.sum()), int((~ATTACK).sum())))
APIECE = Division(np.arange(len(BASE)), ATTACK, np.arange(len(BASE)) % 4, "finding", np.arange(len(BASE)))
"""Every verdict of a finding of its own."""


def judged(odds: Floats) -> Judged:
    return Judged(odds, share_of(skill_of(odds, APIECE)))


def test_every_verdict_is_held_back_once_and_no_finding_is_on_both_sides() -> None:
    parts = divide(BASE, MIXED)
    assert parts is not None
    assert parts.by == "finding"
    assert sorted(parts.rows.tolist()) == sorted(MIXED.rows.tolist())
    assert sorted(set(parts.fold.tolist())) == list(range(parts.parts))
    assert parts.parts >= 2
    finding = MIXED.finding[np.searchsorted(MIXED.rows, parts.rows)]
    for number in set(finding[finding > 0].tolist()):
        assert len(set(parts.fold[finding == number].tolist())) == 1
        assert len(set(parts.group[finding == number].tolist())) == 1


def test_verdicts_are_divided_alike_in_whatever_order_they_are_told() -> None:
    variants = BASE.variants
    pairs = zip(variants.variant.tolist(), variants.finding.tolist(), variants.odd.tolist(), strict=True)
    said = [(row, finding, row, True, Verdict.MALICIOUS if row % 2 else Verdict.BENIGN, odd) for row, finding, odd in pairs]
    shuffled = [said[at] for at in RANDOM.permutation(len(said)).tolist()]
    parts, again = divide(BASE, told_of(BASE, said)), divide(BASE, told_of(BASE, shuffled))
    assert parts is not None
    assert again is not None
    assert parts.rows.tolist() == again.rows.tolist()
    assert parts.fold.tolist() == again.fold.tolist()


def test_labels_of_a_single_incident_are_divided_by_parent() -> None:
    parts = divide(BASE, replace(ALL, finding=np.ones_like(ALL.finding)))
    assert parts is not None
    assert parts.by == "parent"
    chain = BASE.variants.chain[parts.rows].tolist()
    above = [BASE.corpus.steps[row, : BASE.corpus.lengths[row] - 1].tobytes() for row in chain]
    folds = dict(zip(above, parts.fold.tolist(), strict=True))
    assert [folds[parent] for parent in above] == parts.fold.tolist()


def test_a_challenger_that_knows_no_better_than_chance_is_refused_with_figures_and_their_counts() -> None:
    decision = decide(GOOD, judged(-4 * GOOD), judged(GOOD), APIECE, ENOUGH)
    assert not decision.accepted
    assert decision.figures["skill"] < 0.5
    assert decision.figures["challenger_auc"] == decision.figures["in_use_auc"] == 1.0  # its share is nothing
    assert decision.sentence.startswith("Refused: alone it tells malicious from other ones no better than chance.")
    counts = f"on {ATTACK.sum()} malicious and {(~ATTACK).sum()} not (variants of 10 and 10 findings)"
    gain = "gain +0.000, nine times of ten between +0.000 and +0.000"
    assert f"ROC AUC 1.000 against 1.000 of the classifier in use ({gain}) {counts}" in decision.sentence
    assert decision.sentence.count(counts) == 2


def test_a_challenger_replaces_the_one_in_use_only_with_a_gain_beyond_its_interval() -> None:
    poor = RANDOM.normal(size=len(BASE))
    known = np.where(ATTACK, 0.4, -0.4) + RANDOM.normal(size=len(BASE))
    better = decide(poor, judged(8 * GOOD), judged(poor), APIECE, ENOUGH)
    assert better.accepted
    assert 0 < better.figures["gain_low"] <= better.figures["gain"] <= better.figures["gain_high"]
    assert better.sentence.startswith("Accepted: better than the classifier in use.")
    assert f"between {better.figures['gain_low']:+.3f} and {better.figures['gain_high']:+.3f}" in better.sentence
    same = decide(known, judged(GOOD), judged(GOOD), APIECE, ENOUGH)
    assert not same.accepted
    assert same.sentence.startswith("Refused: not better than the classifier in use beyond chance.")
    # One verdict better: a gain, and none that another draw of findings would show.
    swapped = GOOD.copy()
    high, low = int(np.flatnonzero(ATTACK)[0]), int(np.flatnonzero(~ATTACK)[0])
    swapped[[high, low]] = GOOD[[low, high]]
    little = decide(np.zeros(len(BASE)), judged(GOOD), judged(swapped), APIECE, ENOUGH)
    assert little.figures["gain"] > 0
    assert little.figures["gain_low"] <= 1e-9
    assert not little.accepted


def test_the_first_one_must_not_be_worse_than_the_instant_learner_alone() -> None:
    first = decide(GOOD, judged(GOOD), None, APIECE, ENOUGH)
    assert first.accepted
    assert first.sentence.startswith("Accepted: not worse than the instant learner alone.")
    noise = np.where(ATTACK, 0.5, -0.5) + 3 * RANDOM.normal(size=len(BASE))
    worse = decide(GOOD / 20, Judged(noise, 0.5), None, APIECE, ENOUGH)
    assert worse.sentence.startswith("Refused: worse than the instant learner alone.")
    assert not worse.accepted


@pytest.mark.parametrize(("skill", "share"), [(0.0, 0), (0.5, 0), (0.75, 0.25), (1.0, 0.5), (float("nan"), 0)])
def test_what_the_lstm_weighs_grows_with_its_skill_from_nothing_at_chance(skill: float, share: float) -> None:
    assert share_of(skill) == share


def test_skill_is_of_both_classes_and_of_findings() -> None:
    assert skill_of(np.ones(len(BASE)), APIECE) == 0.5  # everything is malicious
    assert skill_of(GOOD, APIECE) == 1.0
    # Of 900 malicious variants of one finding, all missed, and one of another, found: √900 against one.
    truth = np.r_[np.ones(901, np.bool_), np.zeros(10, np.bool_)]
    parts = Division(
        np.arange(911), truth, np.zeros(911, np.int64), "finding", np.r_[np.zeros(900), np.arange(1, 12)].astype(np.int64)
    )
    odds = np.r_[np.full(900, -1.0), 1.0, np.zeros(10)]
    assert skill_of(odds, parts) == pytest.approx(1 / 31)


@given(st.lists(st.tuples(st.booleans(), st.integers(-3, 3)), min_size=2, max_size=40))
def test_with_equal_weights_the_auc_is_the_plain_one(pairs: list[tuple[bool, int]]) -> None:
    truth, odds = np.array([bad for bad, _ in pairs]), np.array([odd for _, odd in pairs], dtype=np.float64)
    assert weighted_auc(truth, odds, np.ones(len(truth))) == pytest.approx(roc_auc(truth, odds), nan_ok=True)


@pytest.mark.parametrize(
    ("malicious", "others", "words"),
    [
        (9, 30, "9 of 10 malicious findings"), (30, 9, "9 of 10 not malicious findings"),
        (4, 6, "4 of 10 malicious and 6 of 10 not malicious findings"),
    ],
)  # fmt: skip
def test_a_perfect_order_of_too_few_verdicts_is_not_yet_trusted(malicious: int, others: int, words: str) -> None:
    truth = np.arange(500) < 449  # one key on a finding of 449 chains is one verdict
    perfect = np.where(truth, 3.0, -3.0)
    every = np.arange(500)
    parts = Division(every, truth, every % 4, "finding", every)
    decision = decide(perfect, Judged(perfect, 0.5), None, parts, Trust(malicious, others, (449, 51)))
    assert decision.figures["challenger_auc"] == 1.0
    assert not decision.accepted
    assert decision.sentence.startswith(f"Not yet trusted: {words} judged, each by a verdict of its own, so it moves nothing.")
    trust = trust_of({"decision": {"figures": decision.figures}})
    assert (trust.malicious, trust.others, trust.variants, trust.enough) == (malicious, others, (449, 51), False)
    assert trust.skill == 1.0
    assert decide(perfect, Judged(perfect, 0.5), None, parts, Trust(10, 10, (449, 51))).accepted


@pytest.mark.parametrize(
    "figures",
    [
        None, 7, {}, {"held_back": "40"}, {"held_back": float("nan"), "malicious": 20}, {"held_back": -1},
        {"held_back": 900, "malicious": 450}, {"malicious_findings": 20, "other_findings": 20},
    ],
)  # fmt: skip
def test_a_manifest_without_counts_is_of_a_classifier_judged_on_nothing(figures: object) -> None:
    assert not trust_of({"decision": {"figures": figures}}).enough


ONE_KEY = np.full(449, 7)
APART = np.arange(1, 450)


@pytest.mark.parametrize(
    ("finding", "act", "count"),
    [
        (ONE_KEY, ONE_KEY, 1),  # a finding
        (APART, ONE_KEY, 1),  # everything that was marked, whatever it is of
        (0 * APART, ONE_KEY, 1),  # chains of no finding
        (ONE_KEY, APART, 1),  # many keys on one finding
        (0 * APART, APART, 449),
        (APART, APART, 449),
        # Nine keys on one finding and a tenth on nine others: ten findings and ten acts, but two decisions.
        (np.r_[np.ones(9), np.arange(2, 11)].astype(np.int64), np.r_[np.arange(9), np.full(9, 99)].astype(np.int64), 2),
        (APART[:0], APART[:0], 0),
    ],
)  # fmt: skip
def test_one_act_and_one_finding_are_one_decision(finding: Ints, act: Ints, count: int) -> None:
    assert decisions(finding, act) == count


@settings(max_examples=200, deadline=None)
@given(pairs=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=60), one=st.integers(0, 12))
def test_one_more_act_is_at_most_one_more_decision(pairs: list[tuple[int, int]], one: int) -> None:
    def count(some: list[tuple[int, int]]) -> int:
        table = np.array(some, dtype=np.int64).reshape(-1, 2)
        return decisions(table[:, 0], table[:, 1])

    without = count([pair for pair in pairs if pair[1] != one])
    assert without <= count(pairs) <= without + 1
    assert count(pairs) <= len({act for _, act in pairs})


def test_a_key_on_all_that_is_malicious_and_one_on_the_rest_are_judged_as_two_decisions() -> None:
    said = {row: Verdict.MALICIOUS if ATTACK[row] else Verdict.BENIGN for row in range(len(BASE))}
    rows = verdicts_of(BASE, said).rows
    keys = replace(verdicts_of(BASE, said), act=np.where(ATTACK[rows], 1, 2))
    sides = int(ATTACK.sum()), int((~ATTACK).sum())
    assert judged_by(keys) == Trust(1, 1, sides)
    # A key on each chain: as many decisions as the class has findings.
    each = verdicts_of(BASE, said)
    assert judged_by(each) == Trust(*(len(set(each.finding[side == ATTACK].tolist())) for side in (True, False)), sides)


def test_what_cannot_be_judged_is_not_trusted() -> None:
    assert divide(BASE, verdicts_of(BASE, {1: Verdict.MALICIOUS, 2: Verdict.BENIGN})) is None
    assert not unjudged(2).accepted
    assert "Not yet trusted: 0 of 10 malicious" in unjudged(2).sentence


def test_reliability_counts_every_chain_once() -> None:
    chance = np.array([0.0, 0.1, 0.5, 0.95, 1.0, np.nan])
    table = reliability(chance, np.array([False, False, True, True, True, True]))
    assert [one.count for one in table] == [2, 1, 2]
    assert table[-1].malicious == 1.0
    assert calibration_error(table) == pytest.approx((2 * 0.05 + 0.5 + 2 * 0.025) / 5)
    assert calibration_error([]) == 0.0


def calibration_error(table: list[Bin]) -> float:
    """Mean gap between told and true share, weighted by chains (expected calibration error); 0 for an empty table."""
    total = sum(one.count for one in table)
    return sum(one.count * abs(one.predicted - one.malicious) for one in table) / total if total else 0.0


def sample(size: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    random = np.random.default_rng(seed)
    surprise = random.exponential(size=size)
    odds = random.normal(size=size) * 2
    truth = random.random(size) < 1 / (1 + np.exp(3.0 - surprise - 0.8 * odds))
    return surprise, odds, truth


def test_probabilities_are_calibrated_where_the_curve_is_right() -> None:
    curve = LogisticCalibration.fit(*sample(400, 1))
    surprise, odds, truth = sample(4000, 2)
    assert calibration_error(reliability(curve.of(surprise, odds), truth)) < 0.05


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    held = []
    for seed in range(60):
        curve = LogisticCalibration.fit(*sample(60, seed))
        surprise, odds, truth = sample(200, 1000 + seed)
        told = advice(curve, surprise, odds, np.arange(200))
        held.append(told["low"] - 1 <= truth.sum() <= told["high"] + 1)
    assert np.mean(held) >= 0.8


def test_more_labels_never_turn_a_slope_around() -> None:
    surprise, odds, truth = sample(50, 3)
    curve = LogisticCalibration.fit(surprise, odds, ~truth)
    assert (curve.mean[1:] > 0).all()


def test_advice_says_when_reading_on_is_not_worth_it() -> None:
    surprise, odds, truth = sample(400, 1)
    curve = LogisticCalibration.fit(surprise, odds, truth)
    nothing = np.zeros(5)
    assert "hardly find anything" in advice(curve, nothing, nothing - 9, np.arange(5))["advice"]
    assert "Read on" in advice(curve, nothing + 4, nothing + 9, np.arange(5))["advice"]
    assert advice(curve, nothing, nothing, np.zeros(0, np.int64))["left"] == 0
