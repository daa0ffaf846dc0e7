"""Sampling, thresholds, findings and the shuffled-order test, each by itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.autoencoder.inputs import StepInputs
from engine.autoencoder.params import NetworkParams
from engine.autoencoder.sampling import ChainSampler, scale_of, weights
from engine.autoencoder.scoring import batches_by_length, chain_errors
from engine.autoencoder.self_test import shuffle_test, shuffled_chains
from engine.detector.thresholds import AlertBudget, threshold_for
from engine.domain.records import MAX_STEPS
from engine.findings.without_processes import group_findings
from engine.signals.fusion import fuse, surprise, used
from engine.words.embedding import Embedding, words_of
from tests.engine.detector.corpus import make_corpus

SCORES = st.lists(st.integers(0, 15), min_size=1, max_size=60).map(lambda v: np.array(v, dtype=float))


@settings(deadline=None, max_examples=150)
@given(SCORES, st.integers(0, 70))
def test_a_threshold_is_the_lowest_that_keeps_the_budget(scores, budget):
    threshold = threshold_for(AlertBudget(0.0, budget), scores, np.ones(len(scores), np.int64), 1.0)
    assert np.isfinite(threshold)
    highest = (scores == scores.max()).sum()
    assert (scores >= threshold).sum() <= max(budget, highest if budget else 0)
    lower = scores[scores < threshold]
    if len(lower):
        assert (scores >= lower.max()).sum() > budget


def test_budgets_are_per_host_day_with_a_floor_or_in_false_positives():
    scores, counts = np.arange(1000.0), np.ones(1000, np.int64)
    flagged = lambda budget, days: int((scores >= threshold_for(budget, scores, counts, days)).sum())  # noqa: E731
    assert flagged(AlertBudget(), 1.0) == 20
    assert flagged(AlertBudget(per_host_day=10.0), 12.5) == 125
    assert flagged(AlertBudget(false_positives=5.0), 100.0) == 5
    counts[-1] = 50_000  # the highest chain is a process that runs all the time: it alone breaks the budget
    assert flagged(AlertBudget(false_positives=5.0), 100.0) == 1
    assert flagged(AlertBudget(per_host_day=0.0, at_least=0), 100.0) == 0
    assert threshold_for(AlertBudget(), np.zeros(0), np.zeros(0, np.int64), 1.0) == float("inf")


def test_the_words_of_the_inputs_are_in_the_order_of_the_paths():
    """Not in that of a set, which is another in every process: they are saved with the model as they come."""
    paths = [f"/opt/{first}/{second}/{first}{second}" for first in "abcdefgh" for second in "stuvwxyz"]
    words = list(dict.fromkeys(word for path in paths for word in words_of(path)))
    vectors = np.eye(len(words), 4, dtype=np.float32)
    blank = Embedding(tuple(words), vectors, np.zeros(0, np.int64), np.zeros((0, 4), np.float32), 1, 3, 5)
    steps = np.arange(len(paths), dtype=np.int32)[:, None]
    inputs = StepInputs.fit(blank, paths, steps, np.ones(len(paths), dtype=np.int64))
    assert list(inputs.word_share) == words


def test_sampling_follows_the_weights_and_keeps_to_one_length():
    lengths = np.array([1, 2, 2, 3, 0], dtype=np.int32)
    counts = np.array([100, 400, 0, 400, 900])
    for weighting, expected in (("linear", [1 / 9, 4 / 9, 0, 4 / 9, 0]), ("sqrt", [0.2, 0.4, 0, 0.4, 0])):
        sampler = ChainSampler(lengths, weights(counts, 0, NetworkParams(weighting=weighting)), seed=1)
        drawn = [sampler.draw(8) for _ in range(1500)]
        assert all(len(set(lengths[rows].tolist())) == 1 for rows in drawn)
        share = np.bincount(np.concatenate(drawn), minlength=5) / (8 * 1500)
        assert share == pytest.approx(expected, abs=0.04)


def test_a_starter_does_not_drown_the_estate():
    counts = np.array([4, 4, 100, 100, 100, 100])
    weight = weights(counts, 2, NetworkParams(estate=0.5))
    assert weight[:2].sum() == pytest.approx(weight[2:].sum())
    assert weight[2:] == pytest.approx(np.sqrt(counts[2:]))
    large = weights(counts, 5, NetworkParams(estate=0.5))  # more than half as it is
    assert large == pytest.approx(np.sqrt(counts))
    for own in (0, 6):
        assert weights(counts, own, NetworkParams()) == pytest.approx(np.sqrt(counts))


def test_inputs_have_unit_variance_and_a_constant_does_not_divide_by_zero():
    vectors = np.random.default_rng(0).normal(3, 5, (40, 8)).astype(np.float32)
    steps = np.arange(40, dtype=np.int32).reshape(4, 10)
    centre, scale = scale_of(vectors, steps, np.array([1, 4, 9, 1]))
    assert centre.shape == (8,)
    assert scale == pytest.approx(5, rel=0.15)
    assert scale_of(np.ones((40, 8), np.float32), steps, np.ones(4, np.int64))[1] == 1.0


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=MAX_STEPS), min_size=1, max_size=20), st.integers(0, 99))
def test_shuffled_copies_keep_their_steps_and_change_their_order(chains, seed):
    steps = np.full((len(chains), MAX_STEPS), -1, dtype=np.int32)
    for row, chain in enumerate(chains):
        steps[row, : len(chain)] = chain
    lengths = np.array([len(chain) for chain in chains], dtype=np.int32)
    shuffled, rows = shuffled_chains(steps, lengths, seed)
    assert rows.tolist() == [row for row, chain in enumerate(chains) if len(set(chain)) > 1]
    for copy, row in zip(shuffled, rows, strict=True):
        assert sorted(copy[: lengths[row]]) == sorted(chains[row])
        assert (copy[lengths[row] :] == -1).all()
        assert copy.tolist() != steps[row].tolist()


def test_the_shuffle_test_reports_both_distributions():
    corpus = make_corpus({tuple(f"/{i}/{j}" for j in range(4)): 1 for i in range(50)})
    real = np.linspace(0.001, 0.01, 50)
    tested = shuffle_test(corpus.steps, corpus.lengths, real, lambda steps, _: np.full(len(steps), 0.5), seed=1)
    assert tested is not None
    report = tested.report(0.0095)
    assert report["shuffled_above_threshold"] == 1.0
    assert report["real_above_threshold"] == pytest.approx(0.06)
    assert report["shuffled_auc"] == 1.0
    assert sum(report["histogram_real"]) == sum(report["histogram_shuffled"]) == 50
    single = make_corpus({("/a",): 1})
    assert shuffle_test(single.steps, single.lengths, real[:1], lambda s, _: np.zeros(len(s)), 1) is None


def test_a_finding_is_a_flagged_chain_with_what_it_started():
    chains = [("/a",), ("/a", "/b"), ("/a", "/b", "/c"), ("/a", "/b", "/c", "/d"), ("/x",), ("/x", "/y"), ("/a", "/z", "/c")]
    score = np.array([0.0, 5.0, 9.0, 2.0, 0.0, 7.0, 8.0])
    corpus = make_corpus(dict.fromkeys(chains, 1))
    finding = group_findings(corpus.steps, corpus.lengths, score, 2.0)
    assert finding.tolist() == [0, 1, 1, 1, 0, 3, 2]


def test_findings_survive_chains_that_were_cut_at_the_root():
    loop = ("/a",) * MAX_STEPS
    deep = tuple(f"/{i}" for i in range(12))
    corpus = make_corpus({loop: 1, deep[0:10]: 1, deep[1:11]: 1, deep[2:12]: 1})
    finding = group_findings(corpus.steps, corpus.lengths, np.array([1.0, 2.0, 3.0, 4.0]), 0.0)
    assert finding.tolist() == [2, 1, 1, 1]
    turning = ("/a", "/b") * 5
    circle = make_corpus({turning: 1, turning[1:] + turning[:1]: 1})
    assert group_findings(circle.steps, circle.lengths, np.array([1.0, 2.0]), 0.0).tolist() == [1, 1]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.sampled_from(["/a", "/b"]), min_size=1, max_size=MAX_STEPS).map(tuple), min_size=1, max_size=30))
def test_findings_are_numbered_without_gaps_by_their_best_chain(chains):
    corpus = make_corpus(dict.fromkeys(chains, 1))
    score = np.random.default_rng(len(chains)).random(len(corpus))
    finding = group_findings(corpus.steps, corpus.lengths, score, 0.3)
    assert ((finding > 0) == (score >= 0.3)).all()
    best = [score[finding == number].max() for number in range(1, finding.max(initial=0) + 1)]
    assert best == sorted(best, reverse=True)


def test_chain_errors_ignore_what_is_behind_the_end():
    errors = np.full((3, MAX_STEPS), np.nan, dtype=np.float32)
    errors[0, :3] = [1, 5, 3]
    errors[1, :1] = [2]
    mean, worst, step = chain_errors(errors, np.array([3, 1, 0], dtype=np.int32))
    assert mean.tolist() == [3.0, 2.0, 0.0]
    assert worst.tolist() == [5.0, 2.0, 0.0]
    assert step.tolist() == [1, 0, 0]


def test_batches_hold_one_length_and_every_chain_once():
    lengths = np.array([2, 1, 2, 0, 2], dtype=np.int32)
    assert [rows.tolist() for rows in batches_by_length(lengths, 2)] == [[1], [0, 2], [4]]


def test_families_are_weighted_not_signals():
    falling = np.array([9.0, 5.0, 0.0])
    values = {"window_rarity": np.array([1.0, 2.0, 3.0]), "prior": falling, "role_share": falling}
    rarity, known = surprise(values["window_rarity"]), surprise(values["prior"])
    assert fuse(values) == pytest.approx((rarity + 2 * known) / 3)
    assert fuse(values | {"build_tree": np.array([0.0, 0.0, 1.0])})[2] == pytest.approx(fuse(values)[2] / 2)
    assert set(used(values)) == {"rarity", "knowledge"}
    with pytest.raises(ValueError, match="no signal"):
        fuse({})


@given(st.lists(st.one_of(st.floats(-5, 5), st.just(np.nan)), min_size=1, max_size=30))
def test_surprise_follows_the_order_and_ties_are_equal(values):
    values = np.array(values)
    found = surprise(values)
    assert (found > 0).all()
    known = ~np.isnan(values)
    assert found[~known] == pytest.approx(np.log(2))
    order = np.argsort(values[known], kind="stable")
    assert (np.diff(found[known][order]) >= 0).all()
    for value in np.unique(values[known]):
        assert len(np.unique(found[values == value])) == 1
