"""The list as the terminal is sent it: every line whole, in words, at every width; the chosen columns are kept."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from store.base.views import QueueRow
from store.verdicts.subject import OfFinding
from tests.tui.conftest import CASE
from tests.tui.rendered import rows_of
from tui.actions.triage.finding_lines import lines
from tui.runtime import theme
from tui.runtime.services import Services
from tui.screens.triage.queue_table import QueueTable
from tui.widgets.ledger_table import ListSource
from tui.words.triage.finding_line import FindingLine
from tui.words.words import base, when


class Listing(App[None]):
    """The list alone, over the whole screen."""

    def __init__(self, services: Services, *, told: bool = True) -> None:
        super().__init__()
        self.services, self.pending, self.told = services, dict[str, str | None](), told

    def compose(self) -> ComposeResult:
        yield QueueTable(
            self.pending, lambda _row: False, when, lines=self.lines if self.told else None, settings=self.services.settings
        )

    def lines(self, rows: list[QueueRow]) -> list[FindingLine]:
        return lines(self.services.workspace, CASE, rows)

    def on_mount(self) -> None:
        theme.register(self, "")
        rows = self.services.workspace.findings.page(CASE, limit=200)
        self.query_one(QueueTable).show_source(ListSource(rows))


@asynccontextmanager
async def listing(services: Services, width: int, *, told: bool = True) -> AsyncIterator[tuple[QueueTable, Pilot[None]]]:
    app = Listing(services, told=told)
    async with app.run_test(size=(width, 40)) as pilot:
        await pilot.pause()
        yield app.query_one(QueueTable), pilot


@pytest.mark.parametrize("width", [80, 120, 200])
async def test_each_rendered_line_has_the_phrase_and_the_program_whole(trained: Services, width: int) -> None:
    async with listing(trained, width) as (table, _pilot):
        shown = rows_of(table)
        rows = [row for position in range(len(shown)) if (row := table.row(position)) is not None]
        assert len(rows) > 15
        for row, line, text in zip(rows, lines(trained.workspace, CASE, rows), shown, strict=False):
            assert line.why in text
            assert base(line.command[0][0]) in text
            assert row.whole is not None
            assert len(text) <= width
            figure = f"{row.whole.processes}" + (f"×{row.whole.incidents}" if row.whole.incidents > 1 else "")
            assert text.endswith(figure if width >= 100 or len(figure) <= 4 else str(row.whole.processes))


async def test_the_first_line_is_the_first_finding_and_has_the_cursor(trained: Services) -> None:
    async with listing(trained, 120) as (table, pilot):
        assert rows_of(table)[0].startswith("▌  █ ")
        assert rows_of(table)[1].startswith("   ")
        await pilot.press("j")
        await pilot.pause()
        assert [row[:1] for row in rows_of(table)[:2]] == [" ", "▌"]


async def test_a_click_on_a_line_moves_the_cursor_there(trained: Services) -> None:
    async with listing(trained, 120) as (table, pilot):
        await pilot.click(table, offset=(30, 4))
        assert table.cursor == 4


async def test_a_verdict_shows_its_letter_at_once_and_after_it_is_written(trained: Services) -> None:
    async with listing(trained, 120) as (table, pilot):
        row = table.row(0)
        assert row is not None
        app = table.app
        assert isinstance(app, Listing)
        app.pending[row.key] = "malicious"
        table.forget()
        await pilot.pause()
        assert rows_of(table)[0][1] == "M"
        app.pending.clear()
        trained.workspace.labels.give(CASE, OfFinding(1), "false_positive", author="eve")
        table.show_source(ListSource(trained.workspace.findings.page(CASE, limit=200)))
        table.forget()
        await pilot.pause()
        assert rows_of(table)[0][1] == "F"


async def test_a_line_of_which_nothing_is_told_shows_its_chain(trained: Services) -> None:
    async with listing(trained, 120, told=False) as (table, _pilot):
        row = table.row(0)
        assert row is not None
        assert f"[{base(row.steps[row.worst_step])}]" in rows_of(table)[0]


async def test_the_chosen_columns_are_shown_and_kept(trained: Services) -> None:
    async with listing(trained, 200) as (table, pilot):
        before = rows_of(table)[0]
        table.focus()
        # The first column is the time: it goes.
        await pilot.press("C", "space", "enter")
        await pilot.pause()
        after = rows_of(table)[0]
        assert before[5:16] not in after
        assert "time" not in table.told.columns
        path = trained.settings.path
        assert path is not None
        assert json.loads(path.read_text(encoding="utf-8"))["columns"] == list(table.told.columns)
    from tui.runtime.settings import load

    assert load(path.parent).columns == list(table.told.columns)


async def test_lines_of_a_case_of_one_day_tell_the_time_alone(trained: Services) -> None:
    async with listing(trained, 120) as (table, pilot):
        assert rows_of(table)[0][5:16].count("-") == 1
        table.told.days = False
        table.refresh()
        await pilot.pause()
        assert rows_of(table)[0][7] == ":"
        assert rows_of(table)[0][5:10].count("-") == 0
