"""Property tests try the same examples in every run, and others only when somebody asks for them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st


def test_examples_are_drawn_at_random_only_when_asked_for(pytestconfig: pytest.Config) -> None:
    profile = pytestconfig.getoption("hypothesis_profile")
    assert settings().derandomize == (profile != "random")


def test_two_runs_see_the_same_examples(pytestconfig: pytest.Config) -> None:
    if pytestconfig.getoption("hypothesis_profile") == "random":
        pytest.skip("random examples were asked for")
    runs: list[list[int]] = []

    @given(st.integers())
    def look(number: int) -> None:
        runs[-1].append(number)

    for _ in range(2):
        runs.append([])
        look()
    assert runs[0] == runs[1]
    assert len(set(runs[0])) > 10
