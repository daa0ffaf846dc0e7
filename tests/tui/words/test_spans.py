"""Lines that are too long go on below: nothing of them is lost, and nothing is wider than its pane."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.tui.rendered import width_of
from tui.words.spans import hang, text_of

LINES = st.lists(st.tuples(st.text("ab \\/日\x1b", max_size=30), st.sampled_from(["", "dim"])), min_size=1, max_size=4)


@given(LINES, st.integers(20, 60), st.text("ab 日", max_size=200))
def test_all_of_the_last_part_is_there_and_no_line_is_wider(before: list[tuple[str, str]], width: int, last: str) -> None:
    head = [(text[:4], role) for text, role in before][:2]
    lines = hang([*head, (last, "")], width)
    assert "".join("".join(map(text_of, lines)).split()) == "".join((text_of(head) + last).split())
    assert all(width_of(line) <= width for line in lines)


def test_it_goes_on_below_where_it_began() -> None:
    assert [text_of(line) for line in hang([("label ", "dim"), ("one two three", "")], 14)] == ["label one two", "      three"]
