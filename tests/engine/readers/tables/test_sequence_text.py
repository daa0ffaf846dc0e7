"""The tokenizer of lists, against Python's own repr."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.readers.tables.sequence_text import MAX_ITEMS, NotASequence, parse_sequence

NAMES = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), max_size=8)


@given(NAMES)
@settings(max_examples=300, deadline=None)
def test_round_trip_with_repr(names: list[str]) -> None:
    text = repr(names)
    assert parse_sequence(text) == (names, len(text))
    assert parse_sequence("x," + text + ",1", 2) == (names, len(text) + 2)


@given(st.text(alphabet="[](){}'\",\\ xuU0a\n", max_size=60))
@settings(max_examples=300, deadline=None)
def test_hostile_text_raises_one_thing_only(text: str) -> None:
    try:
        names, end = parse_sequence("[" + text)
    except NotASequence:
        return
    assert all(isinstance(name, str) for name in names)
    assert 0 < end <= len(text) + 1


@pytest.mark.parametrize(
    "text",
    [
        "[__import__('os').system('id')]",
        "['a' + 'b']",
        "['a'*9**9]",
        "[['a']]",
        "[" * 100_000,
        "['a'",
        "['a' 'b']",
        "[f'{x}']",
        "['a', (1, 2)]",
        "",
        str(["x"] * (MAX_ITEMS + 1)),
    ],
)
def test_expressions_are_not_evaluated(text: str) -> None:
    with pytest.raises(NotASequence):
        parse_sequence(text)


def test_bare_names_and_gaps() -> None:
    assert parse_sequence("[curl, Google Chrome ,/bin/sh,]")[0] == ["curl", "Google Chrome", "/bin/sh"]
    assert parse_sequence("['a', None, nan]")[0] == ["a"]
    assert parse_sequence("[]")[0] == []
    assert parse_sequence(r"['\ud800 \U00110000 \q']")[0] == [r"\ud800 \U00110000 \q"]
