"""How the demo names the findings of an intrusion."""

from __future__ import annotations

import pytest

from tui.commands.demo import finding_numbers


@pytest.mark.parametrize(
    ("numbers", "told"),
    [((), "none"), ((7,), "F7"), ((1, 2, 30), "F1, F2, F30"), ((1, 2, 30, 44, 1_000), "F1, F2, F30 and 2 more")],
)
def test_the_best_three_and_how_many_more(numbers: tuple[int, ...], told: str) -> None:
    assert finding_numbers(numbers) == told
