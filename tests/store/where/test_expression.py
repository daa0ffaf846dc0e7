"""Expressions: the same as Python's where both know one, and no slower than the text is long, whatever anybody writes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.where.automaton import MOST_STEPS, Automaton, automaton
from store.where.expression import MOST_CHARACTERS, ExpressionError, compiled, literals

ATOMS = ["a", "b", "c", ".", "[ab]", "[^a]", "[a-c]", r"\d", r"\w", r"\s", r"\W", r"\.", "^", "$", r"\b", r"\B", "x y", "A"]


@st.composite
def expressions(draw: st.DrawFn, depth: int = 2) -> str:
    def part() -> str:
        if depth and draw(st.integers(0, 3)) == 0:
            found = f"({'?:' if draw(st.booleans()) else ''}{draw(expressions(depth - 1))})"
        else:
            found = draw(st.sampled_from(ATOMS))
        places = found in {"^", "$", r"\b", r"\B"}
        return found + ("" if places else draw(st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{1,2}", "{2,}", "*?"])))

    rows = ["".join(part() for _ in range(draw(st.integers(0, 3)))) for _ in range(draw(st.integers(1, 2)))]
    return "|".join(rows)


@given(expressions(), st.text("abcABC1_ .x-\n", min_size=1, max_size=12))
def test_finds_what_python_finds(text: str, evidence: str) -> None:
    try:
        # Python's $ also stands before a last line's end; here an end is an end.
        wanted = re.compile(text.replace("$", r"\Z"), re.IGNORECASE | re.DOTALL)
    except re.error:
        return
    assert automaton(text).found_in(evidence) == (wanted.search(evidence) is not None)


@given(expressions(), st.text("abcABC1_ .x-", max_size=12))
def test_whatever_matches_has_one_of_the_literals(text: str, evidence: str) -> None:
    needed = literals(compiled(text))
    if needed and automaton(text).found_in(evidence):
        assert any(literal in evidence.lower() for literal in needed)


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("curl|wget", ("curl", "wget")), ("a+bcd", ("bcd",)), (r"https?://[^/]+/x\.sh", ("/x.sh",)), ("[0-9]{8}", ()),
        ("(curl|wget) .*\\|\\s*sh", ("curl", "wget")), ("a*", ()), ("x|.*", ()), ("CURL", ("curl",)),
    ],
)  # fmt: skip
def test_literals_are_the_most_telling(text: str, needed: tuple[str, ...]) -> None:
    assert literals(compiled(text)) == needed


@pytest.mark.parametrize("text", ["(a*)*b", "(a|a)*b", "(a|aa)+$b", "a.*a.*a.*a.*b", "(.*)*x", "(a?){50}a{50}b"])
def test_no_expression_goes_back_over_a_text(text: str) -> None:
    """Python's `re` takes the power of the length for these: here each character is a step that is known after a while."""
    found = Automaton(compiled(text))
    assert not found.found_in("a" * 30_000)
    once = found.steps
    assert not found.found_in("a" * 60_000)
    assert once < 2_000
    assert found.steps < 2_000


def test_what_hostile_text_makes_known_is_forgotten_again() -> None:
    found = Automaton(compiled("[^a]b"))
    for start in range(0, 3 * MOST_STEPS, 50_000):
        found.found_in("".join(chr(0x20000 + (start + number) % 0xD0000) for number in range(50_000)))
    assert found.steps <= MOST_STEPS + 50_000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a(", "has a ( without its )"), ("a)", "has a ) without its ("), ("*a", "has nothing to repeat before *"),
        ("[ab", "ends too early"), ("a\\", "ends too early"),
        (r"(a)\1", r"has \1: what a group matched cannot be asked for again"),
        ("(?=a)", "has a kind of group that is not known here"), ("(?P<x>a)", "has a kind of group"),
        ("[b-a]", "has a span that is none"),
        ("a{3,2}", "repeats {3,2} times"), ("a{9999}", "repeats {9999} times"), ("(a{500}){500}", "is too large"),
        ("x" * (MOST_CHARACTERS + 1), "is longer than 500 characters"), ("(" * 60, "more than 50 groups"), (r"\q", r"has \q"),
        (r"\xg1", r"has \xg1"),
    ],
)  # fmt: skip
def test_what_is_no_expression_is_refused(text: str, said: str) -> None:
    with pytest.raises(ExpressionError, match=re.escape(said)):
        compiled(text)


@given(st.text("ab()[]{}|*+?^$\\.,-0123456789dwxs:=<>P", max_size=20), st.text("ab01 ", max_size=8))
def test_any_text_is_an_expression_or_is_refused(text: str, evidence: str) -> None:
    try:
        found = Automaton(compiled(text))
    except ExpressionError:
        return
    assert found.found_in(evidence) in {True, False}


def test_case_is_ignored_beyond_ascii_and_no_other_letter_is_one_of_ascii() -> None:
    assert automaton("ÜBER").found_in("über")
    assert automaton("straße").found_in("STRAßE")
    assert not automaton("kill").found_in("\u212aill")  # the sign for kelvin, whose lower case is k
