"""Thresholds by clean host-days: what is promised is kept on host-days that nobody has seen, whatever else a queue holds."""

from __future__ import annotations

import dataclasses
import itertools
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.detector import AlertBudget, Detector
from engine.detector.calibration import Calibration, DayScores, growth, reach
from engine.detector.clean_days import calibrated, host_days, mixed, promise_of, system_of
from engine.detector.params import PUBLISHED
from engine.detector.promise import KEY, Promise
from engine.detector.state import Rows
from engine.device import resolve
from engine.domain.arrays import NO_TIME
from engine.progress import Run
from engine.rules.rule import RuleSet
from engine.starter.days import DAY_US, LEAST, MOST
from engine.starter.starter import CleanDay, Starter
from tests.engine.detector.conftest import TINY
from tests.engine.detector.corpus import estate, make_corpus
from tests.engine.detector.packs import make_pack
from tests.engine.process_samples import make_table


def host_day(draw: np.random.Generator, source: str, chains: int = 120, strange: float = 1.0, system: int = 1) -> DayScores:
    """Scores as a queue's: the more often a chain runs, the less odd it is; how odd the oddest are differs by `strange`."""
    count = draw.geometric(0.2, size=chains)
    score = strange * draw.gamma(4.0, 0.25, size=chains) * growth(chains) / np.sqrt(count)
    return DayScores(source, system, score, count.astype(np.int64))


def estates(draw: np.random.Generator, sources: int, days: int) -> list[DayScores]:
    """Sources differ from each other, their days less so."""
    found = []
    for number in range(sources):
        own = np.exp(draw.normal(0, 0.15))
        found += [host_day(draw, str(number), draw.integers(40, 300), own * np.exp(draw.normal(0, 0.07))) for _ in range(days)]
    return found


def promised(calibration: Calibration, day: DayScores) -> Promise:
    return calibration.promise(day.system, len(day.score), int(day.count.sum()), 1.0)


@cache
def unseen(seed: int) -> list[tuple[DayScores, Promise]]:
    """Host-days with what a calibration on others promised for them: the same for every budget."""
    draw, found = np.random.default_rng(seed), []
    for _ in range(4):
        calibration = Calibration.of(estates(draw, 12, 6), [])
        assert calibration is not None
        found += [(day, promised(calibration, day)) for day in estates(draw, 12, 2)]
    return found


@pytest.mark.parametrize(("budget", "factor"), [(1.0, 3), (5.0, 2), (20.0, 2), (100.0, 2)])
def test_host_days_that_nobody_has_seen_have_what_was_promised(budget: float, factor: float) -> None:
    flagged = sum(int(day.count[day.score >= promise.of_rate(budget)].sum()) for day, promise in unseen(5))
    processes = sum(int(day.count.sum()) for day, _ in unseen(5))
    assert budget / factor <= flagged * 1000 / processes <= budget * factor


@pytest.mark.parametrize("budget", [1.0, 5.0, 20.0])
def test_nine_of_ten_such_host_days_are_within_the_interval(budget: float) -> None:
    within = []
    for day, promise in unseen(7):
        threshold = promise.of_rate(budget)
        rate = promise.processes.at(promise.score, threshold)
        assert rate.low <= rate.value <= rate.high
        seen = int(day.count[day.score >= threshold].sum()) * 1000 / int(day.count.sum())
        within.append(rate.low - 1e-6 <= seen <= rate.high + 1e-6)
    assert np.mean(within) >= 0.87


def test_a_budget_of_chains_is_kept_too() -> None:
    draw = np.random.default_rng(11)
    calibration = Calibration.of(estates(draw, 12, 6), [])
    assert calibration is not None
    flagged = [int((day.score >= promised(calibration, day).threshold(AlertBudget())).sum()) for day in estates(draw, 24, 4)]
    assert 0.5 <= np.mean(flagged) <= 2.0


