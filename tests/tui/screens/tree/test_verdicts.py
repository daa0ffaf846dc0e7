"""Verdicts in the tree: on a process, on its branch, on what is marked; asked about, taken back, and seen from elsewhere."""

from __future__ import annotations

import pytest

from store.verdicts.subject import OfProcess
from tests.tui.rendered import rows_of
from tests.tui.screens.tree.forest.family import CASE, DEEP, DEEP_TOP, forest, pid_id
from tests.tui.screens.tree.test_screen import Scene, running
from tui.runtime.services import Services
from tui.screens.tree.process_details import ProcessDetails
from tui.widgets.scope_line import ScopeLine

LAST = [DEEP_TOP + DEEP - 3, DEEP_TOP + DEEP - 2, DEEP_TOP + DEEP - 1]
"""Pids of the end of a deep branch."""


def said(scene: Scene) -> str:
    return rows_of(scene.screen.query_one(ScopeLine))[0]


def judged(services: Services) -> dict[int, str]:
    """Pid -> verdict."""
    labels = services.workspace.labels
    found = {one.id: one.pid or 0 for pid in (2000, *LAST) for one in services.workspace.processes.find(CASE, pid=pid)}
    return {found[process]: label.verdict for process, label in labels.of_processes(CASE, list(found)).items()}


def edges(scene: Scene) -> int:
    return sum(row[1:2] == "┃" for row in rows_of(scene.screen._tree))


async def test_a_verdict_on_a_branch_with_what_the_line_and_the_gutter_say(empty: Services) -> None:
    services = forest(empty)
    async with running(services) as scene:
        scene.tree.reveal(pid_id(services, LAST[0]))
        await scene.until(lambda: "[process 1]" in said(scene), "the process alone")
        assert edges(scene) == 1
        await scene.press("x")
        await scene.until(lambda: "[branch 3]" in said(scene), "its branch, counted")
        assert "the key covers 3 processes on WEB01" in said(scene)
        await scene.press("l", "j", "j", "k", "k")
        await scene.until(lambda: edges(scene) == 3, "all of it has the bar")
        before = sum(" M " in row for row in rows_of(scene.tree))
        await scene.press("m")
        await scene.until(lambda: scene.screen._verdicts.asked is not None or bool(judged(services)), "asked or given")
        if scene.screen._verdicts.asked is not None:
            assert " m on 3 processes?" in said(scene)
            await scene.press("A")
        await scene.until(lambda: judged(services) == dict.fromkeys(LAST, "malicious"), "the branch")
        await scene.until(lambda: "malicious: 3 processes on WEB01; u takes it back" in said(scene), "what it did")
        await scene.until(lambda: sum(" M " in row for row in rows_of(scene.tree)) == before + 3, "the letters")
        assert edges(scene) == 0  # it is decided: a key asks
        await scene.press("u")
        await scene.until(lambda: judged(services) == {}, "undone")


async def test_overwriting_asks_and_names_whose_verdict_it_was(empty: Services) -> None:
    services = forest(empty)
    place = pid_id(services, 2000)
    services.workspace.labels.give(CASE, OfProcess(place), "benign", author="bob")
    async with running(services) as scene:
        scene.tree.reveal(place)
        await scene.until(lambda: "decided: a key asks" in said(scene), "it is decided")
        await scene.press("m")
        await scene.until(lambda: " m on 1 process? it is benign, by bob " in said(scene), "whose it was")
        await scene.press("enter")  # the careful answer
        await scene.until(lambda: "nothing was changed" in said(scene), "it stays")
        assert judged(services) == {2000: "benign"}
        await scene.press("m")
        await scene.until(lambda: scene.screen._verdicts.asked is not None, "it asks again")
        await scene.pilot.pause()
        await scene.press("A")
        await scene.until(lambda: judged(services) == {2000: "malicious"}, "replaced")


async def test_marked_processes_get_one_verdict(empty: Services) -> None:
    services = forest(empty)
    async with running(services) as scene:
        scene.tree.reveal(pid_id(services, LAST[0]))
        await scene.press("l", "space", "j", "V")
        await scene.until(lambda: "[marked 3: 3 processes on WEB01]" in said(scene), "three of them")
        assert sum(row[2:3] == "●" for row in rows_of(scene.screen._tree)) == 3
        await scene.press("f")
        await scene.until(lambda: scene.screen._verdicts.asked is not None or bool(judged(services)), "asked or given")
        if scene.screen._verdicts.asked is not None:
            await scene.press("A")
        await scene.until(lambda: judged(services) == dict.fromkeys(LAST, "false_positive"), "all of them")
        assert scene.screen._verdicts.covering.marks == {}


async def test_a_note_goes_to_the_process(empty: Services) -> None:
    services = forest(empty)
    place = pid_id(services, 2000)
    async with running(services) as scene:
        scene.tree.reveal(place)
        await scene.press("c")
        await scene.until(lambda: "not decided: a note goes with a verdict" in said(scene), "what to do first")
        services.workspace.labels.give(CASE, OfProcess(place), "benign", author="bob")
        await scene.press("c")
        await scene.until(lambda: scene.app.screen is not scene.screen, "the dialog")
        await scene.press("h", "m", "ctrl+s")
        await scene.until(lambda: "note kept" in said(scene), "it is kept")
        assert services.workspace.labels.of_processes(CASE, [place])[place].note == "hm"


@pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=str)
async def test_enter_shows_more_of_the_process(empty: Services, size: tuple[int, int]) -> None:
    services = forest(empty)
    async with running(services, size=size) as scene:
        details = scene.screen.query_one(ProcessDetails)
        scene.tree.reveal(pid_id(services, 2000))
        await scene.until(lambda: "sekurlsa" in details.text(), "its card")
        before = len([row for row in rows_of(details) if row.strip()])
        await scene.press("enter")
        await scene.until(lambda: details.size.width > size[0] - 6, "the whole page")
        assert min(size[1] - 8, len(details.lines)) <= len([row for row in rows_of(details) if row.strip()])
        if size[0] < 100:
            assert len([row for row in rows_of(details) if row.strip()]) > before
        await scene.press("escape")
        await scene.until(lambda: bool(scene.tree.region), "the tree again")
