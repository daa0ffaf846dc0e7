"""Notifications and the rows at the bottom, as the terminal gets them: neither the verdict bar nor what runs is covered."""

from __future__ import annotations

import pytest

from tests.tui.rendered import rows_of, screen_lines
from tests.tui.screens.triage.test_findings import PLAIN, REPEATED, WIDE, to, trained
from tests.tui.screens.triage.test_screen import Desk, triage
from tests.tui.waiting import wait_for
from tui.runtime.services import Services
from tui.widgets.job_bar import JobBar
from tui.widgets.scope_line import ScopeLine
from tui.words.spans import text_of

__all__ = ["trained"]  # a fixture

SENTENCE = "The classifier in use was taught with verdicts that were changed; it moves nothing until it is trained again. "


async def many_toasts(desk: Desk) -> None:
    """More than fit between the verdict bar and the top."""
    for number in range(4):
        desk.app.notify(f"{number} {SENTENCE * 2}", title="Classifier", severity="error", timeout=600)
    await wait_for(lambda: any("3 The class" in line for line in screen_lines(desk.app)), "the last one is shown", desk.pilot)


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)], ids=str)
async def test_the_question_and_the_outcome_stand_beside_any_notification(trained: Services, size: tuple[int, int]) -> None:
    async with triage(trained, size, findings=True, notifications=True) as desk:
        bar = desk.screen.query_one(ScopeLine)
        await to(desk, WIDE)
        await many_toasts(desk)
        await desk.press("x", "m")
        await wait_for(lambda: "esc nothing" in rows_of(bar)[0], "the question with its last key", desk.pilot)
        assert rows_of(bar)[0].strip().startswith("m on 8 processes on 2 hosts")
        await desk.press("escape")
        await wait_for(lambda: "nothing was changed" in rows_of(bar)[0], "the outcome", desk.pilot)
        assert " 8 " in rows_of(bar)[0].partition("┃")[2]  # the right end, where notifications are
        assert rows_of(bar)[0].strip() == bar.render_line(0).text.strip()


@pytest.mark.parametrize("mode", ["case", "tree", "train", "triage", "models", "patterns"])
async def test_what_runs_and_the_keys_stand_beside_any_notification(trained: Services, mode: str) -> None:
    async with triage(trained, (80, 24), notifications=True) as desk:
        screen = desk.app.open_mode(mode)
        await wait_for(lambda: desk.app.screen is screen and bool(screen.query(JobBar)), "the screen", desk.pilot)
        desk.app.runner.start("export", lambda run: "done " * 20)
        job = screen.query_one(JobBar)  # which is there from the first job on
        await wait_for(lambda: "✓ export" in "".join(rows_of(job)), "it has ended", desk.pilot)
        alone, keys = rows_of(job)[0], screen_lines(desk.app)[-1]
        await many_toasts(desk)
        assert alone.rstrip().endswith("done …")  # cut with a sign, at the end of the line
        assert rows_of(job)[0] == alone
        assert screen_lines(desk.app)[-1] == keys


@pytest.mark.parametrize("key", ["m", "b", "f", "o"])
@pytest.mark.parametrize("size", [(80, 24), (100, 30), (120, 36)], ids=str)
async def test_what_a_verdict_did_is_not_cut(trained: Services, size: tuple[int, int], key: str) -> None:
    async with triage(trained, size, findings=True) as desk:
        bar = desk.screen.query_one(ScopeLine)
        for _ in range(4):
            await desk.press(key)
            await wait_for(lambda: bool(bar.last or desk.screen.state.waiting), "it is told, or asked about", desk.pilot)
            if desk.screen.state.waiting is not None:
                await wait_for(lambda: "esc nothing" in rows_of(bar)[0], "the question", desk.pilot)
                await desk.press("A")
                await wait_for(lambda: "u takes it back" in text_of(bar.last), "the outcome", desk.pilot)
            row = rows_of(bar)[0]
            assert "…" not in row
            assert row.strip().startswith(text_of(bar.last[:2]))


@pytest.mark.parametrize(("number", "key", "said"), [
    (PLAIN, "full_stop", "Its only incident. H tells"), (PLAIN, "comma", "Its only incident."),
    (REPEATED, "comma", "The first of 7 incidents."),
])  # fmt: skip
async def test_a_key_that_goes_no_further_says_why(trained: Services, number: int, key: str, said: str) -> None:
    async with triage(trained, findings=True, notifications=True) as desk:
        await to(desk, number)
        await desk.press(key)
        await wait_for(lambda: any(said in line for line in screen_lines(desk.app)), said, desk.pilot)
