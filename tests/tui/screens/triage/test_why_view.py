"""Why, as the terminal is sent it: sentence, shares that add up, what was given above what was rebuilt."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tests.tui.rendered import rows_of
from tui.actions.triage.why import ProcessWhy, RebuiltStep, Share, Why
from tui.runtime import theme
from tui.screens.triage.why.why_view import WhyView
from tui.words.triage.terms import TERMS

STEPS = tuple(
    RebuiltStep(given, rebuilt, mark)
    for given, rebuilt, mark in [
        ("dash", "dash", "▲▲"), (".x", "cp", ""), ("bash", "bash", "▲▲"), ("python3.10", "php", "▲"), ("bash", "bash", "▲"),
        ("kswapd0", "grep", "▲▲▲"),
    ]
)  # fmt: skip
PROCESS = ProcessWhy(
    7, "kswapd0 · pid 9460 · www-data · 18:18:56", "/tmp/.cache/kswapd0 -o pool.example.com:3333 --donate-level 1", STEPS,
    "grep 194, psql 160, ps 139 of 2,062", "dash → run-parts → logrotate, 314×",
)  # fmt: skip
SHARES = (
    Share("prior", "place and name", 0.38, 38, "kswapd0: hidden in /tmp"),
    Share("reconstruction_worst", "rebuilt badly", 0.27, 27, "step 6: 1 in 225"),
    Share("window_rarity", "rare pair", 0.19, 19, "dash → .x: 1 of 3,122"),
    Share("more", "4 more", 0.16, 16, "asks for, odd command line"),
)
WHY = Why(
    "A web server's PHP process starts a shell that downloads a file to /dev/shm and runs it at once.", SHARES, PROCESS,
    ("→ F3/1 on db01, ssh, P17",),
)  # fmt: skip


class Alone(App[None]):
    def compose(self) -> ComposeResult:
        yield WhyView()

    def on_mount(self) -> None:
        theme.register(self, "")


@asynccontextmanager
async def shown(why: Why | None, size: tuple[int, int]) -> AsyncIterator[tuple[WhyView, Pilot[None]]]:
    app = Alone()
    async with app.run_test(size=size) as pilot:
        view = app.query_one(WhyView)
        view.show_why(why)
        await pilot.pause()
        yield view, pilot


async def test_all_of_it_in_the_width_of_the_design() -> None:
    async with shown(WHY, (47, 18)) as (view, _pilot):
        assert rows_of(view) == [
            "A web server's PHP process starts a shell that",
            "downloads a file to /dev/shm and runs it at",
            "once.",
            "█" * 18 + "▓" * 13 + "▒" * 9 + "░" * 7,
            "█ 38 % place and name  kswapd0: hidden in /tmp",
            "▓ 27 % rebuilt badly   step 6: 1 in 225",
            "▒ 19 % rare pair       dash → .x: 1 of 3,122",
            "░ 16 % 4 more          asks for, odd command l…",
            "── kswapd0 · pid 9460 · www-data · 18:18:56 ───",
            "/tmp/.cache/kswapd0 -o pool.example.com:3333",
            "--donate-level 1",
            "given   dash  .x  bash  python3…  bash  kswapd0",
            "rebuilt dash  cp  bash  php       bash  grep",
            "error   ▲▲    ·   ▲▲    ▲         ▲     ▲▲▲",
            "usual   grep 194, psql 160, ps 139 of 2,062",
            "nearest dash → run-parts → logrotate, 314×",
            "related → F3/1 on db01, ssh, P17",
            "",
        ]


async def test_what_has_no_room_leaves_from_below() -> None:
    async with shown(WHY, (47, 15)) as (view, _pilot):
        rows = rows_of(view)
        assert [row.split()[0] for row in rows[-4:]] == ["given", "rebuilt", "error", "usual"]
        view.show_whole(True)
        assert "nearest" in view.text()
    async with shown(WHY, (80, 3)) as (view, _pilot):
        assert rows_of(view) == [
            "A web server's PHP process starts a shell that downloads a file to /dev/shm and",
            "runs it at once.",
            "",
        ]
        assert view.shares_title == "38 % place and name · 27 % rebuilt badly · 19 % rare pair"


@pytest.mark.parametrize("width", [20, 47, 74, 120])
async def test_the_bar_is_as_wide_as_the_pane_and_no_line_wider(width: int) -> None:
    async with shown(WHY, (width, 60)) as (view, _pilot):
        bar = next(row for row in rows_of(view) if row.startswith("██"))
        assert len(bar) == width
        assert set(bar) == set("█▓▒░")
        assert all(len(line) <= width for line in view.text().splitlines())
        columns = [row for row in rows_of(view) if row.startswith(("given", "rebuilt", "error"))]
        starts = [[match.start() for match in re.finditer(r"(?<=  )\S|(?<=… )\S", row[8:])] for row in columns]
        assert starts[0] == starts[1] == starts[2]


async def test_moving_in_the_tree_changes_what_is_below_the_shares() -> None:
    async with shown(WHY, (60, 30)) as (view, pilot):
        before = rows_of(view)
        other = ProcessWhy(8, "cron · pid 1", "/usr/sbin/cron -f", (), "", "", context=True)
        view.show_process(other)
        await pilot.pause()
        rows = rows_of(view)
        assert rows[:7] == before[:7]
        assert rows[7].startswith("── cron · pid 1 · context, not judged ─")
        assert rows[8] == "/usr/sbin/cron -f"
        assert "given" not in view.text()


async def test_a_key_explains_the_term_of_the_line_and_takes_it_back() -> None:
    async with shown(WHY, (120, 30)) as (view, pilot):
        view.focus()
        before = rows_of(view)
        await pilot.press("j", "j", "question_mark")
        await pilot.pause()
        rows = rows_of(view)
        at = next(place for place, row in enumerate(rows) if "27 % rebuilt badly" in row)
        assert rows[at + 1].strip() == TERMS["rebuilt badly"]
        await pilot.press("question_mark")
        await pilot.pause()
        assert rows_of(view) == before


async def test_every_line_with_a_term_has_an_explanation() -> None:
    async with shown(WHY, (120, 40)) as (view, pilot):
        view.focus()
        await pilot.pause()
        told = []
        for _ in range(len(view._terms)):
            await pilot.press("question_mark")
            told.append([text for text in TERMS.values() if text in view.text()])
            await pilot.press("j")
        assert len(told) == 11
        assert all(len(said) == 1 for said in told)


async def test_nothing_is_shown_of_nothing_and_old_scores_say_so() -> None:
    async with shown(None, (47, 10)) as (view, _pilot):
        assert rows_of(view) == [""] * 10
    async with shown(Why("", (), PROCESS, ()), (47, 20)) as (view, _pilot):
        assert rows_of(view)[0] == "Shares come with the next ranking."
