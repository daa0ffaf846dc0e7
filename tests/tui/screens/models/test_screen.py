"""The Models screen by keys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.tui.rendered import rows_of
from tests.tui.screens.fixed_models import two_models
from tests.tui.waiting import wait_for
from tui.app.app import OddkinApp
from tui.dialogs.confirm import ConfirmDialog
from tui.dialogs.open_path import OpenPathDialog
from tui.dialogs.text import TextDialog
from tui.runtime.services import Services
from tui.screens.models.model_table import ModelRow, ModelTable
from tui.screens.models.screen import ModelsScreen
from tui.widgets.comparison import ComparisonPane
from tui.words.spans import text_of


async def opened(pilot: Pilot[None], app: OddkinApp, models: int) -> ModelsScreen:
    screen = app.screen
    assert isinstance(screen, ModelsScreen)
    await wait_for(lambda: len(screen.query_one(ModelTable).items) == models, f"{models} models are listed", pilot)
    return screen


def copy_of(services: Services, model_id: str, **told: Any) -> str:
    """The same model under another id, which has scored nothing; `told`: what its manifest says else."""
    import shutil

    folder, manifest = services.workspace.vault.open(model_id)
    stage = services.workspace.vault.stage()
    for name in manifest["files"]:
        shutil.copy(folder / name, stage / name)
    return services.workspace.vault.publish(stage, manifest | {"seed": 99, "name": "copy"} | told)


async def ended(pilot: Pilot[None], app: OddkinApp, what: str) -> None:
    await wait_for(lambda: app.runner.running is None, f"{what} has ended", pilot, 60)


async def test_use_score_and_compare(trained: Services) -> None:
    old = trained.workspace.vault.in_use("demo")
    new = copy_of(trained, str(old))
    app = OddkinApp(trained, "models")
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await opened(pilot, app, 2)
        table, pane = screen.query_one(ModelTable), screen.query_one(ComparisonPane)
        assert [one.id for one in table.items] == [new, old]
        assert [one.in_use for one in table.items] == [False, True]
        assert "Parameters" in pane.text()
        await pilot.press("j", "space", "k")
        await wait_for(lambda: "Both must have scored" in pane.text(), "it says what is missing", pilot)
        await pilot.press("W")
        await wait_for(lambda: table.items[0].scored, "the other model has scored", pilot, 60)
        await ended(pilot, app, "scoring")
        assert trained.workspace.vault.in_use("demo") == old
        await wait_for(lambda: "rank correlation" in pane.text(), "the queues are compared", pilot)
        assert "the same" in pane.text()
        await pilot.press("w")
        await wait_for(lambda: table.items[0].in_use, "the other model is used", pilot, 60)
        assert trained.workspace.vault.in_use("demo") == new


async def test_verify_export_remove_import(trained: Services, tmp_path: Path) -> None:
    app = OddkinApp(trained, "models")
    package = tmp_path / "carried.oddkin"
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, app, 1)
        model_id = screen.query_one(ModelTable).items[0].id
        await pilot.press("r")
        await ended(pilot, app, "verifying")
        await pilot.press("e")
        await wait_for(lambda: isinstance(app.screen, TextDialog), "it asks where to", pilot)
        app.screen.query_one("Input").value = str(package)  # type: ignore[attr-defined]
        await pilot.press("enter")
        await wait_for(package.exists, "the file is written", pilot)
        await ended(pilot, app, "exporting")
        await pilot.press("D")
        await wait_for(lambda: isinstance(app.screen, ConfirmDialog), "it asks", pilot)
        await pilot.press("n")
        assert trained.workspace.vault.list()
        await pilot.press("D")
        await wait_for(lambda: isinstance(app.screen, ConfirmDialog), "it asks again", pilot)
        await pilot.press("y")
        await opened(pilot, app, 0)
        await ended(pilot, app, "removing")
        assert trained.workspace.vault.list() == ()
        assert "no model yet" in screen.query_one(ComparisonPane).text()
        await pilot.press("I")
        await wait_for(lambda: isinstance(app.screen, OpenPathDialog), "it asks for a file", pilot)
        app.screen.dismiss(package)
        await opened(pilot, app, 1)
        assert trained.workspace.vault.list()[0].id == model_id


async def test_a_damaged_model_is_told(trained: Services) -> None:
    model_id = trained.workspace.vault.list()[0].id
    weights = trained.workspace.models_folder / model_id / "texts.json"
    weights.write_bytes(weights.read_bytes() + b" ")
    app = OddkinApp(trained, "models")
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await opened(pilot, app, 1)
        await pilot.press("r")
        await wait_for(lambda: any("damaged" in note.title for note in app._notifications), "the damage is told", pilot)


async def test_hostile_manifest_is_shown_and_does_nothing(trained: Services) -> None:
    evil = "[red]\x1b[31m\u202e\x07"
    manifest = trained.workspace.vault.list()[0].manifest | {
        "name": evil, "cases": ["\x1b[5m"], "metrics": {"a\x1b": [1], "\u202ex": "[b]", "deep": {"x": {"y": 1}}},
        "libraries": "none", "device": {"a": 1}, "training_set": [],
    }  # fmt: skip
    with trained.workspace.write() as connection:
        connection.exec_driver_sql("UPDATE model SET manifest = ?", (json.dumps(manifest),))
        connection.commit()
    app = OddkinApp(trained, "models")
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await opened(pilot, app, 1)
        await wait_for(lambda: bool(screen.query_one(ComparisonPane).lines), "the details are drawn", pilot)
        await pilot.pause()
        shown = app.export_screenshot()
        assert "[red]\\e[31m" in shown.replace("&#160;", " ")
        for sign in evil[5], "\u202e", "\x07":
            assert sign not in shown
        assert screen.query_one(ComparisonPane).lines


async def test_a_manifest_that_is_none_does_not_hide_the_model(trained: Services) -> None:
    with trained.workspace.write() as connection:
        connection.exec_driver_sql("UPDATE model SET manifest = ?", ('{"parameters": [1, 2], "files": 3}',))
        connection.commit()
    app = OddkinApp(trained, "models")
    async with app.run_test(size=(120, 36)) as pilot:
        await opened(pilot, app, 1)
        await wait_for(lambda: "unknown data" in app.export_screenshot().replace("&#160;", " "), "it is listed", pilot)


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
async def test_what_a_model_was_trained_on_is_whole_and_which_have_scored_is_never_cut(
    trained: Services, size: tuple[int, int]
) -> None:
    copy_of(trained, str(trained.workspace.vault.in_use("demo")), cases=["winter-2026", "spring-2026"])
    app = OddkinApp(trained, "models")
    async with app.run_test(size=size) as pilot:
        screen = await opened(pilot, app, 2)
        lines = rows_of(screen.query_one(ModelTable))
        assert any("winter-2026, spring-2026" in line for line in lines)
        assert not any("…" in line for line in lines)
        assert any(line.rstrip("│ ").endswith("demo scored") for line in lines)


def test_of_a_line_without_room_the_training_gives_way() -> None:
    row = ModelRow("detector-1-0a1b2c3d", "0a1b2c3d", "", "detector", "5 h", "2.3 MB", "of many cases, " * 9, True, 0, True)
    line = text_of(ModelTable().line(row, 76))
    assert len(line) == 76
    assert line.endswith("… scored")


async def test_the_details_of_a_model_are_wrapped_where_they_have_no_room(trained: Services) -> None:
    said = {"threshold_origin": "a budget that was calibrated elsewhere, " * 6}
    copy_of(trained, str(trained.workspace.vault.in_use("demo")), metrics=said)
    app = OddkinApp(trained, "models")
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await opened(pilot, app, 2)
        shown = " ".join(" ".join(rows_of(screen.query_one(ComparisonPane))).replace("│", " ").split())
        assert shown.count("calibrated elsewhere,") == 5  # what a manifest says is read up to 200 characters


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
def test_snapshot(ingested: Services, snap_compare: Any, size: tuple[int, int]) -> None:
    two_models(ingested)

    async def ready(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, OddkinApp)
        screen = await opened(pilot, app, 2)
        await pilot.press("space", "j")
        await wait_for(lambda: "rank correlation" in screen.query_one(ComparisonPane).text(), "compared", pilot)
        await wait_for(lambda: app.services.summary is not None, "counted", pilot)

    assert snap_compare(OddkinApp(ingested, "models"), terminal_size=size, run_before=ready)
