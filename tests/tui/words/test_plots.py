from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.progress import Step
from store.models.rows import ModelView
from store.scores.thresholds import ScoreShape
from tests.tui.rendered import width_of
from tui.screens.models.model_words import LABEL, age, detail_lines, difference_lines, size, words
from tui.screens.train.distribution_plot import BudgetLine, Histogram, distribution_lines
from tui.screens.train.loss_plot import LossCurve, plot_lines
from tui.screens.train.threshold_board import distributions, histograms, ladder
from tui.words import plots
from tui.words.pace import Pace
from tui.words.spans import text_of

counts = st.lists(st.integers(0, 10_000), min_size=1, max_size=50)


@settings(deadline=None, max_examples=80)
@given(counts, st.integers(1, 120))
def test_spreading_keeps_the_total(values: list[int], width: int) -> None:
    assert sum(plots.spread(values, width)) == pytest.approx(sum(values))


@settings(deadline=None, max_examples=80)
@given(counts, st.integers(1, 9))
def test_columns_have_the_size_asked_for_and_hide_nothing(values: list[int], height: int) -> None:
    rows = plots.column_rows(values, height)
    assert [len(row) for row in rows] == [len(values)] * height
    assert [mark != " " for mark in rows[-1]] == [value > 0 for value in values]
    assert max(values) == 0 or rows[0][values.index(max(values))] == "█"


@settings(deadline=None, max_examples=80)
@given(
    st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(allow_nan=True, allow_infinity=False)), max_size=20),
    st.integers(1, 40),
    st.integers(1, 10),
)
def test_lines_stay_inside(points: list[tuple[float, float]], width: int, height: int) -> None:
    rows = plots.line_rows(points, width, height, (0.0, 100.0), (-1.0, 1.0))
    assert [len(row) for row in rows] == [width] * height
    assert any(row.strip() for row in rows) == bool(points)


def test_a_falling_line_falls() -> None:
    rows = plots.line_rows([(0, 1), (1, 0)], 8, 2, (0, 1), (0, 1))
    assert rows[0][:3].strip()
    assert not rows[0][5:].strip()
    assert rows[1][5:].strip()


def test_labels_neither_touch_each_other_nor_the_unit() -> None:
    span = (-2.0, 1.0)
    for width in range(10, 90):
        axis, labels = plots.axis_row(span, width, plots.decade_ticks(span), "error")
        assert (len(axis), len(labels)) == (width, width)
        assert labels.endswith("error")
        assert set(labels[:-5].split()) <= {"0.01", "0.03", "0.1", "0.3", "1", "3", "10"}


def test_linear_ticks_are_round() -> None:
    assert [text for _, text in plots.linear_ticks((0.0, 3000.0))] == ["0", "1,000", "2,000", "3,000"]
    assert plots.linear_ticks((1.0, 1.0))
    assert plots.linear_ticks((0.0, math.inf))


@pytest.mark.parametrize(("chains", "standing"), [(0, 0), (1, 1), (2929, 50), (2929, 2929), (10_000_000, 12)])
def test_ladder_reaches_from_one_to_all_and_holds_what_stands(chains: int, standing: int) -> None:
    rungs = ladder(chains, standing)
    assert rungs == sorted(set(rungs))
    assert 0 not in rungs
    assert not standing or standing in rungs
    assert not chains or (rungs[0] == 1 and rungs[-1] == min(chains, 200_000))


@pytest.mark.parametrize(
    "metrics",
    [
        {},
        {"histogram_log10_edges": "evil", "histogram_real": [1]},
        {"histogram_log10_edges": [0, 1, 2], "histogram_real": [1, 2, 3], "histogram_shuffled": [1, -2]},
        {"histogram_log10_edges": [1, 0], "histogram_real": [1], "histogram_shuffled": [math.inf]},
        {"histogram_log10_edges": [0, 10**400], "histogram_real": [1]},
    ],
)
def test_a_manifest_that_lies_draws_nothing(metrics: dict[str, object]) -> None:
    assert histograms(metrics) == (None, None)


