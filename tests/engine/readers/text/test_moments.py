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


def test_an_hour_that_comes_twice_is_told_and_one_that_is_left_out_is_read() -> None:
    moments = Moments(ZoneInfo("Europe/Berlin"))
    assert moments.local("2024-10-27 02:30:00") == parse_utc("2024-10-27T00:30:00Z")
    assert moments.local("2024-03-31 02:30:00") == parse_utc("2024-03-31T01:30:00Z")
    assert moments.local("2024-07-01 02:30:00") == parse_utc("2024-07-01T00:30:00Z")
    (note,) = moments.notes()
    assert (note.code, note.count) == ("clock-change", 2)


@pytest.mark.parametrize(
    "text",
    [
        "20240502140000.000000+120",
        "Thu, 02 May 2024 12:00:00 GMT",
        "5/2/2024 2:00:00 PM +02:00",
        "/Date(1714651200000)/",
        "1.7146512e9",
    ],
)
def test_odd_times_that_name_their_zone_are_not_moved(text: str) -> None:
    moments = Moments(ZoneInfo("Asia/Tokyo"))
    assert moments.local(text) == NOON
    assert list(moments.notes()) == []


@pytest.mark.parametrize("text", ["02-05-2024 21:00:00", "20240502210000.000000***", "20240502210000", "May 2, 2024 @ 21:00:00"])
def test_odd_wall_clocks_are_moved(text: str) -> None:
    assert Moments(ZoneInfo("Asia/Tokyo"), day_first=True).local(text) == NOON


def test_what_was_set_aside_is_told_by_kind() -> None:
    moments = Moments()
    for what in ("DNS lookups", "files", "DNS lookups"):
        moments.set_aside(what)
    assert [(note.code, note.count) for note in moments.notes()] == [("set-aside", 2), ("set-aside", 1)]
