"""A column gives what each of its values gives alone."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.readers.records import typed_columns
from engine.readers.text.timestamps import parse_utc
from engine.readers.windows.windows_fields import guid, number, text

ODD = st.sampled_from([None, "", "-", "N/A", " ", "{", "}", "{}", "\n", "x\ny", "}\n{", "{A}\n{B}", "\u0130", "٣", "0"])
STAMP = st.builds(
    "{:04}-{:02}-{:02}{}{:02}:{:02}:{:02}.{:03}{}".format,
    st.sampled_from([0, 1, 1969, 1970, 2000, 2024, 9999]), st.integers(0, 13), st.integers(0, 32), st.sampled_from("T t_"),
    st.integers(0, 25), st.integers(0, 61), st.integers(0, 61), st.integers(0, 999), st.sampled_from(["", "Z", "z", "+", " "]),
)  # fmt: skip
REGULAR_STAMP = st.builds("2024-0{}-1{}T0{}:1{}:2{}.{:03}".format, *[st.integers(1, 9)] * 5, st.integers(0, 999))
GUID = st.uuids().map(lambda value: f"{{{value}}}".upper())
ZERO = st.just("{00000000-0000-0000-0000-000000000000}")


def columns(usual: st.SearchStrategy[Any], *others: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(usual, min_size=1, max_size=12) | st.lists(st.one_of(usual, ODD, *others), min_size=1, max_size=6)


@settings(max_examples=300, deadline=None)
@given(
    columns(REGULAR_STAMP, STAMP)
    | st.lists(STAMP, min_size=1, max_size=3)
    | st.lists(REGULAR_STAMP.map(lambda t: t + "Z"), min_size=1)
)
def test_times(column: list[Any]) -> None:
    assert list(typed_columns.moments(column)) == list(map(parse_utc, column))


@settings(max_examples=200, deadline=None)
@given(columns(GUID, ZERO, GUID.map(lambda value: value[1:-1]), GUID.map(lambda value: f" {value} "), st.text(max_size=40)))
def test_guids(column: list[Any]) -> None:
    assert list(typed_columns.guids(column, guid)) == list(map(guid, column))


@settings(max_examples=200, deadline=None)
@given(
    columns(st.text(max_size=12)),
    columns(st.integers(1, 2**33).map(str), st.integers(-1, 2**33), st.text(max_size=4)),
)
def test_texts_and_numbers(words: list[Any], pids: list[Any]) -> None:
    assert list(typed_columns.texts(words)) == list(map(text, words))
    assert list(typed_columns.numbers(pids)) == list(map(number, pids))


def test_the_short_way_is_taken_for_what_logs_write() -> None:
    def alone(value: object) -> None:
        raise AssertionError(value)

    assert typed_columns.guids(["{AB12CD34-0000-0000-0000-000000000001}"], alone) == ["ab12cd34-0000-0000-0000-000000000001"]
    assert typed_columns.filled(["a", "b"])
    assert not typed_columns.filled(["a", None])