def test_the_line_separates_what_the_budget_flags() -> None:
    metrics = {"histogram_log10_edges": [-2, -1, 0, 1], "histogram_real": [6, 3, 1], "histogram_shuffled": [0, 0, 10]}
    shape = ScoreShape(1, np.linspace(5, 0, 10), np.array([5.0, *np.full(9, 0.02)]))
    data = distributions(metrics, shape, 1, 4.9)
    assert data.error_line == pytest.approx(math.log10(5.0))
    assert data.real is not None
    assert data.real.above(0.0) == pytest.approx(0.1)
    assert data.real.above(-0.5) == pytest.approx(0.1 + 0.15)
    assert (data.real.above(-99), data.real.above(99)) == (1.0, 0.0)
    for width, height in ((10, 4), (46, 9), (76, 26), (200, 60)):
        lines = distribution_lines(data, BudgetLine(1, 0.5, 2.0, 1, 1, 7, changed=True), width, height)
        assert height < 9 or len(lines) <= height
        assert any("┃" in text_of(line) for line in lines)
        assert all(width_of(line) == width for line in lines if "┃" in text_of(line))
    assert Histogram((), (0.0, 1.0)).above(0.5) == 0.0


def test_the_curve_fills_its_pane_and_says_where_it_is() -> None:
    curve = LossCurve([(10.0, 1.0), (20.0, 0.5)], batches=100, epochs=10, done=20, rate=1234.5, left_s=61)
    lines = plot_lines(curve, 60, 10)
    assert len(lines) == 10
    assert text_of(lines[0]) == "loss 0.5  batch 20 of 100  epoch 2.0 of 10  at most 1:01 left  1,234 chains/s"
    assert text_of(plot_lines(LossCurve(), 60, 10)[0]).startswith("Nothing")


def test_words_of_models() -> None:
    now = datetime(2026, 1, 15, tzinfo=UTC)
    moments = [now - timedelta(seconds=ago) for ago in (-5, 59, 60, 7200, 86400 * 400)]
    ages = [age(int(moment.timestamp() * 1e6), now) for moment in moments]
    assert ages == ["now", "now", "1 min", "2 h", "1 y"]
    assert [size(number) for number in (12, 3_300_000, 2_500_000_000)] == ["12 B", "3.3 MB", "2.5 GB"]
    told = [words(value) for value in (True, None, 0.25, 3000, math.inf, 2929.0)]
    assert told == ["yes", "default", "0.25", "3,000", "inf", "2,929"]


@pytest.mark.parametrize("chains", [1, 128, 300, 4000])
def test_ordered_epochs_are_whole_at_the_end_whatever_the_starter_added(chains: int) -> None:
    """The engine draws epochs x ceil(chains / batch) batches, the starter's chains among them."""
    curve, batches = LossCurve(epochs=5), 5 * -(-chains // 128)
    curve.add(Step("train", batches, batches, "batches", metrics={"loss": 0.5}, last=True), Pace())
    assert "  epoch 5.0 of 5  " in text_of(plot_lines(curve, 90, 10)[0])


def test_without_ordered_epochs_none_are_counted() -> None:
    curve = LossCurve([(10.0, 1.0)], batches=100, done=20)
    assert "epoch" not in text_of(plot_lines(curve, 90, 10)[0])


def test_the_names_of_nested_figures_are_told_apart() -> None:
    rates = {
        name: dict.fromkeys(("expected", "low", "high"), 1.5) for name in ("alerts_per_host_day", "false_positives_per_1000")
    }
    manifest = {"metrics": {"calibration": rates}, "parameters": {}, "files": {}}
    now = datetime(2026, 1, 15, tzinfo=UTC)
    model = ModelView("detector-20260110-0a1b2c3d", "detector", 0, 1, manifest, ())
    shown = [text_of(line) for line in detail_lines(model, "then", now)]
    keys = [line[:LABEL] for line in shown if line.endswith(" 1.5")]
    assert len(keys) == len(set(keys)) == 6
    assert all(key.rstrip().endswith(("expected", "at least", "at most")) for key in keys)
    pairs = [text_of(line)[:22] for line in difference_lines(model, model, now) if "1.5" in text_of(line)]
    assert len(pairs) == len(set(pairs)) == 6