def test_the_threshold_is_of_the_size_of_a_queue_and_not_of_what_is_in_it(starter: Starter) -> None:
    rows = [(("/sbin/init", "/usr/bin/sshd", f"/usr/bin/tool{number}"), -1, f"tool{number} -v") for number in range(40)]
    odd = [(("/sbin/init", "/usr/sbin/nginx", "/usr/bin/sh", f"/tmp/.x/w{number}"), -1, "w -o pool") for number in range(40)]
    corpus, table = make_table(rows)
    detector = Detector(dataclasses.replace(TINY, budget=AlertBudget(false_positives=5.0))).fit(
        corpus, processes=table, starter=starter
    )
    calm, attacked = (detector.score(*make_table(queue)[:1], processes=make_table(queue)[1]) for queue in (rows, odd))
    assert detector.fitted.calibration is not None
    assert calm.threshold == attacked.threshold
    assert np.isfinite(calm.threshold)


def test_the_strongest_is_above_every_threshold_where_it_stands_out_more_than_anything_clean() -> None:
    calibration = Calibration.of(estates(np.random.default_rng(3), 6, 4), [])
    assert calibration is not None
    for chains in (1, 3, 30, 10_000):
        promise = calibration.promise(1, chains, 3 * chains, 1.0)
        for budget in (0.0, 1e-6, 5.0):
            assert promise.of_rate(budget) <= calibration.top.max() * reach(chains) * (1 + 1e-12)
        assert promise.threshold(AlertBudget(per_host_day=0.0, at_least=0)) <= calibration.top.max() * reach(chains) * (1 + 1e-12)


def test_half_of_the_own_host_days_may_be_attacked() -> None:
    draw = np.random.default_rng(2)
    others, own = estates(draw, 8, 4), [host_day(draw, "", strange=0.8) for _ in range(9)]
    attacked = [
        dataclasses.replace(day, score=np.r_[day.score, np.full(30, 9.0)], count=np.r_[day.count, np.ones(30, np.int64)])
        for day in own[:4]
    ]
    clean, mixed_in = Calibration.of(others, own), Calibration.of(others, attacked + own[4:])
    without = Calibration.of(others, [])
    assert clean is not None
    assert mixed_in is not None
    assert without is not None
    assert clean.factor < without.factor == 1.0  # an estate of calm days has lower thresholds
    assert mixed_in.factor == pytest.approx(clean.factor, rel=0.1)
    assert (clean.own, without.own) == (9, 0)


def test_few_own_host_days_move_little() -> None:
    draw = np.random.default_rng(4)
    others, own = estates(draw, 8, 4), [host_day(draw, "", strange=0.5) for _ in range(30)]
    factors = [found.factor for days in (1, 4, 30) if (found := Calibration.of(others, own[:days])) is not None]
    assert len(factors) == 3
    assert 1 > factors[0] > factors[1] > factors[2]


def test_without_other_estates_its_own_host_days_are_taken_as_clean() -> None:
    own = [host_day(np.random.default_rng(1), "") for _ in range(3)]
    calibration = Calibration.of([], own)
    assert calibration is not None
    promise = promised(calibration, own[0])
    assert "3 host-days of the training's own, taken as clean" in promise.sentence(1.0)
    assert Calibration.of([], []) is None


