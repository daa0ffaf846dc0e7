"""Reading beside the screens: the newest of a group counts, what is gone is no news, any other error is said."""

from __future__ import annotations

import threading

import pytest
from textual.app import App, ComposeResult
from textual.widgets import Static

from engine.errors import Cancelled, NotFound, OddkinError, StoreError
from tests.tui.waiting import wait_for
from tui.runtime.beside import beside


class Reader(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("", id="pane")


async def test_what_was_read_comes_to_the_thread_of_the_screens() -> None:
    app, threads = Reader(), list[threading.Thread]()
    async with app.run_test() as pilot:
        pane = app.query_one(Static)
        beside(pane, "one", threading.current_thread, lambda thread: threads.extend((thread, threading.current_thread())))
        await wait_for(lambda: len(threads) == 2, "it is read", pilot)
    assert threads[1] is threading.current_thread() is not threads[0]


async def test_of_a_group_only_the_newest_reading_counts() -> None:
    app, told, held = Reader(), list[str](), threading.Event()

    def old() -> str:
        held.wait(20)
        return "old"

    async with app.run_test() as pilot:
        pane = app.query_one(Static)
        beside(pane, "one", old, told.append)
        beside(pane, "other", lambda: "other", told.append)
        beside(pane, "one", lambda: "new", told.append)
        await wait_for(lambda: sorted(told) == ["new", "other"], "both are there", pilot)
        held.set()
        await app.workers.wait_for_complete()
        await pilot.pause()
    assert sorted(told) == ["new", "other"]


@pytest.mark.parametrize(
    ("error", "gone", "said"),
    [
        (NotFound("no case"), NotFound, []),
        (Cancelled("stopped"), NotFound, []),
        (StoreError("no room", remedy="Make some."), NotFound, ["no room Make some."]),
        (StoreError("scored anew"), OddkinError, []),
    ],
    ids=str,
)
async def test_what_is_gone_is_no_news_and_any_other_error_is_said(
    error: OddkinError, gone: type[OddkinError], said: list[str]
) -> None:
    app, told = Reader(), list[object]()

    def read() -> None:
        raise error

    async with app.run_test() as pilot:
        beside(app.query_one(Static), "one", read, told.append, gone=gone)
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert [note.message for note in app._notifications] == said
    assert told == []
