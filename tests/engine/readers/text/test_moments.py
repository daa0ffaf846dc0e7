"""Times of a stream: UTC, wall clocks, and what cannot be read."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from engine.readers.text.moments import Moments
from engine.readers.text.timestamps import parse_utc

NOON = parse_utc("2024-05-02T12:00:00Z")


@pytest.mark.parametrize(
    "text", ["2024-05-02T12:00:00Z", "2024-05-02T14:00:00+02:00", "2024-05-02 12:00:00 UTC", "1714651200", 1714651200]
)
def test_a_time_that_names_its_zone_is_not_moved(text: object) -> None:
    moments = Moments(ZoneInfo("Europe/Berlin"))
    assert moments.local(text) == NOON
    assert list(moments.notes()) == []


def test_a_wall_clock_is_moved_by_the_zone_that_the_user_gave() -> None:
    moments = Moments(ZoneInfo("Europe/Berlin"))
    assert moments.local("2024-05-02 14:00:00") == NOON
    assert moments.utc("2024-05-02 12:00:00") == NOON
    assert list(moments.notes()) == []


def test_without_a_zone_a_wall_clock_is_told() -> None:
    moments = Moments()
    assert moments.local("2024-05-02 12:00:00") == NOON
    (note,) = moments.notes()
    assert (note.code, note.count) == ("local-time", 1)
    assert "--timezone" in note.text


def test_what_cannot_be_read_is_counted_and_nothing_is_not() -> None:
    moments = Moments()
    assert [moments.utc(value) for value in ("soon", None, "", "-", 0)] == [None] * 5
    (note,) = moments.notes()
    assert (note.code, note.count) == ("unreadable-time", 1)
    assert "'soon'" in note.text
