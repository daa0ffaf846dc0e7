"""Intervals hold what they promise, and say so when they cannot."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.detector.cost import DAY_US, HostDays, Rate, cost_of, mean_rate, share_rate
from engine.detector.thresholds import AlertBudget, threshold_for
from engine.domain.arrays import NO_TIME
from tests.engine.process_samples import make_table

A, B, C = ("c:\\a.exe",), ("c:\\a.exe", "c:\\b.exe"), ("c:\\a.exe", "c:\\c.exe")


def test_independent_draws_give_clopper_pearson_and_garwood() -> None:
    """With hardly any difference between many host-days, the textbook intervals: 10 of 10,000, and 20 events."""
    hits = np.zeros(1000, dtype=np.int64)
    hits[::100] = 1
    found = share_rate(hits, np.full(1000, 10))
    assert found.value == pytest.approx(1.0)
    assert (found.low, found.high) == pytest.approx((0.543, 1.696), rel=0.02)
    counts = np.zeros(1000, dtype=np.int64)
    counts[::50] = 1
    rate = mean_rate(counts)
    assert rate.value == pytest.approx(0.02)
    assert (rate.low * 1000, rate.high * 1000) == pytest.approx((13.25, 29.06), rel=0.01)


def test_nothing_flagged_has_an_upper_end_of_its_own() -> None:
    none = np.zeros(20, dtype=np.int64)
    assert mean_rate(none).low == 0 < mean_rate(none).high < 0.3
    assert share_rate(none, np.full(20, 1000)).high > 0.003 * 1000  # 20 draws and not 20,000


def test_one_bad_host_day_widens_the_interval() -> None:
    even, uneven = np.full(30, 2), np.r_[np.zeros(29, dtype=np.int64), 60]
    assert mean_rate(even).value == mean_rate(uneven).value
    assert mean_rate(uneven).high > 2 * mean_rate(even).high
    size = np.full(30, 1000)
    assert share_rate(uneven, size).high > 2 * share_rate(even, size).high


def test_two_host_days_have_no_interval() -> None:
    assert math.isnan(mean_rate(np.array([3, 1])).low)
    assert math.isnan(share_rate(np.array([3, 1]), np.array([10, 10])).high)


def rates_of_each(flagged: list[bool], rows: list[tuple[int, int, int]]) -> tuple[int, Rate, Rate]:
    """Process by process: (chain, host, time)."""
    days = sorted({(host, -1 if time == NO_TIME else time // DAY_US) for _, host, time in rows})
    size, hits, alerts = ([0] * len(days) for _ in range(3))
    first: dict[int, tuple[int, int]] = {}
    for chain, host, time in rows:
        day = days.index((host, -1 if time == NO_TIME else time // DAY_US))
        size[day] += 1
        hits[day] += flagged[chain]
        if flagged[chain] and time < first.get(chain, (2**63, 0))[0]:
            first[chain] = (time, day)
    for _, day in first.values():
        alerts[day] += 1
    return len(days), mean_rate(np.array(alerts)), share_rate(np.array(hits), np.array(size))


@given(
    rows=st.lists(
        st.tuples(
            st.integers(0, 4), st.integers(0, 3), st.one_of(st.integers(-3, 3).map(lambda n: n * DAY_US // 2), st.just(NO_TIME))
        ),
        min_size=1,
        max_size=30,
    ),
    flagged=st.lists(st.booleans(), min_size=5, max_size=5),
)
def test_counts_by_host_and_day_tell_what_each_process_tells(rows: list[tuple[int, int, int]], flagged: list[bool]) -> None:
    chain, host, time_us = np.array(rows, dtype=np.int64).T
    found = HostDays.of(chain * 7, host, time_us).rates(np.flatnonzero(flagged) * 7)
    assert found is not None
    days, alerts, share = rates_of_each(flagged, rows)
    assert (found.host_days, repr(found.alerts), repr(found.false_positives)) == (days, repr(alerts), repr(share))


def test_a_flagged_chain_is_new_once_and_counted_where_it_was_first() -> None:
    corpus, table = make_table([(A, -1, None), (B, 0, None), (C, 0, None), (B, 0, None)] * 3, host=[0, 1, 2, 3] * 3)
    flagged = np.array([chain == B for chain in (A, B, C)])
    found = cost_of(flagged, table)
    assert found is not None
    assert (found.host_days, found.alerts.value) == (4, 0.25)
    assert found.false_positives.value == pytest.approx(500)
    assert "4 host-days" in found.sentence
    assert len(corpus) == 3


def test_a_case_without_processes_has_no_rates() -> None:
    _corpus, table = make_table([])
    assert cost_of(np.zeros(0, dtype=np.bool_), table) is None


@pytest.mark.parametrize("days", [5, 30])
@pytest.mark.parametrize("evenness", [0.3, 3.0])
def test_the_intervals_cover_what_they_promise(days: int, evenness: float) -> None:
    """Host-days that differ much and chains that repeat; the threshold is chosen on the same days, as in a real case.

    90 % are promised; 300 trials tell 0.9 to within 0.035 (two standard errors).
    """
    random = np.random.default_rng(1)
    population = [_host_day(random, evenness) for _ in range(3000)]
    score, repeats = (np.concatenate([day[part] for day in population]) for part in (1, 2))
    processes = sum(day[0] for day in population) + int(repeats.sum())
    covered = np.zeros(2)
    for _ in range(300):
        seen = [population[row] for row in random.integers(0, len(population), days)]
        ordinary = sum(day[0] for day in seen)
        scores = np.concatenate([day[1] for day in seen] + [np.zeros(1)])
        counts = np.concatenate([day[2] for day in seen] + [np.array([ordinary])])
        threshold = threshold_for(AlertBudget(per_host_day=1.0, at_least=0), scores, counts, days)
        alerts = np.array([(day[1] >= threshold).sum() for day in seen])
        hits = np.array([day[2][day[1] >= threshold].sum() for day in seen])
        sizes = np.array([day[0] + day[2].sum() for day in seen])
        truths = (score >= threshold).sum() / len(population), repeats[score >= threshold].sum() / processes * 1000
        for place, (rate, truth) in enumerate(zip((mean_rate(alerts), share_rate(hits, sizes)), truths, strict=True)):
            covered[place] += rate.low <= truth <= rate.high
    assert (covered / 300 >= 0.82).all()


def _host_day(random: np.random.Generator, evenness: float) -> tuple[int, np.ndarray, np.ndarray]:
    """Ordinary processes; scores of odd chains, and how often each ran."""
    odd = int(random.poisson(random.gamma(evenness, 2 / evenness)))
    return int(random.negative_binomial(2, 2 / 302)) + 20, random.exponential(1, odd) + 0.5, random.geometric(0.3, odd)
