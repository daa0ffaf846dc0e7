from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.metrics.agreement import agreement, separation, spearman, standings


@settings(deadline=None, max_examples=60)
@given(st.integers(2, 60), st.integers(0, 2**31))
def test_rank_correlation_is_that_of_scipy_and_blind_to_holes(size: int, seed: int) -> None:
    from scipy.stats import spearmanr

    random = np.random.default_rng(seed)
    old, new = random.permutation(size), random.permutation(size)
    assert np.isclose(spearman(old, new), spearmanr(old, new).statistic)
    none = np.zeros(size, bool)
    assert np.isclose(agreement(old * 3 + 1, new * 7 + 2, none, none).correlation, spearman(old, new))


def test_overlap_counts_each_side() -> None:
    rank = np.array([1, 2, 3, 4])
    found = agreement(rank, rank[::-1].copy(), np.array([1, 1, 0, 0], bool), np.array([0, 1, 1, 0], bool))
    assert (found.both, found.only_old, found.only_new) == (1, 1, 1)
    assert found.overlap == 1 / 3
    assert agreement(rank, rank, np.zeros(4, bool), np.zeros(4, bool)).overlap == 1.0


def test_lower_is_better_for_what_nobody_wants_to_read() -> None:
    verdict = np.array(["malicious", "false_positive", "undetermined"])
    old, new, none = np.array([5, 1, 2]), np.array([1, 5, 9]), np.zeros(3, bool)
    malicious, wrong = standings(verdict, old, new, none, none)
    assert (malicious.better, wrong.better) == (1, 1)
    assert (separation(verdict, old), separation(verdict, new)) == (0.0, 1.0)
    assert np.isnan(separation(verdict[:1], old[:1]))
