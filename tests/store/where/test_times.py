"""Times of a filter: RFC 3339 or its end, in a zone, in a case."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.where.meaning import read
from store.where.terms import WhereError
from store.where.times import EPOCH, Times, moment, spans

DAYS = 3


def us(text: str) -> int:
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


def case(zone: tzinfo = UTC, first: str = "2026-03-02T06:00Z", last: str = "2026-03-04T20:00Z") -> Times:
    return Times(zone, us(first), us(last))


@pytest.mark.parametrize(
    ("text", "first", "after"),
    [
        ("2026-03-03T18:17:05Z", "2026-03-03T18:17:05Z", "2026-03-03T18:17:06Z"),
        ("2026-03-03T18:17:05.25Z", "2026-03-03T18:17:05.25Z", "2026-03-03T18:17:05.250001Z"),
        ("2026-03-03t18:17+02:00", "2026-03-03T16:17Z", "2026-03-03T16:18Z"),
        ("2026-03-03T18:17", "2026-03-03T18:17Z", "2026-03-03T18:18Z"),
        ("2026-03-03", "2026-03-03T00:00Z", "2026-03-04T00:00Z"),
        ("20260303", "2026-03-03T00:00Z", "2026-03-04T00:00Z"),
        ("2026-03", "2026-03-01T00:00Z", "2026-04-01T00:00Z"),
        ("03-03T18:17", "2026-03-03T18:17Z", "2026-03-03T18:18Z"),
        ("03-03", "2026-03-03T00:00Z", "2026-03-04T00:00Z"),
        ("03-03T12:00±5m", "2026-03-03T11:55Z", "2026-03-03T12:06Z"),
        ("03-03+-1d", "2026-03-02T00:00Z", "2026-03-05T00:00Z"),
    ],
)
def test_a_time_is_a_span(text: str, first: str, after: str) -> None:
    assert spans(text, case()) == ((us(first), us(after) - 1),)
    assert moment(text, case()) == (us(first), us(after) - 1)


def test_a_clock_time_is_on_each_day_of_the_case() -> None:
    found = spans("18:17±5m", case())
    assert found == tuple((us(f"2026-03-0{day}T18:12Z"), us(f"2026-03-0{day}T18:23Z") - 1) for day in (2, 3, 4))
    with pytest.raises(WhereError, match="'18:17' is on 3 days of the case: write 03-04T18:17"):
        read("after:18:17", case())
    (alone,) = read("after:18:17", case(last="2026-03-02T20:00Z")).terms
    assert alone.values[0].means == ((us("2026-03-02T18:17Z"), us("2026-03-02T18:18Z") - 1),)


def test_a_day_without_its_year_is_the_one_that_the_case_has() -> None:
    times = case(first="2024-11-01T00:00Z", last="2026-02-01T00:00Z")
    assert spans("12-24", times)[0][0] == us("2025-12-24T00:00Z")
    assert spans("01-15", times)[0][0] == us("2026-01-15T00:00Z")
    assert spans("06-01", times)[0][0] == us("2025-06-01T00:00Z")


def test_a_time_without_a_zone_is_in_the_zone_of_the_display() -> None:
    east = timezone(timedelta(hours=2))
    assert moment("2026-03-03T18:17", case(east))[0] == us("2026-03-03T16:17Z")
    assert moment("2026-03-03T18:17Z", case(east))[0] == us("2026-03-03T18:17Z")
    # The clocks go forward: the day has 23 hours.
    first, last = moment("2026-03-29", case(ZoneInfo("Europe/Berlin")))
    assert last + 1 - first == 23 * 3_600_000_000


@pytest.mark.parametrize(
    "text", ["", "soon", "18", "18:60", "24:61", "13-01", "02-30", "2026-02-30", "2026T12:00", "03T12:00", "±5m", "1"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(WhereError, match="is no time"):
        spans(text, case())


def test_a_day_needs_its_year_where_nobody_knows_the_case() -> None:
    with pytest.raises(WhereError, match="is no time"):
        spans("03-03", Times())
    assert moment("2026-03-03", Times())[0] == us("2026-03-03T00:00Z")


@given(st.text("0123456789-:T.Z+±smhd ", max_size=24))
def test_any_text_is_a_time_or_is_refused(text: str) -> None:
    try:
        found = spans(text, case())
    except WhereError:
        return
    assert 0 < len(found) <= DAYS
    assert all(first <= last for first, last in found)
