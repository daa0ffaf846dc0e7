"""B on the Case screen: a list of hashes is chosen, the case compared and ranked, and what came of it stands there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.tui.screens.case.test_screen import case_screen, loaded, log_of, overview
from tests.tui.waiting import wait_for
from tui.app.app import OddkinApp
from tui.runtime.services import Services
from tui.screens.case.hash_list_dialog import HashListDialog
from tui.widgets.path_input import PathInput


def sysmon(pid: int) -> str:
    return json.dumps({
        "EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "Computer": "ws1.example", "ProcessId": str(pid),
        "UtcTime": f"2026-01-02 03:04:{pid % 60:02d}.000", "ParentProcessId": "4", "Image": rf"C:\Apps\tool{pid % 5}.exe",
        "CommandLine": f"tool{pid % 5}", "ParentImage": r"C:\Windows\explorer.exe", "Hashes": f"MD5={f'{pid % 5:02x}' * 16}",
        "ProcessGuid": f"{{00000000-0000-0000-0000-{pid:012d}}}", "User": "W\\ada",
    })  # fmt: skip


@pytest.fixture
def with_hashes(empty: Services, tmp_path: Path) -> tuple[Services, Path]:
    """A case of twenty processes of five programs, of which the first has no hash that counts."""
    return empty, log_of(tmp_path / "log.json", [sysmon(pid) for pid in range(10, 30)])


async def ingested_case(app: OddkinApp, services: Services, log: Path, pilot: Any) -> None:
    await loaded(app, pilot)
    case_screen(app).ingest(log, "acme")
    await wait_for(lambda: services.case == "acme" and "Triage" in overview(app), "it is ranked", pilot, limit_s=60)
    await wait_for(lambda: app.runner.running is None, "nothing runs", pilot)


@pytest.mark.parametrize(("keys", "word"), [((), "bad"), (("ctrl+t",), "good")])
async def test_a_list_is_chosen_compared_and_told(
    with_hashes: tuple[Services, Path], tmp_path: Path, keys: tuple[str, ...], word: str
) -> None:
    services, log = with_hashes
    chosen = tmp_path / "li[red]st.txt"
    chosen.write_text(f"{'03' * 16}\n{'00' * 16}\nno hash\n")
    app = OddkinApp(services)
    async with app.run_test(size=(160, 40)) as pilot:
        await ingested_case(app, services, log, pilot)
        await pilot.press("B")
        await wait_for(lambda: isinstance(app.screen, HashListDialog), "the dialog is open", pilot)
        await pilot.press(*keys)
        assert f"known {word}" in str(app.screen.query_one(".kind").content)  # type: ignore[attr-defined]
        app.screen.query_one(PathInput).value = str(chosen)
        await pilot.press("enter")
        said = f"li[red]st.txt: 1 of 5 programs known {word}"
        await wait_for(lambda: said in overview(app), "the overview tells of it", pilot, limit_s=60)
        await wait_for(lambda: app.runner.running is None, "it is ranked", pilot, limit_s=60)
        told = [notification.message for notification in app._notifications]
        assert [one for one in told if said in one] == [f"{said}, 1 line not understood"]
    (one,) = services.workspace.hash_lists.lists("acme")
    assert (one.kind, one.named, one.strange) == (word, 1, 1)
    first = services.workspace.queue.page("acme", limit=1)[0]
    assert (first.steps[-1] == r"c:\apps\tool3.exe") is (word == "bad")


async def test_a_file_without_a_hash_is_told(with_hashes: tuple[Services, Path], tmp_path: Path) -> None:
    services, log = with_hashes
    app = OddkinApp(services)
    async with app.run_test(size=(160, 40)) as pilot:
        await ingested_case(app, services, log, pilot)
        await pilot.press("B")
        await wait_for(lambda: isinstance(app.screen, HashListDialog), "the dialog is open", pilot)
        app.screen.query_one(PathInput).value = str(tmp_path)
        await pilot.press("enter")
        assert isinstance(app.screen, HashListDialog)
        junk = tmp_path / "junk.txt"
        junk.write_text("nothing")
        app.screen.query_one(PathInput).value = str(junk)
        await pilot.press("enter")
        await wait_for(lambda: any("junk.txt was not read" in one.message for one in app._notifications), "it is told", pilot)
    assert services.workspace.hash_lists.lists("acme") == ()
