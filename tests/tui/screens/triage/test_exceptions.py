"""Exceptions in Triage by keys: a small dialog after a verdict, what leaves the list, and what its title says of that."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.exceptions.kept import ExceptionReason
from store.verdicts.subject import OfFinding
from tests.tui.conftest import CASE, NOW
from tests.tui.rendered import rows_of, screen_lines
from tests.tui.screens.triage.test_screen import Desk, triage
from tests.tui.waiting import wait_for
from tui.dialogs.exception import ExceptionDialog
from tui.runtime.services import Services
from tui.screens.triage.filter_bar import FilterBar

DAY_US = 86_400_000_000


def text(desk: Desk) -> str:
    return "\n".join(screen_lines(desk.app))


def number(desk: Desk, position: int) -> int:
    whole = desk.row(position).whole
    assert whole is not None
    return whole.number


async def opened(desk: Desk) -> None:
    await wait_for(lambda: isinstance(desk.app.screen, ExceptionDialog), "the dialog", desk.pilot)
    await wait_for(lambda: "In this case: " in text(desk), "what it would do", desk.pilot)


async def judged(desk: Desk) -> int:
    """The finding under the cursor is a false positive as a whole; its number."""
    finding = number(desk, desk.cursor)
    desk.app.services.workspace.labels.give(CASE, OfFinding(finding), "false_positive", author="ada")
    await desk.press("r")
    await wait_for(lambda: desk.state.coming is None and desk.state.source is not None, "the list", desk.pilot)
    return finding


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_a_verdict_is_kept_by_two_keys_and_leaves_the_list(trained: Services, size: tuple[int, int]) -> None:
    async with triage(trained, size, findings=True) as desk:
        total = desk.screen.table.count
        await desk.press("g")
        finding = await judged(desk)
        await desk.press("i")
        await opened(desk)
        assert trained.workspace.exceptions.list() == (), "nothing is kept before it was seen"
        assert "would be hidden" in text(desk)
        assert "its parent" in text(desk)
        assert "of this shape" in text(desk)
        await desk.press("ctrl+s")
        await wait_for(lambda: desk.screen.table.count < total and desk.state.coming is None, "it has left", desk.pilot)
        kept = trained.workspace.exceptions.list()
        now_us = int(NOW.timestamp()) * 1_000_000
        assert {(one.kept.owner, one.kept.reason, one.kept.verdict) for one in kept} == {
            ("ada", ExceptionReason.SOFTWARE, "false_positive")
        }
        assert {one.kept.expires_us for one in kept} == {now_us + 90 * DAY_US}
        hidden = trained.workspace.exceptions.hidden(CASE, now_us).findings
        assert finding in hidden
        shown = [number(desk, place) for place in range(desk.screen.table.count)]
        assert set(shown).isdisjoint(hidden)
        assert len(shown) + len(hidden) == total
        title = rows_of(desk.screen.queue.rule)[0]
        count = f"{len(kept)} exception" + ("s" if len(kept) > 1 else "")
        assert f"{len(hidden)} hidden by {count} (Z)" in title
        assert trained.workspace.audit.list()[-1].said["act"] == "exceptions kept"


async def test_it_is_for_what_was_judged_last_when_the_cursor_has_gone_on(trained: Services) -> None:
    async with triage(trained, findings=True) as desk:
        await desk.press("g")
        finding = number(desk, 0)
        await desk.press("f")
        await wait_for(lambda: desk.state.waiting is None or desk.state.waiting.shown, "counted", desk.pilot)
        if desk.state.waiting is not None:
            await desk.press("A")
        await desk.written()
        await desk.press("i")
        await opened(desk)
        assert f"Exception from incident F{finding}/" in text(desk)
        await desk.press("escape")
        await wait_for(lambda: not isinstance(desk.app.screen, ExceptionDialog), "closed", desk.pilot)
        assert trained.workspace.exceptions.list() == ()


async def test_without_such_a_verdict_it_says_what_is_missing(trained: Services) -> None:
    async with triage(trained, findings=True) as desk:
        await desk.press("g", "i")
        await wait_for(lambda: "an exception keeps a verdict of b or f" in desk.said(), "said", desk.pilot)
        await desk.press("m")
        await wait_for(lambda: desk.state.waiting is None or desk.state.waiting.shown, "counted", desk.pilot)
        if desk.state.waiting is not None:
            await desk.press("A")
        await desk.written()
        await desk.press("g", "i")
        await wait_for(lambda: "an exception keeps a verdict of b or f" in desk.said(), "said", desk.pilot)
        assert not isinstance(desk.app.screen, ExceptionDialog)


async def test_what_is_chosen_is_counted_anew_and_a_program_alone_is_not_kept_by_accident(trained: Services) -> None:
    async with triage(trained, findings=True) as desk:
        await desk.press("g")
        await judged(desk)
        await desk.press("i")
        await opened(desk)
        await desk.press("right", "right", "right")  # no ancestor
        await opened(desk)
        assert " < " not in text(desk).partition("In this case")[0].rpartition("Alone")[2]
        await desk.press("j", "right")  # any command line
        await wait_for(lambda: "a program alone, which has to be said" in text(desk), "refused", desk.pilot)
        await desk.press("ctrl+s")
        await desk.pilot.pause()
        assert isinstance(desk.app.screen, ExceptionDialog)
        await desk.press("G", "right")
        await opened(desk)
        await desk.press("g", "j", "j", "j", "right", "j", "right", "ctrl+s")
        await wait_for(lambda: bool(trained.workspace.exceptions.list()), "kept", desk.pilot)
        kept = [one.kept for one in trained.workspace.exceptions.list()]
        assert {one.scope.alone for one in kept} == {True}
        assert {one.reason for one in kept} == {ExceptionReason.ADMINISTRATION}
        assert {one.expires_us - one.created_us for one in kept if one.expires_us is not None} == {30 * DAY_US}


async def test_a_host_and_a_note_are_typed_and_made_visible(trained: Services) -> None:
    async with triage(trained, findings=True) as desk:
        await desk.press("g")
        await judged(desk)
        await desk.press("i")
        await opened(desk)
        await desk.press("j", "j", "enter", *"web*", "enter", "j", "j", "j", "enter", *"n1", "enter")
        await opened(desk)
        await desk.press("ctrl+s")
        await wait_for(lambda: bool(trained.workspace.exceptions.list()), "kept", desk.pilot)
        kept = [one.kept for one in trained.workspace.exceptions.list()]
        assert {(one.scope.host, one.note) for one in kept} == {("web*", "n1")}


async def test_a_key_shows_what_is_hidden_and_the_queue_again(trained: Services) -> None:
    workspace = trained.workspace
    async with triage(trained, findings=True) as desk:
        await desk.press("g")
        finding = await judged(desk)
        await desk.press("i")
        await opened(desk)
        await desk.press("ctrl+s")
        await wait_for(lambda: bool(workspace.exceptions.list()) and desk.state.coming is None, "kept", desk.pilot)
        left = desk.screen.table.count
        workspace.exceptions.renew([one.number for one in workspace.exceptions.list()], None)
        await desk.press("Z")
        await wait_for(lambda: rows_of(desk.screen.query_one(FilterBar))[0].startswith(" / is:hidden"), "its term", desk.pilot)
        await wait_for(lambda: desk.state.coming is None, "the list", desk.pilot)
        assert finding in [number(desk, place) for place in range(desk.screen.table.count)]
        await desk.press("Z")
        await wait_for(lambda: desk.state.coming is None and desk.screen.table.count == left, "the queue", desk.pilot)


async def test_an_expired_one_brings_it_back_and_the_title_says_so(trained: Services) -> None:
    workspace = trained.workspace
    async with triage(trained, findings=True) as desk:
        total = desk.screen.table.count
        await desk.press("g")
        await judged(desk)
        await desk.press("i")
        await opened(desk)
        await desk.press("ctrl+s")
        await wait_for(lambda: desk.screen.table.count < total and desk.state.coming is None, "it has left", desk.pilot)
        numbers = [one.number for one in workspace.exceptions.list()]
        gone = total - desk.screen.table.count
        workspace.exceptions.renew(numbers, int(NOW.timestamp()) * 1_000_000)
        await desk.press("r")
        await wait_for(lambda: desk.screen.table.count == total and desk.state.coming is None, "it is back", desk.pilot)
        title = rows_of(desk.screen.queue.rule)[0]
        assert f"{gone} back: E{numbers[0]}" in title
        assert "hidden by" not in title


async def test_hostile_names_act_on_nothing(trained: Services) -> None:
    async with triage(trained, findings=True) as desk:
        await desk.press("g")
        await judged(desk)
        await desk.press("i")
        await opened(desk)
        await desk.press("ctrl+s")
        await wait_for(lambda: bool(trained.workspace.exceptions.list()), "kept", desk.pilot)
        one = trained.workspace.exceptions.list()[0]
        evil = "\x1b[31m\u202e[bold]evil[/bold]\n"
        scope = replace(one.kept.scope, host=evil)
        trained.workspace.exceptions.keep([replace(one.kept, scope=scope, owner=evil, note=evil)])
        await desk.press("g")
        await judged(desk)
        await desk.press("i")
        await opened(desk)
        assert {"\x1b", "\u202e"}.isdisjoint(text(desk))
