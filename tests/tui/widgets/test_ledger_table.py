"""The table against a plain list: what it draws, where the cursor ends up, how little it asks for."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from textual.app import App, ComposeResult

from tests.tui.waiting import wait_for
from tui.widgets.ledger_table import PAGE, Column, LedgerTable


@pytest.fixture(autouse=True)
def pages_of_two() -> None:
    """Not here: how little a table asks for is what is tested."""


class Numbers:
    """Rows that are their own position."""

    def __init__(self, size: int, text: str = "row") -> None:
        self.size, self.text = size, text
        self.asked: list[tuple[int, int]] = []

    def count(self) -> int:
        return self.size

    def rows(self, start: int, stop: int) -> Sequence[str]:
        self.asked.append((start, stop))
        return [f"{self.text}{position}" for position in range(start, min(stop, self.size))]


class TableApp(App[None]):
    def __init__(self, source: Numbers) -> None:
        super().__init__()
        self.source = source
        self.opened: list[int] = []

    def compose(self) -> ComposeResult:
        yield LedgerTable([Column("name", 0, lambda row, width: [(row, "")])], is_marked=lambda row: row.endswith("7"))

    def on_mount(self) -> None:
        self.table.show_source(self.source)
        self.table.focus()

    @property
    def table(self) -> LedgerTable[str]:
        return self.query_one(LedgerTable)

    def on_ledger_table_row_selected(self, message: LedgerTable.RowSelected) -> None:
        self.opened.append(message.position)

    def lines(self) -> list[str]:
        return [self.table.render_line(y).text.strip() for y in range(self.table.size.height)]


@pytest.mark.parametrize("size", [0, 1, 5, PAGE, PAGE + 1, 1000, 1_000_000])
async def test_keys_move_as_on_a_list(size: int) -> None:
    app = TableApp(Numbers(size))
    async with app.run_test(size=(40, 12)) as pilot:
        at = 0
        for key, move in (
            ("j", 1), ("j", 1), ("k", -1), ("ctrl+d", 5), ("pagedown", 10), ("ctrl+u", -5), ("pageup", -10),
            ("G", size), ("k", -1), ("g", -size), ("k", -1),
        ):  # fmt: skip
            await pilot.press(key)
            at = max(0, min(at + move, size - 1))
            assert app.table.cursor == at
            if size:
                assert any(line.strip("● ") == f"row{at}" for line in app.lines())


async def test_draws_the_header_the_rows_and_the_marks() -> None:
    app = TableApp(Numbers(30))
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        assert app.lines()[:3] == ["name", "row0", "row1"]
        assert app.lines()[8] == "●  row7".replace("  ", " ")


async def test_asks_for_pages_and_not_for_everything() -> None:
    app = TableApp(Numbers(1_000_000))
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.press("G", "g", "G", "g", "j", "j")
        await pilot.pause()
        assert len(app.source.asked) <= 4
        assert all(stop - start <= PAGE for start, stop in app.source.asked)


async def test_a_source_that_grows_keeps_the_cursor() -> None:
    source = Numbers(3)
    app = TableApp(source)
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.press("G")
        source.size = 500
        app.table.grow()
        assert app.table.cursor == 2
        await pilot.press("j")
        assert app.table.current == "row3"


async def test_enter_opens_the_row_and_clicks_move() -> None:
    app = TableApp(Numbers(30))
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.click(LedgerTable, offset=(5, 4))
        assert app.table.cursor == 3
        await pilot.press("enter")
        await wait_for(lambda: app.opened == [3], "the row was opened", pilot)


@pytest.mark.parametrize(
    "text", ["[red]x[/red]", "\x1b[31mred\x1b[0m", "a\u202ebc", "\x9b5m", "a\nb", "日本" * 40, "e\u0301" * 9]
)
async def test_hostile_text_is_visible_and_keeps_to_its_cells(text: str) -> None:
    app = TableApp(Numbers(3, text))
    async with app.run_test(size=(30, 6)) as pilot:
        await pilot.pause()
        strip = app.table.render_line(1)
        assert strip.cell_length == app.table.scrollable_content_region.width
        assert not any(ord(char) < 32 or char in "\u202e\x9b" for char in strip.text)
        if text.startswith("[red]"):
            assert "[red]x[/red]" in strip.text


async def test_only_pages_with_changed_rows_are_read_again() -> None:
    source = Numbers(1000)
    app = TableApp(source)
    async with app.run_test(size=(40, 12)) as pilot:
        for position in (PAGE * 3, 0):
            app.table.cursor = position
            await pilot.pause()
        source.asked.clear()
        source.text = "new"
        app.table.forget(lambda row: row in {"row2", f"row{PAGE * 3 + 1}"})
        await pilot.pause()
        assert app.table.row(2) == "new2"
        assert app.table.row(PAGE * 3 + 1) == f"new{PAGE * 3 + 1}"
        assert sorted(source.asked) == [(0, PAGE), (PAGE * 3, PAGE * 4)]
        app.table.cursor = PAGE * 2 - 1
        await pilot.pause()


@pytest.mark.parametrize("width", [1, 3, 6, 9, 40])
async def test_lines_are_as_wide_as_the_table_however_narrow(width: int) -> None:
    app = TableApp(Numbers(3, text="long name of row "))
    async with app.run_test(size=(width, 6)):
        inside = app.table.scrollable_content_region.width
        assert {app.table.render_line(y).cell_length for y in range(app.table.size.height)} == {inside}
