"""Verdicts as they are typed: one parser for commands and the filter line."""

from __future__ import annotations

import pytest

from engine.domain.verdicts import VERDICTS
from engine.errors import UsageError
from store.where.keys import KEYS, NONE, UNDECIDED
from store.where.meaning import read
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
    assert _meant(word) == said.replace("undecided", "none")


@pytest.mark.parametrize("word", ["xy", "x", "malicious!"])
def test_letters_that_no_verdict_begins_with_are_refused(word: str) -> None:
    with pytest.raises(UsageError, match="There are malicious, benign, false_positive, undetermined, none"):
        _meant(word)


def test_letters_that_two_verdicts_begin_with_are_both_named() -> None:
    with pytest.raises(UsageError, match=r"verdict:u could be undetermined or none \(undecided\)$"):
        _meant("u")


def test_commands_and_filter_line_know_the_same_verdicts() -> None:
    assert (*VERDICTS, NONE) == KEYS["verdict"].words
    for word in (*VERDICTS, "undecided", "fp", "none", "false-positive"):
        assert (_meant(word).replace(NONE, UNDECIDED),) == wanted([word])


def _meant(word: str) -> str:
    return str(read(f"verdict:{word}").terms[0].values[0].means)
