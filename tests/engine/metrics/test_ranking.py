"""Ranking metrics against scikit-learn, brute force over tie orders, and hand-made queues."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from engine.metrics.ranking import (
    alerts_per_thousand,
    average_precision,
    first_attack,
    macro_average,
    metrics_of,
    random_metrics,
    recall_at,
    roc_auc,
)

QUEUES = st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=2, max_size=40).filter(
    lambda rows: 0 < sum(truth for truth, _ in rows) < len(rows)
)


def arrays(rows):
    return np.array([truth for truth, _ in rows]), np.array([score for _, score in rows], dtype=float)


@settings(deadline=None, max_examples=120)
@given(QUEUES)
def test_ap_and_auc_equal_scikit_learns(rows):
    truth, score = arrays(rows)
    assert average_precision(truth, score) == pytest.approx(average_precision_score(truth, score))
    assert roc_auc(truth, score) == pytest.approx(roc_auc_score(truth, score))


@settings(deadline=None, max_examples=15)
@given(QUEUES, st.integers(1, 12))
def test_ties_are_expected_values_over_random_orders(rows, k):
    truth, score = arrays(rows)
    random = np.random.default_rng(0)
    recalls, firsts = [], []
    for _ in range(1500):
        order = np.lexsort((random.random(len(score)), -score))
        recalls.append(truth[order][:k].sum() / min(k, truth.sum()))
        firsts.append(np.flatnonzero(truth[order])[0] + 1)
    assert recall_at(truth, score, k) == pytest.approx(np.mean(recalls), abs=0.06)
    assert first_attack(truth, score) == pytest.approx(np.mean(firsts), abs=0.06 * len(rows))


@settings(deadline=None, max_examples=40)
@given(QUEUES, st.randoms(use_true_random=False))
def test_no_metric_depends_on_the_order_of_the_rows(rows, random):
    shuffled = rows[:]
    random.shuffle(shuffled)

    def all_of(queue):
        truth, score = arrays(queue)
        return metrics_of(truth, score, truth * 2, ~truth * 3)

    assert all_of(rows) == pytest.approx(all_of(shuffled), nan_ok=True)


def test_a_perfect_queue():
    truth = np.array([True, True, False, False])
    score = np.array([4.0, 3, 2, 1])
    events, background = np.array([5, 5, 0, 0]), np.array([0, 0, 500, 500])
    assert metrics_of(truth, score, events, background) == {
        "ap": 1.0, "auc": 1.0, "recall@10": 1.0, "recall@20": 1.0, "recall@50": 1.0, "first": 1.0, "alerts": 0.0,
    }  # fmt: skip


def test_alerts_count_benign_chains_read_until_most_attack_processes_are_found():
    score = np.array([9.0, 8, 7, 6, 5])
    attack_events = np.array([5, 0, 4, 0, 1])
    background = np.array([0, 100, 0, 300, 100])
    assert alerts_per_thousand(score, attack_events, background) == 2.0  # one chain per 500 processes
    assert alerts_per_thousand(score, attack_events, background, recall=1.0) == 4.0
    tied = np.zeros(5)
    assert alerts_per_thousand(tied, attack_events, background) == 4.0


def test_recall_is_of_what_could_be_found():
    truth = np.ones(30, dtype=bool)
    assert recall_at(truth, np.arange(30.0), 10) == 1.0


def test_without_attacks_there_is_no_figure():
    truth, score = np.zeros(3, dtype=bool), np.arange(3.0)
    values = metrics_of(truth, score, truth.astype(int), np.ones(3, dtype=int))
    assert all(math.isnan(value) for value in values.values())


def test_nan_scores_come_last():
    truth = np.array([True, False])
    assert first_attack(truth, np.array([np.nan, 0.0])) == 2.0


def test_random_order_scores_the_prevalence():
    truth = np.array([True] + [False] * 9)
    row = random_metrics(truth, truth.astype(int), (~truth).astype(int))
    assert row["ap"] == pytest.approx(0.1)
    assert row["auc"] == 0.5
    assert row["first"] == pytest.approx(5.5)


def test_macro_average_counts_each_queue_once_and_skips_what_is_unknown():
    assert macro_average([{"ap": 0.2, "first": math.nan}, {"ap": 0.4, "first": 3.0}]) == pytest.approx({"ap": 0.3, "first": 3.0})
    assert math.isnan(macro_average([{"ap": math.nan}])["ap"])
