"""The lines of the Models screen: nothing that is told apart by a name is shown under the same one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.screens.models.model_table import ModelTable
from tui.screens.models.model_words import LABEL, ModelRow, labels, told_apart, words
from tui.words.spans import text_of

PARTS = st.text("ab.-_", min_size=1, max_size=40)
IDS = ["detector-20260110-0a1b2c3d", "classifier-20260110-0a1b2c3d", "detector-20260111-0a1b2c3d", "detector-20260111-ffffffff"]


@given(st.lists(PARTS, unique=True, max_size=8), st.integers(4, 30))
def test_no_two_figures_have_the_same_label(names: list[str], width: int) -> None:
    assert len(set(labels(names, width).values())) == len(names)


def test_names_that_end_alike_are_whole() -> None:
    nested = [f"{head}.alerts_per_host_day_and_source.value" for head in ("calibration", "validation", "test")]
    assert list(labels(nested, LABEL).values()) == nested


@given(st.lists(st.sampled_from(IDS), unique=True))
def test_no_two_models_have_the_same_short_id(ids: list[str]) -> None:
    assert len(set(told_apart(ids).values())) == len(ids)


def test_an_id_is_short_where_that_tells_it_apart() -> None:
    assert told_apart(IDS)["detector-20260111-ffffffff"] == "ffffffff"
    assert told_apart(IDS)["detector-20260110-0a1b2c3d"] == "detector-20260110-0a1b2c3d"


@pytest.mark.parametrize(
    ("value", "told"),
    [(0.4702, "0.47"), (87.55, "87.5"), (147.7, "148"), (7171.3, "7,171"), (1.972, "1.97"), (0.02235, "0.0223"), (64.0, "64")],
)
def test_a_figure_has_three_digits(value: float, told: str) -> None:
    assert words(value) == told


def test_the_name_stands_first() -> None:
    row = ModelRow("detector-1-0a1b2c3d", "0a1b2c3d", "winter", "detector", "5 h", "2.3 MB", "demo", True, 0, False)
    line = text_of(ModelTable().line(row, 80))
    assert line.split()[:3] == ["●", "winter", "0a1b2c3d"]
