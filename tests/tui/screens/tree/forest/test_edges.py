"""What of the lines' edges is drawn again."""

from __future__ import annotations

import pytest

from tui.screens.tree.forest.edges import LineEdges
from tui.screens.tree.forest.nodes import Kind, Node, TreeLine

LINES = [TreeLine(Kind.NODE, Node(None), place, ()) for place in range(10)]


@pytest.fixture
def edges() -> LineEdges:
    """Lines 2 … 5 are in view, and drawn: the next verdict is for line 3."""
    made = LineEdges()
    made.of = lambda line: "┃ " if line is LINES[3] else "  "
    assert [made.paint(LINES[place], place, 2) for place in range(2, 6)] == ["  ", "┃ ", "  ", "  "]
    return made


def test_nothing_is_drawn_again_while_the_edges_are_the_same(edges: LineEdges) -> None:
    assert edges.stale(LINES, 2, 4) == []


def test_the_lines_that_gain_and_lose_a_mark_are_drawn_again(edges: LineEdges) -> None:
    edges.of = lambda line: "┃ " if line is LINES[5] else "  "
    assert edges.stale(LINES, 2, 4) == [3, 5]
    assert [edges.paint(LINES[place], place, 2) for place in (3, 5)] == ["  ", "┃ "]
    assert edges.stale(LINES, 2, 4) == []


def test_a_line_that_was_not_drawn_yet_is_drawn(edges: LineEdges) -> None:
    assert edges.stale(LINES, 2, 5) == [6]


def test_after_a_scroll_all_of_them_are_drawn_anyway(edges: LineEdges) -> None:
    edges.of = lambda _: "┃ "
    assert edges.stale(LINES, 3, 4) == []
