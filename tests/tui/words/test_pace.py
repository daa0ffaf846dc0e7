"""Rate and time left."""

from __future__ import annotations

import pytest

from engine.progress import Step
from tui.words.pace import Pace, duration


def step(done: int, stage: str = "read", total: int | None = 1000) -> Step:
    return Step(stage, done, total, "B")


def test_rate_and_time_left_follow_the_last_seconds() -> None:
    pace = Pace()
    assert pace.left(step(0)) is None
    for second in range(5):
        pace.add(step(second * 100), second)
    assert pace.rate == pytest.approx(100)
    assert pace.left(step(400)) == pytest.approx(6)
    for second in range(5, 60):
        pace.add(step(400 + (second - 4)), second)
    assert pace.rate == pytest.approx(1, rel=0.1)


def test_a_new_stage_starts_over() -> None:
    pace = Pace()
    pace.add(step(0), 0)
    pace.add(step(900), 2)
    pace.add(step(1, "link", 10), 2.1)
    assert pace.rate is None
    assert pace.left(step(1, "link", 10)) is None


def test_without_total_or_progress_nobody_can_tell() -> None:
    pace = Pace()
    pace.add(step(5, total=None), 0)
    pace.add(step(5, total=None), 9)
    assert pace.rate is None
    assert pace.left(step(5, total=None)) is None


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (42.4, "0:42"), (725, "12:05"), (12_000, "3:20:00"), (-3, "0:00")])
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text
