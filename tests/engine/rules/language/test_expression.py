"""The language of rules: what it takes, what it refuses, and that matching is linear."""

from __future__ import annotations

import re
import time
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.rules.kinds import PROBES
from engine.rules.language.expression import BadExpression, masked, parse, quoted, unmasked
from engine.rules.language.nodes import class_text


@pytest.mark.parametrize(
    ("pattern", "word", "variable"),
    [
        (r"^is-([0-9a-z]{5})\.tmp$", "is-6k3lq.tmp", "6k3lq"),
        (r"(?<![0-9])([0-9]{1,3}\.[0-9]{1,4}(?:\.[0-9]{1,2})?)(?![0-9])", "app-1.22.3", "1.22.3"),
        (r"(?:rc|rc-)(\d)", "x-rc-7", "7"),
        (r"<date>_(\d{6})", "<date>_101112", "101112"),
        (r"([a-z\-]{3})", "a-b", "a-b"),
        (r"\$r([0-9a-z]{6})(?:\.exe)?$", "$r1a2b3c", "1a2b3c"),
    ],
)
def test_finds_the_variable_part(pattern: str, word: str, variable: str) -> None:
    found = parse(pattern).find(masked(word))
    assert found is not None
    assert found[1] == variable


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("(a*)", "unbounded repetition"),
        ("([a-z]+)", "unbounded repetition"),
        ("([a-z]{2,})", "unbounded repetition"),
        (".(a)", "bare dot"),
        ("abc", "exactly one capturing group"),
        ("(a)(b)", "exactly one capturing group"),
        ("(?:x(a))", "inside another bracket"),
        ("(a?)", "may be empty"),
        ("((?:a|b){3})", "repeated bracket"),
        ("((?:a|b?))", "may be empty"),
        ("([^a])", "negated class"),
        (r"(\w)", "not in the language"),
        (r"(a)\1", "not in the language"),
        ("(a", "never closed"),
        ("a)", "nothing opened"),
        ("([a-z)", "never closed"),
        ("(a)|(b)", "nothing opened"),
        ("(?P<x>a)", "only"),
        ("(?<=a{1,2})(b)", "one length"),
        ("(a{3,2})", "count"),
        ("(a{2}{3})", "repetition of a repetition"),
        ("x" * 5000 + "(a)", "longer than"),
        ("(?:" * 9 + "a" + ")" * 9 + "(b)", "nested deeper"),
    ],
)
def test_refuses_with_a_reason(pattern: str, says: str) -> None:
    with pytest.raises(BadExpression, match=re.escape(says)):
        parse(pattern)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        expression = parse(text)
    except BadExpression:
        return
    expression.find(masked("a1b2"))


def rendered(text: str) -> str:
    return parse(text).compiled.pattern


def structure(pattern: str) -> set[str]:
    """Names of the operations of a compiled pattern, as Python's own parser names them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from re import _parser  # type: ignore[attr-defined]

    names: set[str] = set()
    waiting = [_parser.parse(pattern)]
    while waiting:
        for operation, argument in waiting.pop():
            names.add(str(operation))
            stack = [argument]
            while stack:
                one = stack.pop()
                if isinstance(one, _parser.SubPattern):
                    waiting.append(one)
                elif isinstance(one, list | tuple):
                    stack += list(one)
    return names


@pytest.mark.parametrize("kind", PROBES, ids=lambda kind: kind.probe[:30])
def test_nothing_that_python_runs_can_go_back(kind: object) -> None:
    from engine.rules.kinds import WordKind

    assert isinstance(kind, WordKind)
    names = structure(rendered(kind.probe))
    assert not names & {"MAX_REPEAT", "MIN_REPEAT", "GROUPREF"}
    if "BRANCH" in names:
        assert "ATOMIC_GROUP" in names


PIECES = st.recursive(
    st.sampled_from(["a", "ab", r"\.", "[0-9]", "[a-f]{1,4}", r"\d{2}", "[0-9]?", "x{0,3}", "<date>"]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=1, max_size=3).map(lambda options: f"(?:{'|'.join(options)})"),
        st.lists(inner, min_size=1, max_size=2).map(lambda options: f"(?:{'|'.join(options)})?"),
        inner.map(lambda one: f"(?={one})"),
        inner.map(lambda one: f"(?!{one})"),
    ),
    max_leaves=6,
)


@given(st.lists(PIECES, max_size=2), PIECES, st.lists(PIECES, max_size=2))
def test_whatever_the_language_takes_cannot_go_back(before: list[str], part: str, after: list[str]) -> None:
    """Not only the kinds that ship: every text that parses, whoever wrote it."""
    try:
        expression = parse(f"{''.join(before)}({part}){''.join(after)}")
    except BadExpression:
        return
    names = structure(expression.compiled.pattern)
    assert not names & {"MAX_REPEAT", "MIN_REPEAT", "GROUPREF"}
    assert "BRANCH" not in names or "ATOMIC_GROUP" in names
    assert 1 <= expression.lengths[0] <= expression.lengths[1]


def test_time_grows_with_the_length_and_not_faster() -> None:
    hostile = parse(r"((?:[0-9]{1,99}\.)?(?:[0-9]{1,99}\.)?(?:[0-9]{1,99}\.)?[0-9]{1,99})x")

    def seconds(length: int) -> float:
        text = "1" * length
        best = float("inf")
        for _ in range(5):
            begun = time.thread_time()  # others' work on this machine is no matter
            hostile.find(text)
            best = min(best, time.thread_time() - begun)
        return best

    # A matcher that goes back would need 100 times as long for each further group; linear is 8, with slack for a busy machine.
    assert seconds(4000) < 8 * 6 * seconds(500) + 1e-3


@given(st.text(alphabet="ab<>date_\U000f0001é1", max_size=30))
def test_masking_never_makes_placeholders_of_private_characters(word: str) -> None:
    assert unmasked(masked(word)) == re.sub("[\U000f0000-\U000f00ff]", "?", word)


@given(st.frozensets(st.characters(min_codepoint=33, max_codepoint=126), min_size=1))
def test_classes_survive_being_written(chars: frozenset[str]) -> None:
    expression = parse(f"({class_text(chars)})")
    assert {char for char in map(chr, range(33, 127)) if expression.find(char)} == chars


@given(st.text(min_size=1, max_size=20).filter(lambda text: not set(text) & set("\r\n")))
def test_quoted_text_matches_itself_only(text: str) -> None:
    expression = parse(f"^({quoted(text)})$")
    assert expression.find(masked(text)) is not None
    assert expression.find(masked(text + "x")) is None
