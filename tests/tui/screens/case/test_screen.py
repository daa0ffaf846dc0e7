"""The Case screen: welcome, ingest from start to reject report, switching and removing cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pyzipper
from textual.widgets import Input

from engine.errors import ModelCorrupt
from engine.jobs.ingest.request import IngestRequest
from engine.progress import Run, Step
from store.queue.marks import unscored
from tests.tui.rendered import rows_of, screen_lines
from tests.tui.waiting import wait_for
from tui.actions.ingest import ingest
from tui.app.app import OddkinApp
from tui.dialogs.confirm import ConfirmDialog
from tui.runtime.messages import CaseChanged
from tui.runtime.services import Services
from tui.screens.case.case_overview import CaseOverview
from tui.screens.case.evidence_preview import EvidencePreview
from tui.screens.case.ingest_dialog import IngestDialog
from tui.screens.case.rejects_dialog import RejectsDialog
from tui.screens.case.screen import CaseScreen
from tui.widgets.ledger_table import LedgerTable
from tui.widgets.path_input import PathInput

if TYPE_CHECKING:
    from textual.pilot import Pilot


def case_screen(app: OddkinApp) -> CaseScreen:
    screen = app.mode_screens["case"]
    assert isinstance(screen, CaseScreen)
    return screen


def overview(app: OddkinApp) -> str:
    return str(case_screen(app).query_one(CaseOverview).content)


async def loaded(app: OddkinApp, pilot: Pilot[Any]) -> None:
    await wait_for(lambda: case_screen(app).contents is not None, "the case is loaded", pilot)


def log_of(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def sysmon(pid: int, image: str, line: str) -> str:
    return json.dumps({
        "EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "Computer": "ws1.example", "ProcessId": str(pid),
        "UtcTime": f"2026-01-02 03:04:{pid % 60:02d}.000", "ParentProcessId": "4", "Image": image, "CommandLine": line,
        "ParentImage": r"C:\Windows\explorer.exe",
        "ProcessGuid": f"{{00000000-0000-0000-0000-{pid:012d}}}", "User": "W\\ada",
    })  # fmt: skip


@pytest.fixture
def small_log(tmp_path: Path) -> Path:
    folder = tmp_path / "evidence"
    folder.mkdir()
    lines = [sysmon(number, rf"C:\Windows\System32\tool{number}.exe", f"tool{number} [red]x[/]") for number in range(1, 9)]
    return log_of(folder / "events.json", [*lines[:4], '{"broken": ', *lines[4:]])


async def test_an_empty_workspace_tells_the_next_key(empty: Services) -> None:
    app = OddkinApp(empty)
    async with app.run_test(size=(120, 36)) as pilot:
        await loaded(app, pilot)
        assert "ingest logs" in overview(app)
        assert app.screen.has_class("-empty")


async def test_a_path_is_looked_at_ingested_and_its_rejects_are_shown(empty: Services, small_log: Path) -> None:
    app = OddkinApp(empty)
    async with app.run_test(size=(120, 36)) as pilot:
        await loaded(app, pilot)
        await pilot.press("I")
        dialog = app.screen
        assert isinstance(dialog, IngestDialog)
        dialog.query_one(PathInput).value = str(small_log)
        preview = dialog.query_one(EvidencePreview)
        await wait_for(lambda: preview.query_one(LedgerTable).count == 8, "the first records are shown", pilot)
        assert "json" in str(preview.query_one(".verdict").content)  # type: ignore[attr-defined]
        assert "1 of the first 9 records rejected" in str(preview.query_one(".members").content)  # type: ignore[attr-defined]
        await pilot.press("enter")
        await wait_for(lambda: empty.case == "default" and "8 kept" in overview(app), "the new case is current", pilot)
        await wait_for(lambda: "Triage" in overview(app), "the queue is next", pilot)
        assert "8 kept · 0 merged · 1 rejected" in overview(app)
        await pilot.press("R")
        await wait_for(lambda: isinstance(app.screen, RejectsDialog), "the report opens", pilot)
        assert app.screen.query_one(LedgerTable).count == 1
        await wait_for(lambda: "broken" in str(app.screen.query_one(".sample").content), "its sample is shown", pilot)  # type: ignore[attr-defined]
        await pilot.press("escape")
        assert app.screen is case_screen(app)


async def test_the_password_of_an_archive_is_asked_for_and_never_drawn(empty: Services, tmp_path: Path) -> None:
    packed = tmp_path / "evidence.zip"
    with pyzipper.AESZipFile(packed, "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(b"infected")
        archive.writestr("sysmon.json", sysmon(5, "C:\\a.exe", "a -b") + "\n")
    app = OddkinApp(empty)
    async with app.run_test(size=(80, 24)) as pilot:
        await loaded(app, pilot)
        await pilot.press("I")
        app.screen.query_one(PathInput).value = str(packed)
        preview = app.screen.query_one(EvidencePreview)
        await wait_for(lambda: "password" in str(preview.query_one(".verdict").content), "it says so", pilot)  # type: ignore[attr-defined]
        app.screen.query_one("#password", Input).value = "infected"
        table = preview.query_one(LedgerTable)
        await wait_for(lambda: table.count == 1, "the record is shown", pilot)
        assert "••••••••" in app.export_screenshot()
        assert "infected" not in app.export_screenshot()
        app.screen.query_one("#password", Input).focus()
        await pilot.press("enter")
        await wait_for(lambda: "1 kept" in overview(app), "it is read", pilot)


async def test_files_of_an_archive_are_told_by_their_names_in_it(empty: Services, tmp_path: Path) -> None:
    packed = tmp_path / ("a folder with a long name " * 4) / "evidence.zip"
    packed.parent.mkdir()
    with pyzipper.AESZipFile(packed, "w") as archive:
        archive.writestr("logs/sysmon.json", sysmon(5, "C:\\a.exe", "a -b") + "\n")
        archive.writestr("modules/mft.csv", "EntryNumber,ParentEntryNumber,ParentPath,FileName\n1,2,.\\a,b.exe\n")
        archive.writestr("modules/empty.evtx", "")
    app = OddkinApp(empty)
    async with app.run_test(size=(80, 24)) as pilot:
        await loaded(app, pilot)
        await pilot.press("I")
        app.screen.query_one(PathInput).value = str(packed)
        members = app.screen.query_one(EvidencePreview).query_one(".members")
        await wait_for(lambda: "mft.csv" in str(members.content), "they are looked at", pilot)  # type: ignore[attr-defined]
        assert str(members.content).split("\n") == [  # type: ignore[attr-defined]
            "logs/sysmon.json  json",
            "modules/mft.csv  —  a table of files (MFTECmd), not a process log",
            "modules/empty.evtx  —  empty, not a process log",
        ]
        await pilot.press("enter")
        await wait_for(lambda: "1 kept" in overview(app), "it is read", pilot)
        await pilot.press("R")
        await wait_for(lambda: isinstance(app.screen, RejectsDialog), "the report opens", pilot)
        told = str(app.screen.query_one(".troubles").content)  # type: ignore[attr-defined]
        assert "! empty.evtx: empty" in told
        assert "! mft.csv: a table of files (MFTECmd); no process log" in told


async def test_a_pasted_path_opens_the_dialog(empty: Services, small_log: Path) -> None:
    from textual.events import Paste

    app = OddkinApp(empty)
    async with app.run_test(size=(120, 36)) as pilot:
        await loaded(app, pilot)
        app.screen.post_message(Paste(f"'{small_log}'\n"))
        await wait_for(lambda: isinstance(app.screen, IngestDialog), "the dialog opens", pilot)
        assert app.screen.query_one(PathInput).path == small_log


async def test_a_look_that_comes_while_the_dialog_goes_is_dropped(empty: Services, small_log: Path) -> None:
    from textual.events import Paste

    app = OddkinApp(empty)
    async with app.run_test(size=(120, 36)) as pilot:
        await loaded(app, pilot)
        app.screen.post_message(Paste(f"'{small_log}'\n"))
        await wait_for(lambda: isinstance(app.screen, IngestDialog), "the dialog opens", pilot)
        preview = app.screen.query_one(EvidencePreview)
        await preview.remove_children()
        preview.say("Looking …")
        assert not preview.children


async def test_what_cannot_be_ingested_is_said_before_it_is_tried(empty: Services, tmp_path: Path) -> None:
    text = log_of(tmp_path / "letter.txt", ["Dear Ada,", "this is no log."])
    app = OddkinApp(empty)
    async with app.run_test(size=(80, 24)) as pilot:
        await loaded(app, pilot)
        await pilot.press("I")
        preview = app.screen.query_one(EvidencePreview)
        app.screen.query_one(PathInput).value = str(text)
        await wait_for(lambda: "No process log" in str(preview.query_one(".verdict").content), "it says so", pilot)  # type: ignore[attr-defined]
        app.screen.query_one(PathInput).value = str(tmp_path / "nowhere")
        await pilot.press("enter")
        dialog = app.screen
        await wait_for(lambda: "There is no" in str(dialog.query_one(".problem").content), "it says so", pilot)  # type: ignore[attr-defined]
        await pilot.press("escape")
        assert app.runner.running is None


async def test_the_case_can_be_named_in_the_dialog(ingested: Services, small_log: Path) -> None:
    app = OddkinApp(ingested)
    async with app.run_test(size=(120, 36)) as pilot:
        await loaded(app, pilot)
        await pilot.press("I")
        app.screen.query_one(PathInput).value = str(small_log)
        app.screen.query_one("#case", Input).value = "second"
        await pilot.press("ctrl+s")
        await wait_for(lambda: ingested.case == "second" and "8 kept" in overview(app), "the second case is current", pilot)
        cases = app.screen.query_one("#cases", LedgerTable)
        assert cases.count == 2
        cases.focus()
        cases.cursor = 1
        await pilot.press("enter")
        await wait_for(lambda: ingested.case == "demo" and "5 hosts" in overview(app), "the first one again", pilot)


async def test_an_ingest_leads_to_a_queue_without_a_training(empty: Services, small_log: Path) -> None:
    app = OddkinApp(empty)
    async with app.run_test(size=(120, 36)) as pilot:
        await loaded(app, pilot)
        case_screen(app).ingest(small_log, "first")
        await wait_for(lambda: empty.case == "first" and app.runner.running is None, "it is read and ranked", pilot)
        await wait_for(lambda: "ready: came with oddkin" in overview(app), "the model line names the ready one", pilot)
        assert " 4  Triage: " in overview(app)
        await pilot.press("4")
        await wait_for(lambda: app.screen.query_one(LedgerTable).count > 0, "the queue", pilot)


async def test_a_case_without_a_queue_is_ranked_by_a_key(ingested: Services) -> None:
    app = OddkinApp(ingested)
    async with app.run_test(size=(120, 36)) as pilot:
        await wait_for(lambda: " r  Rank: " in overview(app), "ranking is next", pilot)
        await pilot.press("r")
        await wait_for(lambda: " 4  Triage: " in overview(app), "the queue is next", pilot, limit_s=60)


async def test_what_was_not_ranked_says_why(empty: Services, small_log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ModelCorrupt("The detector was changed.")

    monkeypatch.setattr("tui.actions.ingest.first_queue", fails)
    app = OddkinApp(empty)
    async with app.run_test(size=(120, 36)) as pilot:
        await loaded(app, pilot)
        case_screen(app).ingest(small_log, "first")
        said = "Everything is read, but not ranked: The detector was changed. r ranks it."
        await wait_for(lambda: said in {note.message for note in app._notifications}, "the reason is told", pilot)
        await wait_for(lambda: " r  Rank: " in overview(app), "ranking is next", pilot)


async def test_a_case_is_removed_only_after_yes(ingested: Services) -> None:
    app = OddkinApp(ingested)
    async with app.run_test(size=(120, 36)) as pilot:
        await loaded(app, pilot)
        await pilot.press("D")
        assert isinstance(app.screen, ConfirmDialog)
        await pilot.press("enter")  # the focus is on no
        assert len(ingested.workspace.cases.list()) == 1
        await pilot.press("D", "y")
        await wait_for(lambda: ingested.case is None and "ingest logs" in overview(app), "the welcome is back", pilot)
        assert ingested.workspace.cases.list() == ()


async def test_x_stops_an_ingest_and_what_was_read_stays(ingested: Services) -> None:
    app = OddkinApp(ingested)
    seen: list[str] = []

    def endless(run: Run) -> None:
        number = 0
        while True:
            number += 1
            run.report(Step("read", number, 10_000_000, "B", "evil\x1b[31m.log", {"records": number, "records/s": 1.0}))
            run.raise_if_cancelled()

    async with app.run_test(size=(120, 36)) as pilot:
        await loaded(app, pilot)
        app.runner.start("ingest", endless)
        progress = app.screen.query_one("IngestProgress")
        await wait_for(lambda: progress.display and "Reading" in str(progress.render()), "progress is shown", pilot)
        seen.append(str(progress.render()))
        await pilot.press("ctrl+x")
        await wait_for(lambda: app.runner.running is None and not progress.display, "it stops", pilot, limit_s=2.0)
    assert "evil\\e[31m.log" in seen[0]
    assert "\x1b" not in seen[0]


async def test_hosts_take_the_place_of_sources_on_a_short_terminal(ingested: Services) -> None:
    app = OddkinApp(ingested)
    async with app.run_test(size=(80, 24)) as pilot:
        await loaded(app, pilot)
        assert not app.screen.query_one("#hosts").display
        await pilot.press("v")
        assert app.screen.query_one("#hosts").display
        assert app.screen.query_one("#hosts", LedgerTable).count == 5


async def test_the_demo_makes_a_case_with_a_queue(empty: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine import simulator

    plan = simulator.FleetPlan
    monkeypatch.setattr(simulator, "FleetPlan", lambda **_: plan(hosts=2, days=1, seed=7))
    app = OddkinApp(empty)
    async with app.run_test(size=(120, 36)) as pilot:
        await loaded(app, pilot)
        await pilot.press("d")
        await wait_for(lambda: empty.case == "demo" and "Triage" in overview(app), "the demo case is there", pilot, limit_s=60)
        await pilot.press("4")
        await wait_for(lambda: app.screen.query_one(LedgerTable).current is not None, "its queue", pilot)
        assert empty.workspace.vault.in_use("demo") == empty.workspace.vault.ready()


async def test_chains_that_the_model_has_not_seen_are_ranked_by_r(trained: Services, small_log: Path) -> None:
    """As where the ranking of an ingest was stopped."""
    ingest(trained.workspace, IngestRequest([small_log], "demo"), Run())
    app = OddkinApp(trained)
    async with app.run_test(size=(120, 36)) as pilot:
        await wait_for(lambda: " r  Rank: " in overview(app), "ranking is offered", pilot)
        await pilot.press("r")
        await wait_for(lambda: "Triage" in overview(app), "the queue is up to date", pilot, limit_s=60)
        assert "has not seen" not in overview(app)


async def test_an_ingest_scores_what_is_new_with_the_model_in_use(trained: Services, small_log: Path) -> None:
    used = trained.workspace.vault.in_use("demo")
    app = OddkinApp(trained)
    async with app.run_test(size=(120, 36)) as pilot:
        await loaded(app, pilot)
        case_screen(app).ingest(small_log, "demo")
        await wait_for(lambda: "Ingested" in overview(app) and app.runner.running is None, "it is read", pilot, limit_s=60)
        await wait_for(lambda: " 4  Triage: " in overview(app), "the queue is up to date", pilot)
    assert used is not None
    assert trained.workspace.vault.in_use("demo") == used
    assert unscored(trained.workspace, "demo", used) == 0


async def test_hostile_names_are_shown_and_not_obeyed(empty: Services, tmp_path: Path) -> None:
    evil = tmp_path / "[red]\x1b[31mevil\u202e.json"
    log_of(evil, [sysmon(1, "C:\\[bold]\x1b]0;x\x07.exe", "calc\x9b31m")])
    app = OddkinApp(empty)
    async with app.run_test(size=(120, 36)) as pilot:
        await loaded(app, pilot)
        await pilot.press("I")
        app.screen.query_one(PathInput).value = str(evil)
        table = app.screen.query_one(EvidencePreview).query_one(LedgerTable)
        await wait_for(lambda: table.count == 1, "the record is shown", pilot)
        drawn = app.export_screenshot()
        assert "\\e]0;x" in drawn.replace("&#160;", " ")
        app.screen.query_one("#case", Input).value = "[blink]case"
        await pilot.press("ctrl+s")
        await wait_for(lambda: empty.case == "[blink]case" and "Triage" in overview(app), "the case is there", pilot)
        assert not set(app.export_screenshot()) & {"\x1b", "\x9b", "\u202e", "\x07"}


async def test_another_case_can_be_made_current_by_message(ingested: Services) -> None:
    app = OddkinApp(ingested)
    async with app.run_test(size=(120, 36)) as pilot:
        await loaded(app, pilot)
        app.post_message(CaseChanged(None))
        await wait_for(lambda: "ingest logs" in overview(app), "no case is current", pilot)


@pytest.mark.parametrize("size", [(120, 36), (80, 24)], ids=str)
def test_looks(ingested: Services, snap_compare: Any, size: tuple[int, int]) -> None:
    app = OddkinApp(ingested)

    async def settle(pilot: Pilot[Any]) -> None:
        await loaded(app, pilot)
        await wait_for(lambda: ingested.summary is not None, "the header is complete", pilot)

    assert snap_compare(app, terminal_size=size, run_before=settle)


def test_welcome_looks(empty: Services, snap_compare: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.base.database.Database.called", "/home/ada/cases")
    app = OddkinApp(empty)

    async def settle(pilot: Pilot[Any]) -> None:
        await loaded(app, pilot)

    assert snap_compare(app, terminal_size=(80, 24), run_before=settle)


async def test_what_takes_several_lines_stays_behind_its_label(trained: Services) -> None:
    app = OddkinApp(trained)
    async with app.run_test(size=(60, 40)) as pilot:

        def heads() -> list[str]:
            return [row[:10].strip() for row in rows_of(case_screen(app).query_one(CaseOverview)) if row.strip()]

        await loaded(app, pilot)
        for width in (60, 44):
            await pilot.resize_terminal(width, 40)
            await wait_for(lambda: "" in heads() and "Next" in heads(), "figures over several lines", pilot)
            assert [head for head in heads() if head] == ["Evidence", "Hosts", "Time", "Queue", "Model", "Next"]


async def test_while_its_figures_are_counted_a_case_has_its_name_and_no_welcome(
    trained: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.screens.case.case_pane.CasePane.show", lambda _pane, _contents: None)
    app = OddkinApp(trained)
    async with app.run_test(size=(120, 36)) as pilot:
        await wait_for(lambda: any("Counting …" in line for line in screen_lines(app)), "it is drawn", pilot)
        assert "─ demo ─" in screen_lines(app)[1]
        assert not any("Welcome" in line for line in screen_lines(app))
