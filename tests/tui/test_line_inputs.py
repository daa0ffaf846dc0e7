"""What is typed into a field of one row is seen while it is typed: the rendered row is looked at, in every field there is."""

from __future__ import annotations

import ast
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.tui.home import ROOT
from tests.tui.rendered import rows_of
from tests.tui.waiting import wait_for
from tui.actions.handover.offers import offers
from tui.app.app import OddkinApp
from tui.dialogs.export import ExportDialog
from tui.dialogs.open_path import OpenPathDialog
from tui.dialogs.text import TextDialog
from tui.runtime.services import Services
from tui.screens.case.ingest_dialog import IngestDialog
from tui.widgets.filter_field import FilterField

SIZES = [(80, 24), (120, 36)]
TYPED = "q0z:7 score>2"

Opening = Callable[[OddkinApp, Pilot[Any]], Awaitable[None]]


def _mode(mode: str, field: str) -> Opening:
    async def opening(app: OddkinApp, pilot: Pilot[Any]) -> None:
        app.open_mode(mode)
        await wait_for(lambda: mode in app.mode_screens and app.screen is app.mode_screens[mode], f"{mode} is open", pilot)
        await wait_for(lambda: bool(app.screen.query(field)), "the field is there", pilot)
        await pilot.press("slash")

    return opening


def _dialog(make: Callable[[], Any], *keys: str) -> Opening:
    async def opening(app: OddkinApp, pilot: Pilot[Any]) -> None:
        dialog = make()
        app.push_screen(dialog)
        await wait_for(lambda: app.screen is dialog and isinstance(app.focused, Input), "the dialog is open", pilot)
        await pilot.press(*keys)

    return opening


async def _palette(app: OddkinApp, pilot: Pilot[Any]) -> None:
    await pilot.press("colon")


async def _case_of_ingest(app: OddkinApp, pilot: Pilot[Any]) -> None:
    await _dialog(lambda: IngestDialog(Path("/"), "", str))(app, pilot)
    app.screen.query_one("#case").focus()


FIELDS: dict[str, Opening] = {
    "filter of triage": _mode("triage", "FilterBar Input"),
    "search of the tree": _mode("tree", "#tree-search Input"),
    "export": _dialog(lambda: ExportDialog(Path("/nowhere/x"), "nothing", offers()), "ctrl+u"),
    "path to ingest": _dialog(lambda: IngestDialog(Path("/"), "", str)),
    "case to ingest into": _case_of_ingest,
    "path to open": _dialog(lambda: OpenPathDialog("A file", Path("/"))),
    "one line of text": _dialog(lambda: TextDialog("A value")),
    "command palette": _palette,
}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", FIELDS)
async def test_what_is_typed_is_seen(trained: Services, name: str, size: tuple[int, int]) -> None:
    app = OddkinApp(trained, start_mode="case")
    async with app.run_test(size=size) as pilot:
        await FIELDS[name](app, pilot)
        await wait_for(lambda: isinstance(app.focused, Input), "the field has the focus", pilot)
        await pilot.press(*TYPED)
        field = app.focused
        assert isinstance(field, Input)
        assert field.value == TYPED
        assert any(TYPED in row for row in rows_of(field)), rows_of(field)


@pytest.mark.parametrize("mode", ["filter of triage", "search of the tree"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_complaint_stands_beside_what_is_typed(trained: Services, size: tuple[int, int], mode: str) -> None:
    app = OddkinApp(trained, start_mode="case")
    async with app.run_test(size=size) as pilot:
        await FIELDS[mode](app, pilot)
        await pilot.press(*"pid:nowhere", "enter")
        line = app.screen.query_one(FilterField)
        await wait_for(lambda: "'nowhere' is no process id" in rows_of(line)[0], "the complaint", pilot)
        assert "pid:nowhere" in rows_of(line)[0]


def test_every_field_is_made_from_the_one_that_shows_its_text() -> None:
    """A field that is made from Textual's own Input is none of those above, and may hide what is typed."""
    direct = []
    for path in sorted((ROOT / "tui").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            made = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Input"
            derived = isinstance(node, ast.ClassDef) and any(
                isinstance(base, ast.Name) and base.id == "Input" for base in node.bases
            )
            if made or derived:
                direct.append(path.relative_to(ROOT).as_posix())
    assert direct == ["tui/widgets/line_input.py"]
