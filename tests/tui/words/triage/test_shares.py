"""Shares add up: in per cent, in cells, and over the signals."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.signals.registry import signals
from tui.words.step_marks import mark, one_in
from tui.words.triage.shares import apportioned, by_title, share_title, stacked
from tui.words.triage.terms import TERMS, explain

PARTS = st.lists(st.floats(0, 1e6), max_size=12)


@given(PARTS, st.integers(0, 300))
def test_whole_numbers_add_up_and_are_near_their_parts(parts: list[float], whole: int) -> None:
    found = apportioned(parts, whole)
    total = sum(parts)
    assert len(found) == len(parts)
    assert sum(found) == (whole if total > 0 else 0)
    assert all(abs(value - part / total * whole) < 1 + 1e-6 for value, part in zip(found, parts, strict=True) if total > 0)


@given(PARTS)
def test_a_larger_part_has_no_smaller_number(parts: list[float]) -> None:
    found = apportioned(parts, 100)
    ordered = [value for _, value in sorted(zip(parts, found, strict=True), key=lambda pair: pair[0])]
    strictly = sorted(set(parts))
    by_part = {part: {value for own, value in zip(parts, found, strict=True) if own == part} for part in strictly}
    assert all(max(by_part[low]) <= min(by_part[high]) for low, high in pairwise(strictly))
    assert sum(ordered) == sum(found)


@given(st.lists(st.floats(0.001, 9), min_size=1, max_size=6), st.integers(1, 200))
def test_the_bar_is_as_wide_as_its_line(parts: list[float], width: int) -> None:
    assert sum(size for _, size in stacked(parts, width)) == width


def test_what_is_no_number_has_no_share() -> None:
    assert apportioned([float("nan"), float("inf"), -1.0, 2.0], 10) == [0, 0, 0, 10]


def test_signals_that_say_the_same_stand_under_one_title() -> None:
    parts = {"prior": 2.0, "role_share": 1.0, "window_rarity": 1.5, "starter_rarity": 0.5, "threat_words": 0.0}
    assert by_title(parts) == [("place and name", "prior", 3.0), ("rare pair", "window_rarity", 2.0)]


def test_every_title_that_is_shown_is_explained() -> None:
    titles = {share_title(signal.name) for signal in signals() if signal.family is not None}
    assert titles == {"place and name", "rebuilt badly", "rare pair", "asks for", "odd command line", "like known attacks"}
    for term in [*titles, "rare chain", "few hosts", "given", "rebuilt", "error", "usual", "nearest", "related", "more", "share"]:
        assert TERMS[term]
        assert explain(term) == TERMS[term]
    for signal in signals():
        said = explain(signal.name)
        assert not said[0].islower()
        assert said.endswith(".")
    assert explain("no such term") == ""


def test_an_explanation_is_one_sentence() -> None:
    assert [term for term, said in TERMS.items() if said.count(". ") or not said.endswith(".") or len(said) > 140] == []


@pytest.mark.parametrize(
    ("tail", "marks"),
    [
        (None, ""),
        (float("nan"), ""),
        (0.0, ""),
        (0.11, ""),
        (0.1, "▲"),
        (0.021, "▲"),
        (0.02, "▲▲"),
        (0.0051, "▲▲"),
        (0.005, "▲▲▲"),
    ],
)
def test_marks_stand_for_one_in_10_50_and_200(tail: float | None, marks: str) -> None:
    assert mark(tail) == marks


def test_tails_in_words() -> None:
    assert [one_in(tail) for tail in (1 / 225, 0.1, 0.38, 1.0, 1 / 12345)] == [
        "1 in 225",
        "1 in 10",
        "38 %",
        "100 %",
        "1 in 12,345",
    ]
