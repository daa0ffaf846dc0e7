from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.words.command_line import BINS, LONGEST, MAX_WORDS, token, tokens, words


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('"C:\\Program Files\\a b\\x.exe" /c whoami', ["/c", "whoami"]),
        ("C:\\Program Files\\a b\\x.exe -n 5", ["-n", "<n>"]),
        ("ping -n 5 10.1.2.3", ["-n", "<n>", "<ip>"]),
        ("curl -s http://evil.example/a?b=1", ["-s", "<url>"]),
        ("x {01234567-89ab-cdef-0123-456789abcdef}", ["<guid>"]),
        ("ls", []),
        ("", []),
    ],
)
def test_words_are_normalised_and_the_program_is_left_out(line, expected):
    assert words(line) == expected


def test_encoded_commands_share_words_with_the_same_in_the_clear():
    blob = base64.b64encode("Invoke-Expression payload".encode("utf-16-le")).decode()
    hidden = set(words(f"powershell -enc {blob}"))
    assert "<blob>" in hidden
    assert {"invoke", "payload"} <= hidden
    assert "aW52b2tl" not in hidden


def test_a_path_is_not_taken_for_base64():
    assert "<blob>" not in words("cat /usr/lib/x86/gcc/include/stddef/header/file")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400))
def test_any_text_gives_bounded_ascending_tokens(text):
    found = tokens(text)
    assert found == sorted(set(found))
    assert len(found) <= MAX_WORDS
    assert all(0 <= number < BINS for number in found)


def test_long_lines_are_cut():
    assert tokens("a " + "b" * LONGEST + " tail") == tokens("a " + "b" * LONGEST)
    assert token("x") == token("x")
