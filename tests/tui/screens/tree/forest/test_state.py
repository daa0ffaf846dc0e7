"""What is open in the tree: pages, jumps, limits, foci."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import NotFound
from store.processes.forest import ForestPages
from store.processes.search import ProcessTargets
from store.where.matching import matching
from store.where.meaning import read
from tests.tui.rendered import line_words
from tests.tui.screens.tree.forest.family import CASE, DEEP, DEEP_TOP, LONELY, WIDE, WIDE_PARENT, host_row, pid_id
from tui.runtime.services import Services
from tui.screens.tree.forest import nodes, state
from tui.screens.tree.forest.focus import Focus
from tui.screens.tree.forest.nodes import Kind, Node
from tui.screens.tree.forest.state import ForestState


def opened(services: Services) -> ForestState:
    return ForestState(ForestPages(services.workspace, CASE))


def words(tree: ForestState) -> list[str]:
    return ["  " * line.depth + line_words(line) for line in tree.lines]


def node(tree: ForestState, number: int) -> Node:
    found = tree.node(number)
    assert found is not None
    return found


def test_hosts_first_then_children_by_time(family: Services) -> None:
    tree = opened(family)
    assert words(tree) == ["WEB01", "WEB02"]
    tree.open(node(tree, host_row(family, "WEB01")))
    assert words(tree) == ["WEB01", "  smss.exe", "  smss.exe", "WEB02"]
    tree.open(node(tree, pid_id(family, 1)))
    assert words(tree)[:4] == ["WEB01", "  smss.exe", "    services.exe", "    lsass.exe"]


def test_only_children_open_with_their_parent(family: Services) -> None:
    tree = opened(family)
    tree.open(node(tree, host_row(family, "WEB01")))
    tree.open(node(tree, pid_id(family, DEEP_TOP)))
    assert len(tree.lines) == 4 + state.THROUGH


def test_pages_of_a_wide_family(family: Services) -> None:
    tree = opened(family)
    parent = pid_id(family, WIDE_PARENT)
    tree.reveal(parent)
    tree.open(node(tree, parent))
    seen = 1 + state.PAGE
    later = next(line for line in tree.lines if line.kind is Kind.LATER)
    assert line_words(later) == f"… {WIDE - state.PAGE:,} more (enter)"
    goal = tree.more(later)
    assert tree.index(goal) == tree.index(parent) + seen
    while any(line.kind is Kind.LATER for line in tree.lines):
        tree.more(next(line for line in tree.lines if line.kind is Kind.LATER))
    pids = [child.row.pid for child in node(tree, parent).children]  # type: ignore[union-attr]
    assert pids == list(range(100, 100 + WIDE))


def test_a_window_slides_and_comes_back(family: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "WINDOW", 300)
    tree = opened(family)
    parent = pid_id(family, WIDE_PARENT)
    tree.reveal(parent)
    tree.open(node(tree, parent))
    for kind, ends in ((Kind.LATER, (400, 0)), (Kind.EARLIER, (0, 400))):
        while lines := [line for line in tree.lines if line.kind is kind]:
            tree.more(lines[0])
            family_node = node(tree, parent)
            assert len(family_node.children) <= 300
            assert family_node.before + len(family_node.children) + family_node.after == WIDE
        assert (node(tree, parent).before, node(tree, parent).after) == ends


def test_reveal_in_the_middle_shows_neighbours(family: Services) -> None:
    tree = opened(family)
    place = tree.reveal(pid_id(family, 500))
    assert tree.lines[place].node.row.pid == 500  # type: ignore[union-attr]
    around = tree.lines[place].node.parent
    assert around is not None
    assert (around.before, len(around.children), around.after) == (390, 21, 289)
    assert words(tree)[0] == "WEB01"


def test_reveal_deep_opens_every_ancestor_and_leaves_a_gap_above_too_many(
    family: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = opened(family)
    deepest = pid_id(family, DEEP_TOP + DEEP - 1)
    place = tree.reveal(deepest)
    assert tree.lines[place].depth == DEEP
    monkeypatch.setattr(state, "LEVELS", 10)
    tree = opened(family)
    place = tree.reveal(deepest)
    gap = next(line for line in tree.lines if line.kind is Kind.GAP)
    assert tree.lines[place].depth == 11
    goal = tree.more(gap)
    assert goal == pid_id(family, DEEP_TOP + DEEP - 12)
    assert tree.index(goal) is not None


def test_what_is_not_there_is_said(family: Services) -> None:
    with pytest.raises(NotFound):
        opened(family).reveal(2**40)


def test_never_too_many_lines(family: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "MAX_LINES", 250)
    tree = opened(family)
    parent = pid_id(family, WIDE_PARENT)
    tree.reveal(parent)
    tree.open(node(tree, parent))
    deepest = pid_id(family, DEEP_TOP + DEEP - 1)
    tree.reveal(deepest)
    assert tree.index(deepest) is not None
    assert len(tree.lines) <= 250
    assert tree.index(parent) is None


def findings(services: Services, tree: ForestState) -> Focus:
    return Focus("findings", ProcessTargets(services.workspace, CASE).of_findings(), tree.host_ids)


def search(services: Services, tree: ForestState, line: str) -> Focus:
    found = matching(services.workspace, CASE, read(line))
    return Focus("search", found, tree.host_ids, marked=True)


def test_a_focus_keeps_the_ways_and_counts_the_rest(family: Services) -> None:
    tree = opened(family)
    focus = search(family, tree, "sekurlsa")
    tree.set_focus(focus)
    assert words(tree) == [
        "WEB01", "  smss.exe", "    services.exe", "      svchost.exe", "        mimi.exe",
        f"      … {WIDE - 1} other processes (enter)", "    … 1 other process (enter)",
        "  … 1 other process (enter)", "… 1 other host (enter)",
    ]  # fmt: skip
    others = next(line for line in tree.lines if line.kind is Kind.OTHERS and line.depth == 2)
    tree.more(others)
    assert "    lsass.exe" in words(tree)
    tree.set_focus(None, focus.order[0])
    assert tree.index(focus.order[0]) is not None


def test_steps_go_down_the_tree_and_around(family: Services) -> None:
    tree = opened(family)
    focus = findings(family, tree)
    assert len(focus) > 3
    tree.set_focus(focus)
    found: list[int] = []
    here: list[tuple[int, tuple[int, int]]] = []
    for _ in focus.order:
        goal = focus.next(here, 1)
        assert goal is not None
        place = tree.reveal(goal)
        here = tree.lines[place].node.way()
        found.append(goal)
    assert found == focus.order
    assert focus.next(here, 1) == focus.order[0]
    assert focus.next(here, -1) == focus.order[-2]


def test_the_next_target_is_below_whatever_the_cursor_is_on(family: Services) -> None:
    """Against the order of all lines of a tree that is open everywhere."""
    tree = opened(family)
    focus = search(family, tree, "image:mimi.exe")
    everything = search(family, tree, "app")
    tree.set_focus(everything)
    target = focus.order[0]
    tree.reveal(target)
    for line in tree.lines:
        if line.kind is Kind.NODE:
            above = (tree.index(line.node.id) or 0) < (tree.index(target) or 0)
            assert focus.before(line.node.way()) == (0 if above or line.node.id == target else 1)


def test_a_case_that_was_linked_again_keeps_what_is_open(family: Services) -> None:
    tree = opened(family)
    tree.reveal(pid_id(family, LONELY))
    before = words(tree)
    tree.reload(ForestPages(family.workspace, CASE), pid_id(family, LONELY))
    assert words(tree) == before


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.tuples(st.sampled_from(["toggle", "below", "reveal", "focus"]), st.integers(0, 10_000)), max_size=12))
def test_any_moves_leave_a_tree_that_adds_up(family: Services, moves: list[tuple[str, int]]) -> None:
    tree = opened(family)
    for move, number in moves:
        line = tree.lines[number % len(tree.lines)]
        if move == "reveal":
            place = tree.reveal(pid_id(family, 100 + number % WIDE))
            assert tree.lines[place].node.row.pid == 100 + number % WIDE  # type: ignore[union-attr]
        elif move == "focus":
            tree.set_focus(None if number % 2 else findings(family, tree), None)
        elif line.kind is not Kind.NODE:
            tree.more(line)
        elif move == "below":
            tree.open_below(line.node)
        elif line.node.open:
            tree.close(line.node)
        elif line.node.total:
            tree.open(line.node)
        shown = [one.node.id for one in tree.lines if one.kind is Kind.NODE]
        assert len(shown) == len(set(shown))
        assert len(tree.lines) <= nodes.MAX_LINES + state.PAGE
        for one in tree.lines:
            if one.kind is Kind.NODE and one.node.open:
                node_ = one.node
                assert node_.before + len(node_.children) + node_.after + node_.others == node_.total
