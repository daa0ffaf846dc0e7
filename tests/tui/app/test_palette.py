"""The palette finds every command of every screen, with its key, and goes to the screen before it runs it."""

from __future__ import annotations

import pytest

from tests.tui.waiting import wait_for
from tui.app.app import OddkinApp
from tui.app.palette import own_bindings
from tui.app.screens import SCREENS, screen_class
from tui.dialogs.open_path import OpenPathDialog
from tui.runtime.services import Services
from tui.screens.base import TITLES
from tui.screens.case.ingest_dialog import IngestDialog


def titles(app: OddkinApp) -> list[str]:
    return [command.title for command in app.get_system_commands(app.screen)]


@pytest.mark.parametrize("here", SCREENS)
async def test_the_commands_of_all_screens_are_offered_wherever_one_is(ingested: Services, here: str) -> None:
    app = OddkinApp(ingested, here)
    async with app.run_test(size=(120, 36)) as pilot:
        await wait_for(lambda: app.current_mode == here and app.screen.is_mounted, "the screen is there", pilot)
        shown = titles(app)
        there = [one for one in shown if one.startswith(tuple(f"{title}: " for title in TITLES.values()))]
        assert len(there) == len(set(there))
        for mode in SCREENS:
            for binding in own_bindings(screen_class(mode)):
                told = f"{TITLES[mode]}: {binding.description} ("
                assert any(one.startswith(told) for one in shown) == (mode != here), told


async def test_ingest_is_found_from_triage_and_runs_on_its_screen(ingested: Services) -> None:
    app = OddkinApp(ingested, "triage")
    async with app.run_test(size=(120, 36)) as pilot:
        await wait_for(lambda: app.current_mode == "triage", "Triage", pilot)
        await pilot.press("colon")
        await wait_for(lambda: app.screen is not app.mode_screens["triage"], "the palette opens", pilot)
        await pilot.press(*"case: ingest")
        await pilot.pause(0.3)
        await pilot.press("enter")
        await wait_for(lambda: isinstance(app.screen, IngestDialog), "the dialog is open", pilot)
        assert app.current_mode == "case"


async def test_a_command_that_has_nothing_to_do_says_so(empty: Services) -> None:
    app = OddkinApp(empty, "triage")
    async with app.run_test(size=(120, 36)) as pilot:
        (command,) = [one for one in app.get_system_commands(app.screen) if one.title == "Case: Rejects (R)"]
        command.callback()
        await wait_for(lambda: any("Rejects has nothing to do" in one.message for one in app._notifications), "it says so", pilot)
        (command,) = [one for one in app.get_system_commands(app.screen) if one.title == "Models: Import (I)"]
        command.callback()
        await wait_for(lambda: isinstance(app.screen, OpenPathDialog), "another one runs", pilot)


async def test_changed_keys_are_shown(ingested: Services) -> None:
    ingested.settings.keymap = {"models.import": "f7"}
    app = OddkinApp(ingested)
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        assert "Models: Import (f7)" in titles(app)
