"""The frame: modes, help, palette, themes, settings, jobs that outlive a screen, leaving."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING

import pytest

from engine.errors import InputError
from engine.progress import Run, Step
from tests.tui.rendered import rows_of, screen_lines
from tests.tui.waiting import wait_for
from tui.app.app import OddkinApp
from tui.dialogs.confirm import ConfirmDialog
from tui.dialogs.export import ExportDialog
from tui.runtime.help_screen import HelpScreen
from tui.runtime.jobs_runner import NOTHING
from tui.runtime.keys import gather
from tui.runtime.messages import JobEnded, JobStepped
from tui.runtime.services import Services, open_services
from tui.runtime.settings import Settings, load
from tui.widgets.job_bar import JobBar
from tui.widgets.path_input import PathInput

if TYPE_CHECKING:
    from textual.message import Message


def busy(run: Run) -> None:
    for number in range(1_000_000_000):
        run.report(Step("work", number, None, "things"))
        run.raise_if_cancelled()


async def test_number_keys_open_the_modes(ingested: Services) -> None:
    app = OddkinApp(ingested)
    async with app.run_test(size=(120, 36)) as pilot:
        for key, mode in (("2", "tree"), ("3", "train"), ("4", "triage"), ("5", "models"), ("1", "case")):
            await pilot.press(key)
            await wait_for(lambda mode=mode: app.current_mode == mode, mode, pilot)  # type: ignore[misc]


async def test_help_is_made_of_the_keys_that_work_now(ingested: Services) -> None:
    app = OddkinApp(ingested)
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        told = gather(app.screen)
        actions = {line.action for _, lines in told.sections for line in lines}
        assert {"Ingest", "Keys", "Quit", "Down"} <= actions
        assert "Copy selected text" not in actions
        assert "Evidence is only read" in told.prose
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("escape")
        assert app.screen is app.mode_screens["case"]


async def test_the_palette_offers_modes_keys_and_themes(ingested: Services) -> None:
    app = OddkinApp(ingested)
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        titles = {command.title for command in app.get_system_commands(app.screen)}
        assert {"Go to Triage", "Ingest (I)", "Theme: high contrast"} <= titles
        await pilot.press("colon")
        await wait_for(lambda: app.screen is not app.mode_screens["case"], "the palette opens", pilot)


async def test_the_footer_shows_at_most_eight_keys(ingested: Services) -> None:
    app = OddkinApp(ingested)
    async with app.run_test(size=(80, 24)) as pilot:
        for mode in ("case", "tree", "train", "triage", "models"):
            app.open_mode(mode)
            await pilot.pause()
            shown = {
                one.binding.action for one in app.screen.active_bindings.values() if one.binding.show and not one.binding.system
            }
            assert len(shown) <= 8, (mode, shown)


async def test_themes_are_kept_for_the_next_time(ingested: Services) -> None:
    app = OddkinApp(ingested)
    async with app.run_test() as pilot:
        app.choose_theme("oddkin-contrast")
        await pilot.pause()
        assert app.theme == "oddkin-contrast"
    assert open_services(ingested.workspace).settings.theme == "oddkin-contrast"


async def test_keys_can_be_remapped(ingested: Services) -> None:
    ingested.settings.keymap = {"mode.tree": "f2"}
    app = OddkinApp(ingested)
    async with app.run_test() as pilot:
        await pilot.press("2")
        assert app.current_mode == "case"
        await pilot.press("f2")
        await wait_for(lambda: app.current_mode == "tree", "f2 opens the tree", pilot)


@pytest.mark.parametrize("text", ["{", "[1]", '{"theme": 3, "keymap": [], "zone": "Nowhere/Else"}', "\x00\xff"])
def test_settings_that_make_no_sense_are_the_defaults(text: str, empty: Services) -> None:
    folder = empty.workspace.folder
    (folder / "settings.json").write_text(text, encoding="latin-1")
    settings = load(folder)
    assert (settings.theme, settings.zone, settings.keymap) == ("oddkin-dark", "UTC", {})
    assert settings.problem


def test_settings_survive_a_round_trip(empty: Services) -> None:
    settings = load(empty.workspace.folder)
    settings.zone, settings.keymap, settings.case = "Europe/Berlin", {"a": "b"}, "x"
    settings.save()
    again = load(empty.workspace.folder)
    assert (again.zone, again.keymap, again.case, again.problem) == ("Europe/Berlin", {"a": "b"}, "x", "")
    assert "path" not in json.loads((empty.workspace.folder / "settings.json").read_text())


def test_times_are_shown_in_the_zone_of_the_settings(empty: Services) -> None:
    assert empty.when(0) == "1970-01-01T00:00:00Z"
    empty.settings = Settings(zone="Europe/Berlin")
    assert empty.when(0) == "1970-01-01T01:00:00+01:00"
    assert empty.when(None) == empty.when(1 << 62) == ""


async def test_a_job_runs_on_while_other_screens_are_used(ingested: Services) -> None:
    seen: list[Message] = []
    app = OddkinApp(ingested)
    async with app.run_test(size=(120, 36), message_hook=seen.append) as pilot:
        await pilot.pause()
        assert app.runner.start("work", busy)
        assert not app.runner.start("second", busy)
        await pilot.press("5")
        await wait_for(lambda: app.current_mode == "models", "models", pilot)
        bar = app.screen.query_one(JobBar)
        await wait_for(lambda: "● work" in str(bar.render()), "the job is told of on a screen that came later", pilot)
        began = time.monotonic()
        await pilot.press("ctrl+x")
        await wait_for(lambda: app.runner.running is None, "it stops", pilot, limit_s=2.0)
        await wait_for(lambda: "■ work" in str(bar.render()), "its own end is told", pilot)
        assert time.monotonic() - began < 4.0
    assert any(isinstance(message, JobEnded) and message.outcome == "cancelled" for message in seen)
    assert any(isinstance(message, JobStepped) for message in seen)


async def test_a_full_disk_is_no_mistake_of_ours_and_names_no_staged_folder(ingested: Services) -> None:
    def fails(_run: Run) -> None:
        raise OSError(28, "No space left on device", "/w/models/.stage-k3_a9/arrays.npz")

    app = OddkinApp(ingested)
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await pilot.pause()
        app.runner.start("work", fails)
        await wait_for(lambda: bool(app._notifications), "it is told", pilot)
        (told,) = [one.message for one in app._notifications]
        assert told == "/w/models: No space left on device. Is there room, and may you write there?"


async def test_a_job_that_fails_tells_why_without_markup(ingested: Services) -> None:
    def fails(_run: Run) -> None:
        raise InputError("[red]bad\x1b[31m file", remedy="Look at [it].")

    app = OddkinApp(ingested)
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await pilot.pause()
        app.runner.start("work", fails)
        bar = app.screen.query_one(JobBar)
        await wait_for(lambda: "! work" in str(bar.render()), "the failure is told", pilot)
        assert "[red]bad\\e[31m file" in str(bar.render())


async def test_a_mistake_of_ours_in_a_job_is_no_crash(ingested: Services) -> None:
    def broken(_run: Run) -> None:
        raise ZeroDivisionError

    app = OddkinApp(ingested)
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        app.runner.start("work", broken)
        await wait_for(lambda: "ZeroDivisionError" in str(app.screen.query_one(JobBar).render()), "it is told", pilot)


async def test_quitting_asks_while_a_job_runs(ingested: Services) -> None:
    app = OddkinApp(ingested)
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        app.runner.start("work", busy)
        await pilot.press("q")
        assert isinstance(app.screen, ConfirmDialog)
        await pilot.press("n")
        assert app.runner.running == "work"
        await pilot.press("q", "y")
        await wait_for(lambda: app.runner.running is None, "the job stops", limit_s=2.0)
        await wait_for(lambda: not app.is_running, "the application ends")
    assert app.runner.join(1.0)


async def test_leaving_without_asking_takes_the_job_along(ingested: Services) -> None:
    app = OddkinApp(ingested)
    async with app.run_test() as pilot:
        await pilot.pause()
        app.runner.start("work", busy)
    assert app.runner.join(2.0)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("oddkin ")]


async def test_export_writes_where_it_was_told(trained: Services) -> None:
    app = OddkinApp(trained)
    target = trained.home / "out.jsonl"
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        await pilot.press("e")
        assert isinstance(app.screen, ExportDialog)
        app.screen.query_one(PathInput).value = str(trained.home / "out.csv")
        await pilot.press("ctrl+t")
        assert "2 of 14: JSON lines, for programs" in "\n".join(screen_lines(app))
        await pilot.press("enter")
        await wait_for(target.is_file, "the file is there", pilot)
        await wait_for(lambda: "processes written" in str(app.screen.query_one(JobBar).render()), "it is said", pilot)
        rows = target.read_text().splitlines()
        assert json.loads(rows[0])["case"] == "demo"
        await pilot.press("e")
        app.screen.query_one(PathInput).value = str(target)
        await pilot.press("enter")
        assert isinstance(app.screen, ExportDialog)  # it is there already: a second enter replaces it
        await pilot.press("escape")


async def test_the_dialog_says_what_the_chosen_format_writes(trained: Services) -> None:
    app = OddkinApp(trained)
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        await pilot.press("e")
        await pilot.pause()
        table = "\n".join(screen_lines(app))
        assert "Writes the processes of all flagged chains" in table
        assert "a spreadsheet would run" in table
        await pilot.press("ctrl+t", "ctrl+t")
        await pilot.pause()
        report = "\n".join(screen_lines(app))
        assert "Writes a report on the whole case." in report
        assert "flagged chains" not in report
        assert "spreadsheet" not in report


async def test_the_same_key_writes_a_report_and_any_format(trained: Services) -> None:
    app = OddkinApp(trained)
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        for name, begins in (("r.html", "<!DOCTYPE html>"), ("r.md", "# Report: demo"), ("l.layer.json", "{"), ("p.svg", "<svg")):
            target = trained.home / name
            await pilot.press("e")
            await wait_for(lambda: isinstance(app.screen, ExportDialog), "the dialog", pilot)
            app.screen.query_one(PathInput).value = str(target)
            await pilot.press("enter")
            await wait_for(lambda target=target: target.is_file() and app.runner.running is None, f"{name} is there", pilot)
            assert target.read_text(encoding="utf-8").startswith(begins)


async def test_export_spares_evidence(trained: Services) -> None:
    app = OddkinApp(trained)
    evidence = trained.home / "evidence"
    evidence.mkdir()
    target = evidence / "findings.csv"
    target.write_text("delivered")
    store = trained.workspace.ingest
    store.comes_from("demo", [str(evidence)])
    store.note_unread("demo", str(evidence / "a.rar"), "RAR data is not read.")
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        await pilot.press("e")
        app.screen.query_one(PathInput).value = str(target)
        await pilot.press("enter", "enter")
        await wait_for(lambda: f"Workspace problem: {target.parent}"[:50] in "\n".join(screen_lines(app)), "it is said", pilot)
    assert target.read_text() == "delivered"


async def test_no_color_draws_without_colours(ingested: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = OddkinApp(ingested)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert app.no_color


@pytest.mark.parametrize("left", ["nothing is changed", "what was read is kept"])
async def test_what_a_stop_leaves_is_said_before_it_and_after(ingested: Services, left: str) -> None:
    app = OddkinApp(ingested)
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        app.runner.start("work", busy, *([] if left == NOTHING else [left]))
        await pilot.press("q")
        assert isinstance(app.screen, ConfirmDialog)
        asked = " ".join(row.strip() for row in rows_of(app.screen.query_one(".detail")))
        assert asked.strip() == f"Stop it and quit? Once it is stopped, {left}."
        await pilot.press("n", "ctrl+x")
        bar = app.screen.query_one(JobBar)
        await wait_for(lambda: rows_of(bar)[0].strip() == f"■ work  stopped; {left}", "what is left", pilot)
