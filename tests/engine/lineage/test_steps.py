"""Clocks that were set back: the log's order says who was first."""

from __future__ import annotations

from typing import Any

import pytest

from engine.domain.lineage import Lineage, LinkMethod
from tests.engine.lineage.made import run, run_with_ends, win

CMD, WHO = "c:\\cmd.exe", "c:\\whoami.exe"
HOUR = 3_600


def back(seconds: float, clock_set: tuple[float, ...] = (), parent: dict[str, Any] | None = None, **child: Any) -> Lineage:
    """cmd.exe is record 1, whoami.exe, its child, record 2 and `seconds` earlier."""
    above = {"record_id": "1", "position": 1} | (parent or {})
    below = {"record_id": "2", "position": 2, "parent_image": CMD} | child
    return run_with_ends([win(CMD, 1280, 4100, seconds, **above), win(WHO, 1536, 1280, 0, **below)], [], clock_set=clock_set)


def linked(result: Lineage) -> bool:
    return int(result.parent[1]) == 0


def test_a_child_stamped_before_its_parent_is_its_child_when_the_records_are_in_order() -> None:
    result = back(1.5)
    assert linked(result)
    assert result.method[1] == LinkMethod.PID_NAME
    assert float(result.confidence[1]) == pytest.approx(0.7)


@pytest.mark.parametrize(
    "other",
    [
        {"record_id": "0"}, {"kind": "defender"}, {"parent_image": "c:\\other.exe"}, {"parent_image": None},
        {"record_id": None, "position": 0}, {"record_id": "x", "position": 1}, {"record_id": "2" * 19, "position": 0},
        {"parent_image": "c:\\temp\\cmd.exe"},
    ],
)  # fmt: skip
def test_not_against_the_order_or_what_the_record_names(other: dict[str, Any]) -> None:
    assert not linked(back(3, **other))


def test_record_numbers_count_more_than_places_in_the_file() -> None:
    assert linked(back(1.5, parent={"record_id": "9", "position": 2}, record_id="10", position=1))
    assert linked(back(1.5, parent={"record_id": None}, record_id=None))


def test_two_logs_have_no_common_order() -> None:
    events = [win(CMD, 1280, 4100, 1.5, position=1), win(WHO, 1536, 1280, 0, parent_image=CMD, position=2)]
    assert int(run(*events, sources=[1, 1]).parent[1]) == 0
    assert int(run(*events, sources=[1, 2]).parent[1]) > 1


@pytest.mark.parametrize(("seconds", "found"), [(300, True), (300.000001, False)])
def test_without_a_word_a_clock_goes_back_five_minutes_at_most(seconds: float, found: bool) -> None:
    assert linked(back(seconds)) is found


@pytest.mark.parametrize(
    ("seconds", "told", "found"),
    [(2 * HOUR, 0, True), (26 * HOUR, 0, True), (26 * HOUR + 1, 0, False), (2 * HOUR, -301, False), (2 * HOUR, -300, True),
     (2 * HOUR, 2 * HOUR + 300, True), (2 * HOUR, 2 * HOUR + 301, False)],
)  # fmt: skip
def test_where_the_log_says_that_the_clock_was_set_it_may_have_been_by_more(seconds: float, told: float, found: bool) -> None:
    assert linked(back(seconds, (told, -90 * HOUR))) is found


def test_a_parent_that_time_allows_comes_first() -> None:
    older = win(CMD, 1280, 4100, -60, record_id="0", position=0)
    events = [older, win(CMD, 1280, 4100, 1.5, record_id="1", position=1), win(WHO, 1536, 1280, 0, parent_image=CMD, position=2)]
    assert int(run(*events).parent[2]) == 0


def test_a_parent_known_by_its_pid_alone_needs_a_record_that_the_clock_was_set() -> None:
    told = back(2 * HOUR, (2 * HOUR,), parent_image=None)
    assert linked(told)
    assert float(told.confidence[1]) == pytest.approx(0.7)
    assert not linked(back(2 * HOUR, (2 * HOUR,), parent_image=None, record_id="0"))
    assert not linked(back(2, parent_image=None))


@pytest.mark.parametrize(
    ("above", "below", "found"),
    [
        ("700", "701", True),
        ("701", "700", False),
        ("1", "701", False),
        ("700", "2", False),
        ("700", None, False),
        ("x", "701", False),
    ],
)
def test_or_numbers_of_the_log_itself(above: str, below: str | None, found: bool) -> None:
    """Places in the file say nothing: an export may begin with the newest, and who had the pid later is nobody's parent."""
    assert linked(back(2, parent={"record_id": above}, parent_image=None, record_id=below)) is found
