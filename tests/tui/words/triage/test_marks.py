"""Marks in words: letters, lines of the queue, what became of rules and rows. Whatever a rule is called acts on nothing."""

from __future__ import annotations

from typing import Any

import pytest

from engine.domain.marks import LEVELS, RuleMark
from tests.store.samples import HOSTILE
from tests.tui.rendered import width_of
from tui.words.spans import text_of
from tui.words.triage.finding_line import FindingLine
from tui.words.triage.finding_row import RowLook, row_cells
from tui.words.triage.marks import by_words, letter, mark_words, sign, strongest


def line(**more: Any) -> FindingLine:
    values: dict[str, Any] = {
        "time_us": None, "last_us": None, "host": "web01", "user": "ann", "user_rise": "", "parent": "cmd",
        "command": (("curl", "strong"),), "why": "downloads", "technique": "", "processes": 3, "occurrences": 1, "hosts": 1,
        "score": 2.0, "strength": 4, "verdicts": "M",
    }  # fmt: skip
    return FindingLine(**(values | more))


def cells(one: FindingLine, width: int = 120) -> str:
    return text_of(row_cells(one, width, RowLook(lambda _: "")))


def test_each_level_has_a_letter_of_its_own_and_none_a_question_mark() -> None:
    letters = [letter((RuleMark("a", level),)) for level in LEVELS]
    assert letters == ["i", "l", "m", "h", "c"]
    assert [letter(()), sign(()), letter((RuleMark("a", ""),))] == ["", "", "?"]
    assert sign((RuleMark("a", ""), RuleMark("b", "medium"), RuleMark("c", "low"))) == "σm"


def test_a_line_keeps_its_columns_with_and_without_a_mark() -> None:
    without, marked = cells(line()), cells(line(marks=(RuleMark("a", "high"),)))
    assert (without[:4], marked[:4]) == ("M ▄ ", "Mh▄ ")
    assert without[2:] == marked[2:]
    assert cells(line(verdicts="", marks=(RuleMark("a", "low"),)))[:4] == " l▄ "


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("width", [60, 120, 200])
def test_titles_of_strangers_are_made_visible_and_break_no_line(text: str, width: int) -> None:
    mark = RuleMark(text * 50, "high", text, ("T1105",))
    for said in (mark_words(mark), by_words(mark), strongest((mark, mark))):
        assert said.isprintable()
        assert len(said) < 1_500
    assert width_of(row_cells(line(marks=(mark,)), width, RowLook(lambda _: ""))) == width


def test_of_several_the_strongest_stands_in_a_tree() -> None:
    marks = (RuleMark("a", "high", techniques=("T1", "T2")), RuleMark("b", "low"), RuleMark("c", ""))
    assert strongest(marks) == "σ high: a (T1 T2) and 2 more"
    assert (strongest(marks[2:]), strongest(())) == ("σ no level: c", "")
