"""The Tree screen by keys."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.store.samples import fill
from tests.tui.rendered import line_words, rows_of
from tests.tui.screens.tree.forest.family import CASE, DEEP, DEEP_TOP, WIDE, events, forest, host_row, pid_id
from tests.tui.waiting import wait_for
from tui.app.app import OddkinApp
from tui.runtime.messages import ChainWanted, ProcessWanted, VerdictChanged
from tui.runtime.services import Services
from tui.screens.tree.forest.nodes import Kind
from tui.screens.tree.process_details import ProcessDetails
from tui.screens.tree.process_tree import ProcessTree
from tui.screens.tree.screen import TreeScreen
from tui.widgets.filter_field import FilterField


class Scene:
    """The running screen."""

    def __init__(self, app: OddkinApp, pilot: Pilot[None], posted: list[Any]) -> None:
        self.app, self.pilot, self.posted = app, pilot, posted

    @property
    def screen(self) -> TreeScreen:
        screen = self.app.mode_screens["tree"]
        assert isinstance(screen, TreeScreen)
        return screen

    @property
    def tree(self) -> ProcessTree:
        return self.screen.tree_view

    @property
    def at(self) -> str:
        return "" if self.tree.line is None else line_words(self.tree.line)

    @property
    def pid(self) -> int | None:
        return getattr(self.tree.row, "pid", None)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def until(self, condition: Any, description: str) -> None:
        await wait_for(condition, description, self.pilot)


@asynccontextmanager
async def running(services: Services, mode: str = "tree", size: tuple[int, int] = (120, 36)) -> AsyncIterator[Scene]:
    app = OddkinApp(services, mode)
    posted: list[Any] = []
    async with app.run_test(size=size, message_hook=posted.append) as pilot:
        scene = Scene(app, pilot, posted)
        if mode == "tree":
            await wait_for(lambda: scene.screen.is_mounted and bool(scene.tree.lines), "the hosts are there", pilot)
        yield scene


async def test_moving_opening_and_folding(empty: Services) -> None:
    async with running(forest(empty)) as scene:
        assert scene.at == "WEB01"
        await scene.press("l")
        assert [line_words(line) for line in scene.tree.lines] == ["WEB01", "smss.exe", "smss.exe", "WEB02"]
        await scene.press("l", "l", "j")
        assert scene.at == "services.exe"
        await scene.press("right", "right")
        assert scene.pid == 100
        await scene.press("G")
        assert scene.at == "WEB02"
        await scene.press("g", "down", "up")
        assert scene.at == "WEB01"
        await scene.press("ctrl+d", "ctrl+u", "pagedown", "pageup", "end", "home")
        assert scene.at == "WEB01"
        scene.tree.reveal(pid_id(empty, 150))
        await scene.press("h")
        assert scene.pid == 2
        await scene.press("h", "left")
        assert scene.pid == 1
        await scene.press("h", "h", "h")
        assert len(scene.tree.lines) == 2


async def test_more_earlier_and_whole_branches(empty: Services) -> None:
    async with running(forest(empty)) as scene:
        scene.tree.reveal(pid_id(empty, 500))
        line = next(line for line in scene.tree.lines if line.kind is Kind.EARLIER)
        scene.tree.cursor = scene.tree.lines.index(line)
        await scene.press("enter")
        assert scene.pid == 489
        line = next(line for line in scene.tree.lines if line.kind is Kind.LATER)
        scene.tree.cursor = scene.tree.lines.index(line)
        await scene.press("l")
        assert scene.pid == 511
        await scene.press("g", "shift+left")
        assert len(scene.tree.lines) == 2
        await scene.press("shift+right")
        assert len(scene.tree.lines) > 200


async def test_details_follow_the_cursor_and_leaves_lead_to_them(empty: Services) -> None:
    async with running(forest(empty)) as scene:
        details = scene.screen.query_one(ProcessDetails)
        await scene.until(lambda: "above the threshold" in details.text(), "the host's card")
        scene.tree.reveal(pid_id(empty, 2000))
        await scene.until(lambda: "sekurlsa::logonpasswords" in details.text(), "the process's card")
        await scene.press("enter")
        assert details.has_focus
        await scene.until(lambda: not scene.tree.region, "the process has the page")
        await scene.press("j", "escape")
        assert scene.tree.has_focus
        await scene.until(lambda: bool(scene.tree.region), "the tree again")
        await scene.press("tab")
        assert details.has_focus


async def test_only_findings_and_steps_through_them(empty: Services) -> None:
    async with running(forest(empty)) as scene:
        await scene.press("z")
        await scene.until(lambda: scene.tree.state is not None and scene.tree.state.focus is not None, "only findings")
        assert scene.tree.state is not None
        focus = scene.tree.state.focus
        assert focus is not None
        assert any(line.kind is Kind.OTHERS for line in scene.tree.lines)
        await scene.press("n")
        assert scene.tree.line_id == focus.order[0]
        await scene.press("n")
        assert scene.tree.line_id == focus.order[1]
        await scene.press("N", "N")
        assert scene.tree.line_id == focus.order[-1]
        stayed = scene.tree.line_id
        await scene.press("z")
        assert scene.tree.state.focus is None
        assert scene.tree.line_id == stayed


async def test_next_finding_opens_the_way(empty: Services) -> None:
    async with running(forest(empty)) as scene:
        await scene.press("n")
        await scene.until(lambda: getattr(scene.tree.row, "flagged", False), "the cursor is on a finding")
        assert scene.tree.state is not None
        assert scene.tree.state.focus is None


async def ask(scene: Scene, question: str) -> None:
    await scene.press("slash")
    line = scene.screen.query_one(FilterField).field
    assert line.has_focus
    line.value = question
    await scene.press("enter")


async def test_search_keeps_the_ways_to_the_matches(empty: Services) -> None:
    async with running(forest(empty)) as scene:
        await ask(scene, "mimi user:ann host:web01")
        await scene.until(lambda: scene.pid == 2000, "the match is under the cursor")
        assert "mimi.exe" in scene.at
        assert "◆" in "".join(segment.text for segment in scene.tree.render_line(scene.tree.cursor + 1))
        assert any(f"{WIDE - 1:,} other processes" in line_words(line) for line in scene.tree.lines)
        await scene.press("escape")
        assert scene.tree.state is not None
        assert scene.tree.state.focus is None
        assert scene.pid == 2000
        await ask(scene, "user:user1 image:svchost")
        await scene.until(lambda: scene.pid is not None and 100 <= scene.pid < 100 + WIDE, "the first match below")
        first = scene.pid
        await scene.press("n")
        assert first is not None
        assert scene.pid == first + 3
        await scene.press("N")
        assert scene.pid == first
        await scene.press("slash", "escape")
        assert scene.tree.has_focus
        await ask(scene, "")
        assert scene.tree.state.focus is None


async def test_questions_that_find_nothing_or_make_no_sense(empty: Services) -> None:
    async with running(forest(empty)) as scene:
        await ask(scene, "[red]nothing[/red] \x1b")
        await scene.until(lambda: len(scene.app._notifications) == 1, "it says that there is nothing")
        await ask(scene, "after:soon")
        search = scene.screen.query_one(FilterField)
        assert search.field.has_focus
        await scene.until(lambda: "'soon' is no time" in rows_of(search)[0], "it says what is wrong, beside what was typed")
        assert "after:soon" in rows_of(search)[0]
        await ask(scene, "usr:ann")
        await scene.until(lambda: "There is no usr:. Did you mean user:?" in rows_of(search)[0], "and names the nearest key")
        assert len(scene.tree.lines) == 2


async def test_to_triage_and_back(empty: Services) -> None:
    services = forest(empty)
    async with running(services) as scene:
        scene.tree.reveal(pid_id(services, 2000))
        await scene.press("t")
        wanted = [message.key for message in scene.posted if isinstance(message, ChainWanted)]
        assert services.workspace.chains.find(CASE, wanted[0]).steps[-1].endswith("mimi.exe")
        await scene.until(lambda: scene.app.screen is not scene.screen, "triage is shown")
        scene.app.post_message(ProcessWanted(pid_id(services, 700)))
        await scene.until(lambda: scene.app.screen is scene.screen and scene.pid == 700, "the tree shows the process")


async def test_a_jump_from_elsewhere_into_a_tree_never_opened(empty: Services) -> None:
    services = forest(empty)
    async with running(services, "case") as scene:
        scene.app.post_message(ProcessWanted(pid_id(services, 2000)))
        await scene.until(
            lambda: "tree" in scene.app.mode_screens and scene.screen.is_mounted and scene.pid == 2000, "it is there"
        )


async def test_verdicts_show_at_once(empty: Services) -> None:
    services = forest(empty)
    async with running(services) as scene:
        place = pid_id(services, 2000)
        scene.tree.reveal(place)
        key = scene.tree.row.chain_key  # type: ignore[union-attr]
        services.workspace.labels.set(CASE, [str(key)], "malicious", author="ada")
        scene.app.post_message(VerdictChanged((str(key),)))
        await scene.until(lambda: getattr(scene.tree.row, "verdict", None) == "malicious", "the badge")
        assert " M " in "".join(
            segment.text for segment in scene.tree.render_line(scene.tree.cursor + 1 - round(scene.tree.scroll_y))
        )


async def test_nothing_to_show_says_the_next_key(empty: Services) -> None:
    app = OddkinApp(empty, "tree")
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(lambda: bool(app.screen.query(ProcessTree)), "the screen", pilot)
        tree = app.screen.query_one(ProcessTree)
        await wait_for(lambda: "press 1" in tree.empty, "the hint", pilot)
        await pilot.press(
            "j", "l", "h", "G", "g", "enter", "n", "z", "t", "m", "A", "u", "c", "x", "X", "space", "V", "asterisk", "escape"
        )
        assert tree.lines == []


@pytest.mark.parametrize("size", [(120, 36), (80, 24)], ids=str)
def test_looks(empty: Services, snap_compare: Any, size: tuple[int, int]) -> None:
    services = forest(empty)
    services.workspace.labels.set(CASE, [services.workspace.queue.page(CASE, limit=1)[0].key], "malicious", author="ada")

    async def settle(pilot: Pilot[Any]) -> None:
        screen = pilot.app.screen
        assert isinstance(screen, TreeScreen)
        await wait_for(lambda: services.summary is not None and bool(screen.tree_view.lines), "the header is complete", pilot)
        screen.tree_view.reveal(host_row(services, "WEB02"))
        await pilot.press("l")
        screen.tree_view.reveal(pid_id(services, 2000))
        await wait_for(lambda: "sekurlsa" in screen.query_one(ProcessDetails).text(), "the card", pilot)

    assert snap_compare(OddkinApp(services, "tree"), terminal_size=size, run_before=settle)


async def exported(scene: Scene, target: Path) -> list[dict[str, str]]:
    """What `e` writes now."""
    await scene.press("e")
    await scene.until(lambda: scene.app.screen is not scene.screen, "the export dialog")
    scene.app.screen.query_one("Input").value = str(target)  # type: ignore[attr-defined]
    await scene.press("enter")
    await scene.until(lambda: target.exists() and scene.app.runner.running is None, "written")
    with target.open(newline="") as stream:
        return list(csv.DictReader(stream))


async def test_export_is_the_branch_under_the_cursor(empty: Services, tmp_path: Path) -> None:
    async with running(forest(empty)) as scene:
        scene.tree.reveal(pid_id(empty, DEEP_TOP + DEEP - 3))
        rows = await exported(scene, tmp_path / "branch.csv")
        assert [int(row["pid"]) for row in rows] == [DEEP_TOP + DEEP - 3, DEEP_TOP + DEEP - 2, DEEP_TOP + DEEP - 1]
        assert rows[0]["chain"].count(" -> ") == 9
        assert all(rows[0][name] for name in ("score", "rank", "model_id"))
        scene.tree.reveal(host_row(empty, "WEB01"))
        rows = await exported(scene, tmp_path / "host.csv")
        assert len(rows) == 3 + WIDE + DEEP + 1
        assert [row["pid"] for row in rows[:3]] == ["1", "2", "100"]  # from top to bottom


async def test_export_is_what_the_search_keeps(empty: Services, tmp_path: Path) -> None:
    async with running(forest(empty)) as scene:
        await scene.press("slash", *"mimi", "enter")
        await scene.until(lambda: scene.tree.state is not None and scene.tree.state.focus is not None, "found")
        rows = await exported(scene, tmp_path / "found.csv")
        assert [row["pid"] for row in rows] == ["2000"]


async def test_export_of_processes_without_a_score(empty: Services, tmp_path: Path) -> None:
    fill(empty.workspace, events(), case=CASE)
    empty.case = CASE
    async with running(empty) as scene:
        rows = await exported(scene, tmp_path / "all.csv")
        assert len(rows) == 3 + WIDE + DEEP + 1
        assert {(row["score"], row["rank"], row["worst_step"], row["model_id"]) for row in rows} == {("", "", "", "")}
        assert all(row["chain_id"] and row["chain"] for row in rows)


async def test_t_on_a_host_says_that_it_is_one(empty: Services) -> None:
    async with running(forest(empty)) as scene:
        assert scene.at == "WEB01"
        await scene.press("t")
        await scene.until(lambda: len(scene.app._notifications) == 1, "it says something")
        assert [note.message for note in scene.app._notifications] == ["WEB01 is a host: t shows the finding of a process."]
        assert scene.app.current_mode == "tree"


async def test_a_filter_that_asks_for_scores_where_there_are_none_is_told(empty: Services) -> None:
    fill(empty.workspace, events(), case=CASE)
    empty.case = CASE
    async with running(empty) as scene:
        await ask(scene, "is:odd")
        search = scene.screen.query_one(FilterField)
        await scene.until(lambda: len(scene.app._notifications) == 1, "that nothing was found too")
        await scene.until(lambda: "Not ranked yet: nothing has what is:odd asks for." in rows_of(search)[0], "it is said")
        await scene.until(lambda: len(scene.app._notifications) == 1, "that nothing was found too")
