"""Nothing that a terminal interprets survives `visible`."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.untrusted import _inert, visible, visible_cell


@given(st.text(st.characters(), max_size=60))
def test_every_result_is_inert(text: str) -> None:
    shown = visible(text)
    assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in shown)
    shown.encode("utf-8")


def test_no_character_that_acts_or_separates_lines_is_left() -> None:
    # All of them, one by one: of a million characters examples at random meet the two line separators hardly ever.
    acting = [char for char in map(chr, range(0x110000)) if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]
    assert {"\u2028", "\u2029", "\u202e", "\x1b"} <= set(acting)
    assert [char for char in acting if char in visible(f"a{char}b")] == []


def test_what_is_not_looked_at_closely_is_shown_as_if_it_were() -> None:
    every = [chr(code) for code in range(0x110000)]
    assert [char for char in every if visible(f"a{char}") != "".join(_inert(f"a{char}"))] == []


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[2J\x1b]0;owned\x07", "\\e[2J\\e]0;owned\\x07"),
        ("safe\u202egpj.exe", "safe\\u202egpj.exe"),
        ("a\u200bb", "a\\u200bb"),
        ("C:\\Windows\\notepad.exe", "C:\\Windows\\notepad.exe"),
        ("bad\udcffbyte", "bad\\udcffbyte"),
        ("tab\there\nnew", "tab\\there\\nnew"),
        ("\x9b31m", "\\x9b31m"),
        ("Zürich 東京", "Zürich 東京"),
    ],
)
def test_examples(hostile: str, shown: str) -> None:
    assert visible(hostile) == shown


def test_smears_are_cut_after_two_marks() -> None:
    assert visible("e" + "\u0301" * 5) == "e\u0301\u0301" + "\\u0301" * 3


def test_limit_counts_before_escaping_and_marks_the_cut() -> None:
    assert visible("abcdef", 4) == "abc…"
    assert visible("abc", 4) == "abc"


@given(st.text())
def test_a_cell_of_a_table_is_ended_by_no_text(text: str) -> None:
    shown = visible_cell(text)
    assert "|" not in shown.replace("\\|", "")
    assert shown.replace("\\|", "|") == visible(text)


def test_a_cell_is_shown_as_what_it_is() -> None:
    assert visible_cell("a|b\x1b]0;p") == "a\\|b\\e]0;p"
