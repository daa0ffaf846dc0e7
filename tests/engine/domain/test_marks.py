"""Levels, the order of marks, and what a ranking by marks alone is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.marks import LEVELS, RuleMark, height, level_of, strongest_first, techniques_of, told, worth

marks = st.builds(RuleMark, st.text(max_size=4), st.sampled_from(["", *LEVELS]), st.text(max_size=2))


@pytest.mark.parametrize(
    ("text", "level"),
    [("High", "high"), (" crit ", "critical"), ("med", "medium"), ("info", "informational"), ("emergency", "critical"),
     ("severe", ""), ("", ""), ("h" * 5_000, "")],
)  # fmt: skip
def test_levels_are_read_as_anybody_spells_them(text: str, level: str) -> None:
    assert level_of(text) == level


def test_the_strongest_is_first_and_each_stands_once() -> None:
    low, high, none = RuleMark("a", "low"), RuleMark("b", "high", techniques=("T1", "T2")), RuleMark("c", "")
    assert strongest_first([low, none, high, low]) == (high, low, none)
    assert techniques_of([high, low, high]) == ("T1", "T2")
    assert told(high) == "sigma high: b"
    assert told(none) == "sigma none: c"


@given(st.lists(marks, max_size=12), marks)
def test_a_higher_level_counts_more_than_any_number_of_lower_ones(several: list[RuleMark], one: RuleMark) -> None:
    highest = max((height(mark.level) for mark in several), default=-1)
    if height(one.level) > highest:
        assert worth([one]) > worth(several)
    assert worth([*several, one]) >= worth(several)
    assert worth(several) == worth([*several, *several])
    assert (worth(several) == 0) == (not several)
