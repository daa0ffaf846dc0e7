"""Verdicts as they are typed: one parser for commands and the filter line."""

from __future__ import annotations

import pytest

from engine.domain.verdicts import VERDICTS
from engine.errors import NotFound, UsageError
from tui.actions import filter_line
from tui.actions.verdict_words import verdict, wanted


@pytest.mark.parametrize(
    ("text", "said"),
    [*((word, word) for word in VERDICTS), ("FP", "false_positive"), (" False-Positive ", "false_positive"), ("none", None)],
)
def test_a_verdict_to_give(text: str, said: str | None) -> None:
    assert verdict(text) == said


@pytest.mark.parametrize("text", ["", "mal", "undecided", "nice", "fals", "malicious,benign"])
def test_a_verdict_is_given_by_its_whole_name(text: str) -> None:
    with pytest.raises(UsageError, match="is no verdict"):
        verdict(text)


def test_verdicts_to_filter_by() -> None:
    assert wanted(None) == ()
    assert wanted(["none", "Undecided", "fp", "false_positive", "benign"]) == ("undecided", "false_positive", "benign")
    with pytest.raises(UsageError) as refused:
        wanted(["mal"])
    assert refused.value.remedy == "There are: malicious, benign, false_positive, undetermined (or fp), undecided."


@pytest.mark.parametrize(
    ("word", "said"), [("mal", "malicious"), ("b", "benign"), ("undec", "undecided"), ("FALSE-P", "false_positive")]
)
def test_the_first_letters_are_enough_in_the_filter_line(word: str, said: str) -> None:
    assert wanted([word], begun=True) == (said,)
    assert filter_line.parse(f"verdict:{word}", _nowhere).verdicts == (said,)


@pytest.mark.parametrize("word", ["und", "x", "n"])
def test_letters_that_two_verdicts_or_none_begin_with_are_refused(word: str) -> None:
    with pytest.raises(UsageError, match="there are malicious, benign, false_positive, undetermined, undecided"):
        filter_line.parse(f"v:{word}", _nowhere)


def test_commands_and_filter_line_know_the_same_verdicts() -> None:
    assert (*VERDICTS, "undecided") == filter_line.WANTED
    for word in (*filter_line.WANTED, "fp", "none"):
        assert filter_line.parse(f"is:{word}", _nowhere).verdicts == wanted([word])


def _nowhere(name: str) -> int:
    raise NotFound(name)
