"""Pivots, counts and the time strip, as the terminal is sent them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from store.where.density import Density
from store.where.meaning import read
from store.where.terms import ALL
from store.workspace import Workspace, open_workspace
from tests.store import samples
from tests.tui.rendered import rows_of, screen_lines
from tests.tui.waiting import wait_for
from tui.dialogs.ask import Ask, AskedLine
from tui.dialogs.choices import ChoicesDialog
from tui.dialogs.count import CountDialog
from tui.runtime.services import Services
from tui.widgets.time_strip import GUTTER, TimeStrip, day_names, heights
from tui.words.words import when

DAY_US = 86_400_000_000


class Bare(App[None]):
    """An application with a time strip."""

    brushed: tuple[int, int] | None = None

    def compose(self) -> ComposeResult:
        yield TimeStrip(lambda: UTC)

    def on_time_strip_brushed(self, message: TimeStrip.Brushed) -> None:
        self.brushed = message.since_us, message.until_us


def shown(app: App[None]) -> str:
    return "\n".join(screen_lines(app))


def first_row(app: App[None]) -> str:
    lines = screen_lines(app)
    return lines[next(at for at, line in enumerate(lines) if "value" in line) + 1]


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Workspace]:
    workspace = open_workspace(tmp_path / "w")
    events = [samples.event(1, image="C:\\Windows\\explorer.exe", user="CORP\\ann")]
    for number in range(2, 12):
        user = "CORP\\ann" if number < 11 else "[red]x\x1b[31m"
        events.append(samples.event(number, 1, image=f"C:\\Apps\\tool{number // 5}.exe", user=user))
    samples.fill(workspace, events)
    yield workspace
    workspace.close()


async def test_counts_are_told_rarest_first_and_enter_asks_for_the_value(case: Workspace) -> None:
    app, answers = Bare(), list[str | None]()
    async with app.run_test(size=(120, 30)) as pilot:
        app.push_screen(CountDialog(case, "case", ALL, when), answers.append)
        await wait_for(lambda: "4 programs of 11 processes · rarest first" in shown(app), "programs are counted", pilot)
        assert "explorer.exe" in first_row(app)
        await pilot.press("l", "l")
        await wait_for(lambda: "2 users of 11 processes" in shown(app), "users are counted", pilot)
        text = "\n".join(screen_lines(app))
        assert "[red]x\\e[31m" in text
        assert "\x1b" not in text
        await pilot.press("s")
        assert "most first" in shown(app)
        assert "CORP\\ann" in first_row(app)
        await pilot.press("enter")
        await wait_for(lambda: answers == ["user:CORP\\ann"], "the value is asked for", pilot)
        assert answers[0] is not None
        read(answers[0])


async def test_a_pivot_says_how_many_before_it_is_chosen(case: Workspace, tmp_path: Path) -> None:
    process = next(one for one in case.processes.find("case", limit=50) if one.pid == 7)
    app, chosen = Bare(), list[AskedLine]()
    services = Services(case, "case", home=tmp_path)
    async with app.run_test(size=(120, 30)) as pilot:
        Ask(app.screen, services, lambda: process.id, lambda: ALL, chosen.append).action_pivot()
        await wait_for(lambda: isinstance(app.screen, ChoicesDialog), "the list", pilot)
        await wait_for(lambda: sum("process" in line for line in screen_lines(app)) >= 8, "all are counted", pilot)
        lines = screen_lines(app)
        assert any("i same image" in line and "tool1.exe" in line and "5 processes" in line for line in lines)
        await pilot.press("i")
        await wait_for(lambda: bool(chosen), "it is chosen", pilot)
        assert chosen[0] == AskedLine("image:C:\\Apps\\tool1.exe", within=False)


async def test_the_strip_shows_when_and_takes_a_span() -> None:
    app = Bare()
    async with app.run_test(size=(48, 4)) as pilot:
        strip = app.query_one(TimeStrip)
        assert strip.cells == 48 - GUTTER == 40
        counts = [0] * 40
        counts[3], counts[20] = 1, 400
        odd = [0] * 40
        odd[20] = 2
        strip.show_density(Density(0, DAY_US // 10, tuple(counts), tuple(odd)))
        strip.mark(20 * DAY_US // 10, 20 * DAY_US // 10)
        await pilot.pause()
        every, strange = rows_of(strip)
        assert every == " all    " + "   ▁" + " " * 16 + "▼"
        assert strange == " odd    Jan 1·····Jan 2·····█Jan 3····Jan 4·····"
        strip.enter()
        await pilot.press("l", "enter", "l", "l", "enter")
        assert app.brushed == (21 * DAY_US // 10, 24 * DAY_US // 10)
        await pilot.mouse_down(strip, offset=(GUTTER + 2, 0))
        await pilot.hover(strip, offset=(GUTTER + 5, 0))
        await pilot.mouse_up(strip, offset=(GUTTER + 5, 0))
        await wait_for(lambda: app.brushed == (2 * DAY_US // 10, 6 * DAY_US // 10), "a drag is a span", pilot)


@given(st.lists(st.integers(min_value=0, max_value=10**9), max_size=50))
def test_every_count_has_a_block_and_nothing_has_a_blank(counts: list[int]) -> None:
    drawn = heights(counts)
    assert len(drawn) == len(counts)
    assert [char != " " for char in drawn] == [count > 0 for count in counts]
    tall = [drawn[at] for at in sorted(range(len(counts)), key=lambda at: counts[at])]
    assert tall == sorted(tall)


@given(st.integers(min_value=-(2**60), max_value=2**60), st.integers(min_value=1, max_value=2**50), st.integers(1, 200))
def test_days_are_named_within_the_strip_and_apart(first: int, length: int, cells: int) -> None:
    names = day_names(Density(first, length, (0,) * cells, (0,) * cells), UTC)
    assert all(0 <= cell < cells for cell in names)