def test_host_days_of_another_kind_of_system_count_less() -> None:
    draw = np.random.default_rng(6)
    days = [host_day(draw, f"w{n}", system=1) for n in range(4)] + [
        host_day(draw, f"l{n}", system=-1, strange=0.5) for n in range(4)
    ]
    calibration = Calibration.of([*days, host_day(draw, "w0+l0", system=0)], [])
    assert calibration is not None
    windows, others, both = (calibration.weights(system) for system in (1, -1, 0))
    assert windows[:4].sum() == pytest.approx(0.8)
    assert others[4:8].sum() == pytest.approx(0.8)
    assert windows[8] == others[8] == 0.0  # it is made of the others
    assert both[8] > both[:8].max()
    assert calibration.promise(1, 100, 500, 1.0).of_rate(5) > calibration.promise(-1, 100, 500, 1.0).of_rate(5)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 400), st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_more_is_never_promised_from_a_higher_score_on(chains: int, seed: int, sources: int) -> None:
    draw = np.random.default_rng(seed)
    calibration = Calibration.of([host_day(draw, str(n), chains) for n in range(sources)], [])
    assert calibration is not None
    promise = calibration.promise(1, chains, 3 * chains, 2.0)
    assert (np.diff(promise.score) > 0).all()
    for expected in (promise.processes, promise.alerts):
        for column in (expected.value, expected.low, expected.high):
            assert (np.diff(column) <= 1e-9).all()
        assert (expected.low <= expected.high).all()
    thresholds = [promise.of_rate(rate) for rate in (0.0, 0.1, 1.0, 5.0, 50.0, 1000.0)]
    assert all(one >= other for one, other in itertools.pairwise(thresholds))
    assert np.isfinite(thresholds).all()
    again = Promise.read({KEY: promise.plain()})
    assert again is not None
    assert again.of_rate(5.0) == pytest.approx(promise.of_rate(5.0), rel=1e-6)


@pytest.mark.parametrize(
    "change",
    [
        {}, {"score": []}, {"score": [2.0, 1.0]}, {"score": ["a"]}, {"score": [[1.0]]}, {"highest": float("inf")}, {"days": -1},
        {"processes": {"value": [1.0]}}, {"score": None}, {"clean": "many"}, {"highest": None},
    ],
)  # fmt: skip
def test_a_promise_that_makes_no_sense_is_none(change: dict[str, object]) -> None:
    calibration = Calibration.of([host_day(np.random.default_rng(0), "a")], [])
    assert calibration is not None
    plain = calibration.promise(1, 10, 30, 1.0).plain()
    assert Promise.read({KEY: plain}) is not None
    assert Promise.read({KEY: plain | change} if change else {}) is None


def test_a_rate_that_cannot_be_promised_is_said() -> None:
    calibration = Calibration.of([host_day(np.random.default_rng(0), "a", chains=40)], [])
    assert calibration is not None
    promise = calibration.promise(1, 10, 30, 1.0)
    assert promise.least == pytest.approx(1000 / calibration.size.sum())
    said = promise.sentence(promise.of_rate(1.0), 1.0)
    assert f"1 of 1,000 cannot be promised: only {calibration.size.sum():,} clean processes" in said
    assert "cannot be promised" not in promise.sentence(promise.of_rate(50.0), 50.0)
    assert "calibrated on 1 clean host-day of 1 other estates" in said


@pytest.fixture(scope="module")
def starter() -> Starter:
    everyday = [(("/sbin/init", f"/usr/sbin/d{n % 7}", f"/usr/bin/t{n}"), -1, f"t{n} -q") for n in range(LEAST)]
    brought = make_pack().starter(make_table(everyday)[0])
    days = tuple(CleanDay(f"s{number}", False, *make_table(everyday[number:] + everyday[:5])) for number in range(4))
    return dataclasses.replace(brought, days=days)


def test_a_detector_says_in_its_scores_what_their_threshold_promises(starter: Starter) -> None:
    corpus, table = make_table([(("/sbin/init", f"/usr/bin/x{number}"), -1, f"x{number}") for number in range(50)])
    detector = Detector(TINY).fit(corpus, processes=table, starter=starter)
    scores = detector.score(corpus, processes=table)
    promise = Promise.read(scores.metrics)
    assert promise is not None
    assert scores.threshold == pytest.approx(promise.threshold(TINY.budget))
    assert (promise.days, promise.sources, promise.own) == (4, 4, 1)
    assert "calibrated on 4 clean host-days of 4 other estates, moved by 1 of the training's own" in promise.origin
    assert promise.origin in detector.fitted.metrics["threshold_origin"]


