"""One order of day and month for a whole file."""

from __future__ import annotations

import io
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.readers.text.day_order import order_of
from engine.readers.text.moments import Moments
from engine.readers.text.timestamps import parse_utc


def order(*cells: str) -> tuple[bool, bool]:
    found = order_of(io.BytesIO(b"time,image\n" + "".join(f"{cell},x\n" for cell in cells).encode()))
    return found.day_first, found.sure


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["12/05/2024 23:59:58", "13/05/2024 00:00:04"], (True, True)),
        (["12/05/2024 11:59:58 PM", "12/31/2024 12:00:04 AM"], (False, True)),
        (["5/2/2024 9:00:00 AM"], (False, True)),
        (["13/05/2024 9:00:00 AM"], (True, True)),
        (["31-01-2024 10:00:00", "01-02-2024 10:00:00"], (True, True)),
        # Rows stand in the order of time, forwards or backwards.
        (["11/05/2024 10:00", "12/05/2024 10:00", "01/06/2024 10:00"], (True, True)),
        (["02/01/2024 10:00", "01/12/2024 10:00", "01/11/2024 10:00"], (False, True)),
        (["5/2/2024 10:00:00"], (False, False)),
        (["13/05/2024 10:00", "14/05/2024 10:00", "05/15/2024 10:00"], (True, False)),
        (["02.05.2024 10:00:00"], (False, False)),
        ([], (False, False)),
    ],
)
def test_what_decides(cells: list[str], expected: tuple[bool, bool]) -> None:
    assert order(*cells) == expected


def test_a_command_line_does_not_decide() -> None:
    rows = "time,cmd\n5/2/2024 10:00:00,backup --to 31/12/2024 10:00:00 --from 30/12/2024 10:00:00\n5/13/2024 10:00:00,x\n"
    assert order_of(io.BytesIO(rows.encode())).day_first is False


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
@pytest.mark.parametrize("filler", ["", "x" * 1_100_000])
def test_all_of_a_file_counts_in_any_encoding(encoding: str, filler: str) -> None:
    text = f"zeit;größe\n12/05/2024 10:00:00;{filler}\n" + '"13/05/2024 10:00:00";1\n'
    assert order_of(io.BytesIO(text.encode(encoding))).day_first is True


@given(st.datetimes(datetime(2001, 1, 1), datetime(2037, 1, 1)), st.booleans())
def test_both_orders_are_read_back(moment: datetime, day_first: bool) -> None:
    moment = moment.replace(microsecond=0)
    text = moment.strftime("%d/%m/%Y %H:%M:%S" if day_first else "%m/%d/%Y %H:%M:%S")
    assert parse_utc(text, day_first) == parse_utc(moment.isoformat(" "))


def test_a_stream_is_read_again_once_and_only_for_dates_that_need_it() -> None:
    opened = 0

    def again() -> io.BytesIO:
        nonlocal opened
        opened += 1
        return io.BytesIO(b"12/05/2024 23:59:58,x\n13/05/2024 00:00:04,y\n")

    moments = Moments(again=again)
    assert moments.utc("2024-05-12T23:59:58Z") == parse_utc("2024-05-12T23:59:58Z")
    assert moments.utc("12.05.2024 23:59:58") == parse_utc("2024-05-12T23:59:58Z")
    assert opened == 0
    assert [moments.utc("12/05/2024 23:59:58") for _ in range(3)] == [parse_utc("2024-05-12T23:59:58Z")] * 3
    assert opened == 1
    (note,) = moments.notes()
    assert (note.code, note.count) == ("day-order", 3)
    assert "day/month: the first number is above 12 in 1 of them" in note.text


def test_an_order_that_nothing_tells_is_said() -> None:
    moments = Moments(again=lambda: io.BytesIO(b"5/2/2024 10:00:00,x\n"))
    assert moments.utc("5/2/2024 10:00:00") == parse_utc("2024-05-02T10:00:00Z")
    (note,) = moments.notes()
    assert note.code == "day-order-unsure"
    assert "nothing in the file tells" in note.text


@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    assert order_of(io.BytesIO(data)).why
