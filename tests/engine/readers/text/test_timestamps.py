"""Times in every spelling of the gallery."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.readers.text.timestamps import from_seconds_text, parse_utc


def us(*parts: int) -> int:
    moment = datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2019-01-15 05:24:24.010", us(2019, 1, 15, 5, 24, 24, 10_000)),
        ("2020-06-10T02:51:05.723Z", us(2020, 6, 10, 2, 51, 5, 723_000)),
        ("2021-01-14T23:41:40.145335200Z", us(2021, 1, 14, 23, 41, 40, 145_335)),
        ("2021-06-23 03:08:14.159814200+00:00", us(2021, 6, 23, 3, 8, 14, 159_814)),
        ("2021-06-23T05:08:14.1+02:00", us(2021, 6, 23, 3, 8, 14, 100_000)),
        ("2019-01-15 05:24:24.12 UTC", us(2019, 1, 15, 5, 24, 24, 120_000)),
        ("2019-01-15 05:24:24.123456789 -0130", us(2019, 1, 15, 6, 54, 24, 123_456)),
        ("2016-12-31T23:59:60Z", us(2017, 1, 1)),
        ("9/15/2020 2:08:29 AM", us(2020, 9, 15, 2, 8, 29)),
        ("10/25/2023, 9:43:21.990 AM [Local Time]", us(2023, 10, 25, 9, 43, 21, 990_000)),
        ("10/25/2023, 12:43:21\u202fPM", us(2023, 10, 25, 12, 43, 21)),
        ("25/10/2023 21:43:21", us(2023, 10, 25, 21, 43, 21)),
        ("03.10.2023 21:43:21", us(2023, 10, 3, 21, 43, 21)),
        ("Thu Mar 16 03:08:58 2023 UTC", us(2023, 3, 16, 3, 8, 58)),
        ("/Date(1551487424869)/", us(2019, 3, 2, 0, 43, 44, 869_000)),
        ("1551487424.869", us(2019, 3, 2, 0, 43, 44, 869_000)),
        ("1612013112345", us(2021, 1, 30, 13, 25, 12, 345_000)),
        (1_551_487_424, us(2019, 3, 2, 0, 43, 44)),
        (1_551_487_424.5, us(2019, 3, 2, 0, 43, 44, 500_000)),
        ("132000000000000000", us(2019, 4, 17, 18, 40)),
        ("638502408000000000", us(2024, 5, 2, 10)),
        ("0x01DA9C777E9B5000", us(2024, 5, 2, 10)),
        ("1.7146440e+09", us(2024, 5, 2, 10)),
        ("20240502121500.123456+120", us(2024, 5, 2, 10, 15, 0, 123_456)),
        ("20240502101500.000000***", us(2024, 5, 2, 10, 15)),
        ("20240502101500", us(2024, 5, 2, 10, 15)),
        ("20240502T101500Z", us(2024, 5, 2, 10, 15)),
        ("20240502T121500.5+0200", us(2024, 5, 2, 10, 15, 0, 500_000)),
        ("Thu, 02 May 2024 10:00:11 GMT", us(2024, 5, 2, 10, 0, 11)),
        ("02/May/2024:12:00:12 +0200", us(2024, 5, 2, 10, 0, 12)),
        ("May 2, 2024 10:00:14.123 PM", us(2024, 5, 2, 22, 0, 14, 123_000)),
        ("May 2, 2024 @ 10:00:00.123", us(2024, 5, 2, 10, 0, 0, 123_000)),
        ("5/2/2024 10:00:19 AM +02:00", us(2024, 5, 2, 8, 0, 19)),
        ("2024-05-02 10:00:20,123 +0000", us(2024, 5, 2, 10, 0, 20, 123_000)),
        ("Thursday, May 2, 2024 12:00:00 AM", us(2024, 5, 2)),
        ("2. Mai 2024 10:00:00", us(2024, 5, 2, 10)),
        ("jeudi 2 mai 2024 10:00:00", us(2024, 5, 2, 10)),
        ("2 de mayo de 2024 10:00:00", us(2024, 5, 2, 10)),
        ("четверг, 2 мая 2024 10:00:00", us(2024, 5, 2, 10)),
        ("2024年5月2日 10:00:07", us(2024, 5, 2, 10, 0, 7)),
        ("2024/5/2 下午 10:00:07", us(2024, 5, 2, 22, 0, 7)),
        ("2024. 5. 2. 오전 10:00:07", us(2024, 5, 2, 10, 0, 7)),
        ("2.5.2024 10.00.07", us(2024, 5, 2, 10, 0, 7)),
        ("02.05.24 10:00:07", us(2024, 5, 2, 10, 0, 7)),
        ("2024-05-02 12:00:00 CEST", us(2024, 5, 2, 10)),
        ("Thu May  2 10:00:07 2024", us(2024, 5, 2, 10, 0, 7)),
        ("2012-04-28 01:58:38 UTC+0000", us(2012, 4, 28, 1, 58, 38)),
    ],
)
def test_spellings(text: object, expected: int) -> None:
    assert parse_utc(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "0",
        0,
        None,
        True,
        [],
        {},
        "2019-13-01 00:00:00",
        "2019-02-30",
        "1601-01-01T00:00:00Z",
        "soon",
        "10:00:07",
        "May02",
        "May  2 10:00:07",
        "1/2/3/4 10:00:00",
        "32/13/2024 10:00:00",
        "20241302101500",
        "may june 2 2024 10:00:00",
    ],
)
def test_no_time(text: object) -> None:
    assert parse_utc(text) is None


@given(st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30)), st.integers(-14, 14), st.sampled_from(["T", " "]))
def test_iso_agrees_with_datetime(moment: datetime, hours: int, separator: str) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(hours=hours)))
    expected = (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert parse_utc(aware.isoformat(separator)) == (expected if expected > 0 else None)


@given(st.text(max_size=40) | st.text(alphabet="0123456789-/:. TZAMP+", max_size=40) | st.floats() | st.integers())
def test_never_raises(text: object) -> None:
    found = parse_utc(text)
    assert found is None or 0 < found < 253_402_300_800_000_000
    from_seconds_text(str(text))
