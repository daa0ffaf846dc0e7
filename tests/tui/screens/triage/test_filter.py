"""Triage's filter line by keys: what stands in its row, what it offers, and what becomes of the list."""

from __future__ import annotations

import re

import pytest

from store.queue.finding_positions import FindingSource
from store.where.matching import count
from store.where.meaning import read
from tests.tui.conftest import CASE
from tests.tui.rendered import rows_of, screen_lines
from tests.tui.screens.triage.test_screen import Desk, triage
from tests.tui.waiting import wait_for
from tui.app.app import OddkinApp
from tui.runtime.services import Services
from tui.screens.triage.filter_bar import FilterBar
from tui.widgets.filter_field import FilterField

SIZES = [(80, 24), (120, 36), (200, 60)]
sized = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")


def row(desk: Desk) -> str:
    return rows_of(desk.screen.query_one(FilterBar))[0]


def field(desk: Desk) -> FilterField:
    return desk.screen.query_one(FilterField)


def shown(desk: Desk) -> list[str]:
    """Keys of the list's rows."""
    return [desk.row(position).key for position in range(desk.screen.table.count)]


def offers(desk: Desk) -> list[str]:
    """The lines over what is below the field."""
    if not field(desk).has_class("-offering"):
        return []
    region = desk.screen.query_one(".offers").region
    return [line[region.x : region.right].rstrip() for line in screen_lines(desk.app)[region.y : region.bottom]]


@sized
async def test_it_is_always_there_with_examples(trained: Services, size: tuple[int, int]) -> None:
    async with triage(trained, size) as desk:
        assert row(desk).startswith(" / no filter   e.g. host:web01  cmd:/curl|wget/  !user:root")


@sized
async def test_an_unknown_key_is_named_beside_what_was_typed_and_the_list_stays(trained: Services, size: tuple[int, int]) -> None:
    async with triage(trained, size) as desk:
        before = shown(desk)
        await desk.press("slash")
        field(desk).field.value = "usr:ann"  # at once: a machine that rests between two letters filters by what is there
        await wait_for(lambda: "There is no usr:. Did you mean user:?" in row(desk), "the nearest key", desk.pilot)
        assert "usr:ann" in row(desk)
        await desk.press("enter")
        assert field(desk).field.has_focus
        assert shown(desk) == before
        await desk.press("escape")
        assert desk.app.focused is desk.screen.table
        assert "no filter" in row(desk)
        assert "usr" not in row(desk)


@sized
async def test_what_is_left_is_counted_while_it_is_typed(trained: Services, size: tuple[int, int]) -> None:
    async with triage(trained, size, findings=True) as desk:
        total = desk.screen.table.count
        line = "!user:root cmd:e"
        await desk.press("slash", *line)
        workspace = trained.workspace
        left, there = (count(workspace, CASE, read(text)) for text in (line, ""))
        await wait_for(lambda: f"of {there:,} processes" in row(desk), "the count", desk.pilot)
        await wait_for(lambda: desk.state.view.wanted.where == read(line) and desk.state.coming is None, "the list", desk.pilot)
        assert isinstance(desk.state.source, FindingSource)
        assert row(desk).endswith(f"{desk.screen.table.count:,} of {total:,} findings, {left:,} of {there:,} processes")
        assert line in row(desk)


async def test_escape_takes_back_what_was_typed(trained: Services) -> None:
    async with triage(trained) as desk:
        before = shown(desk)
        await desk.press("slash", *"pid:99999999")
        await wait_for(lambda: desk.screen.table.count == 0, "nothing is left", desk.pilot)
        await desk.press("escape")
        await wait_for(lambda: desk.screen.table.count == len(before), "all of it again", desk.pilot)
        assert shown(desk) == before
        assert "no filter" in row(desk)


async def test_a_key_is_offered_and_taken_then_values_with_counts(trained: Services) -> None:
    async with triage(trained) as desk:
        await desk.press("slash", *"cu", "backspace", "backspace", *"!ho")
        await wait_for(lambda: len(offers(desk)) == 1, "the key", desk.pilot)
        assert re.search(r"› host: +the host's name, as host:web01,db01", offers(desk)[0])
        await desk.press("tab")
        assert row(desk).startswith(" / !host:")
        await wait_for(lambda: len(offers(desk)) > 1, "the hosts", desk.pilot)
        assert len(offers(desk)) <= 6
        counts = [int(line.split()[-1].replace(",", "")) for line in offers(desk)]
        assert counts == sorted(counts, reverse=True)
        second = offers(desk)[1].split()[0]
        await desk.press("down")
        assert offers(desk)[1].lstrip().startswith(f"› {second}")
        await desk.press("tab", "enter")
        assert f"!host:{second}" in row(desk)
        hosts = count(trained.workspace, CASE, read(f"!host:{second}"))
        await wait_for(lambda: f" {hosts:,} of " in row(desk), "what is left", desk.pilot)


async def test_values_are_counted_in_what_the_rest_leaves(trained: Services) -> None:
    async with triage(trained) as desk:
        host = trained.workspace.cases.hosts(CASE)[0].name
        await desk.press("slash", *f"host:{host} user:")

        # Until they are there it is keys that are offered, or the hosts of the term before.
        def right() -> bool:
            said = [re.fullmatch(r" +(?:› )? *(.*?) {2,}([\d,]+) *", line) for line in offers(desk)]
            told = [(found[1], int(found[2].replace(",", ""))) for found in said if found is not None]
            return bool(told) and len(told) == len(said) and told == [(user, among(user)) for user, _ in told]

        def among(user: str) -> int:
            wanted = read(f'host:"{host}"').terms + read(f"user:/^{re.escape(user)}$/").terms
            return count(trained.workspace, CASE, type(read(""))(wanted))

        await wait_for(right, "the users of that host, counted there", desk.pilot)


async def test_the_key_for_what_is_odd_writes_its_term_into_the_line(trained: Services) -> None:
    async with triage(trained) as desk:
        await desk.press("z")
        await wait_for(lambda: row(desk).startswith(" / is:flagged"), "its term", desk.pilot)
        await desk.press("z")
        await wait_for(lambda: "no filter" in row(desk), "again: all", desk.pilot)
        await desk.press("z", "escape")
        await wait_for(lambda: "no filter" in row(desk), "none", desk.pilot)


async def test_what_asks_for_scores_where_there_are_none_is_told(ingested: Services) -> None:
    app = OddkinApp(ingested)
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        await pilot.press("4")
        await wait_for(lambda: bool(app.screen.query(FilterBar)), "triage", pilot)
        await pilot.press("slash", *"score>1")
        told = "Not ranked yet: nothing has what score>1 asks for."
        await wait_for(lambda: told in rows_of(app.screen.query_one(FilterBar))[0], "it is said", pilot)