def test_without_host_days_the_threshold_is_of_the_queue_itself_and_says_so() -> None:
    corpus = make_corpus(estate(60))
    detector = Detector(TINY).fit(corpus)
    scores = detector.score(corpus)
    assert detector.fitted.calibration is None
    assert Promise.read(scores.metrics) is None
    assert "of the queue itself" in detector.fitted.metrics["threshold_origin"]
    assert int((scores.score >= scores.threshold).sum()) == 20


def test_host_days_are_those_with_a_time_and_enough_processes() -> None:
    _corpus, table = make_table([(("/a", "/b"), -1, None)] * (3 * LEAST), host=[0] * (2 * LEAST) + [1] * LEAST)
    day = np.r_[np.zeros(LEAST, np.int64), np.full(LEAST, DAY_US), np.full(LEAST - 1, 5), 3 * DAY_US].astype(np.int64)
    found = list(host_days(dataclasses.replace(table, time_us=day)))
    assert [index.tolist() for index in found] == [list(range(LEAST)), list(range(LEAST, 2 * LEAST))]
    assert list(host_days(dataclasses.replace(table, time_us=np.full(len(table), NO_TIME)))) == []
    many = np.repeat(np.arange(3 * MOST), LEAST) * DAY_US
    _corpus, table = make_table([(("/a", "/b"), -1, None)] * len(many))
    assert len(list(host_days(dataclasses.replace(table, time_us=many)))) == MOST


def test_the_published_score_has_no_clean_host_days(starter: Starter) -> None:
    corpus, table = make_table([(("/a", "/b"), -1, None)] * LEAST)
    detector = Detector(TINY).fit(corpus, processes=table)
    params = dataclasses.replace(TINY, score=PUBLISHED)
    device = resolve("cpu", 1)
    assert calibrated(detector.fitted, params, starter.days, Rows.of(corpus, table, RuleSet()), device, Run()) is None


def test_hosts_of_both_systems_are_paired(starter: Starter) -> None:
    windows = [CleanDay("w", True, *make_table([(("c:/windows/explorer.exe", "c:/a.exe"), -1, "a.exe")] * LEAST))]
    pairs = list(mixed([*starter.days, *windows]))
    assert [pair.source for pair in pairs] == ["w+s0", "w+s1", "w+s2", "w+s3"]
    assert {system_of(pair.corpus) for pair in pairs} <= {0, -1}
    assert int(pairs[0].corpus.counts.sum()) == int(starter.days[0].corpus.counts.sum()) + LEAST
    assert list(mixed(windows)) == list(mixed(list(starter.days))) == []


def test_a_promise_is_for_the_host_days_of_a_queue(starter: Starter) -> None:
    corpus, table = make_table([(("/a", "/b"), -1, None)] * LEAST)
    calibration = Detector(TINY).fit(corpus, processes=table, starter=starter).fitted.calibration
    assert calibration is not None
    one, four = (promise_of(calibration, dataclasses.replace(corpus, host_days=days)) for days in (1.0, 4.0))
    assert one.alerts.value[0] == pytest.approx(4 * four.alerts.value[0])


def test_what_a_judge_that_never_saw_the_source_says_counts_half() -> None:
    day = host_day(np.random.default_rng(8), "a")
    higher = dataclasses.replace(day, score=1.2 * day.score)
    both = dataclasses.replace(day, unseen=higher.score)
    seen, unseen, mean = (Calibration.of([one], []) for one in (day, higher, both))
    assert seen is not None
    assert unseen is not None
    assert mean is not None
    assert mean.size.tolist() == seen.size.tolist()
    for place in (0.3, 0.6, 0.9, 1.2):
        shares = [float(np.interp(place, found.grid, found.processes[0])) for found in (seen, unseen, mean)]
        assert shares[2] == pytest.approx((shares[0] + shares[1]) / 2, abs=0.03)
