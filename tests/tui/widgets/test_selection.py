"""The mouse selects text as it is shown, and a key copies it."""

from __future__ import annotations

from textual.app import App, ComposeResult

from tests.tui.rendered import screen_lines
from tests.tui.waiting import wait_for
from tui.widgets.ledger_table import Column, LedgerTable, ListSource
from tui.widgets.lines_view import LinesView
from tui.words.spans import Line


class Text(LinesView):
    """Three lines, one of them with wide characters."""

    def build(self, width: int) -> list[Line]:
        return [[("whoami ", "strong"), ("/all", "")], [("名前 dir", "")], [("last", "")]]


class Both(App[None]):
    """Lines over a table."""

    CSS = "Text { height: 3; } LedgerTable { height: 5; }"

    def compose(self) -> ComposeResult:
        yield Text()
        yield LedgerTable([Column("name", 0, lambda row, _width: [(row, "")])], ListSource(["alpha", "beta"]))


async def test_what_is_dragged_over_is_selected_and_shown() -> None:
    app = Both()
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.mouse_down(Text, offset=(3, 0))
        await pilot.hover(Text, offset=(5, 1))
        await pilot.mouse_up(Text, offset=(5, 1))
        await wait_for(lambda: bool(app.screen.get_selected_text()), "something is selected", pilot)
        assert app.screen.get_selected_text() == "ami /all\n名前 d"
        ground = app.screen.get_component_rich_style("screen--selection").bgcolor
        strips = app.screen._compositor.render_strips()
        lit = ["".join(part.text for part in strip if part.style and part.style.bgcolor == ground) for strip in strips]
        assert lit[0].rstrip() == "ami /all"
        assert lit[1].rstrip() == "名前 d"
        assert not lit[2]


async def test_rows_of_a_table_are_selected_too_and_a_click_alone_selects_nothing() -> None:
    app = Both()
    async with app.run_test(size=(40, 10)) as pilot:
        table = app.query_one(LedgerTable)
        await pilot.click(table, offset=(2, 1))
        assert not app.screen.get_selected_text()
        await pilot.mouse_down(table, offset=(1, 1))
        await pilot.hover(table, offset=(6, 1))
        await pilot.mouse_up(table, offset=(6, 1))
        await wait_for(lambda: app.screen.get_selected_text() == "alpha", "a name is selected", pilot)
        assert "alpha" in screen_lines(app)[4]
