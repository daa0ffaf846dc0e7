"""A tool under another name, from the record's OriginalFileName to the queue, its reasons and its tags."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from store.workspace import open_workspace
from tui.actions import incident_story
from tui.actions.triage.incident_marks import marks_of
from tui.actions.triage.tags import offered
from tui.command_line import app

HIDDEN = r"C:\ProgramData\Vendor\vendorhost.exe"
EVERYDAY = [
    (r"C:\Program Files\Slack\slack.exe", "electron.exe"), (r"C:\Program Files\Vendor\vendortool.exe", "node.exe"),
    (r"C:\Windows\System32\notepad.exe", "NOTEPAD.EXE.MUI"), (r"C:\Program Files\App\setup.exe", "WEXTRACT.EXE            .MUI"),
]  # fmt: skip


def sysmon(pid: int, image: str, original: str) -> str:
    record = {
        "EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "Computer": "ws1", "ProcessId": str(pid), "Image": image,
        "UtcTime": f"2026-01-02 03:{pid // 60:02d}:{pid % 60:02d}.000", "ParentProcessId": "4",
        "ParentImage": r"C:\Windows\explorer.exe", "CommandLine": image.rpartition("\\")[2], "OriginalFileName": original,
        "ProcessGuid": f"{{00000000-0000-0000-0000-{pid:012d}}}",
    }  # fmt: skip
    return json.dumps(record) + "\n"


def run(folder: Path, *words: object) -> Result:
    return CliRunner().invoke(app, ["-w", str(folder / "w"), *map(str, words)], catch_exceptions=False)


def ranked(folder: Path, original: str) -> list[dict[str, Any]]:
    """Findings of a log in which HIDDEN has this original name, ranked by the ready detector."""
    folder.mkdir()
    records = [sysmon(pid, *EVERYDAY[pid % len(EVERYDAY)]) for pid in range(10, 60)]
    (folder / "log.json").write_text("".join([*records, sysmon(60, HIDDEN, original)]))
    assert run(folder, "ingest", folder / "log.json").exit_code == 0
    done = run(folder, "rank", "--format", "json")
    assert done.exit_code == 0
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def renamed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("renamed") / "case"
    return folder, ranked(folder, "PowerShell.EXE")


def test_the_line_says_which_tool_it_is(renamed: tuple[Path, list[dict[str, Any]]], tmp_path: Path) -> None:
    folder, rows = renamed
    assert rows[0]["chain"][-1] == HIDDEN.lower()
    assert [(one["why"], one["technique"]) for one in rows if "renamed" in one["why"]] == [
        ("runs renamed powershell", "T1036.003")
    ]
    assert "runs renamed powershell" in run(folder, "rank").stdout
    openly = ranked(tmp_path / "openly", "vendorhost.exe")
    assert rows[0]["finding_score"] > openly[0]["finding_score"]
    assert [one["why"] for one in openly if "renamed" in one["why"]] == []


def test_the_page_says_why(renamed: tuple[Path, list[dict[str, Any]]]) -> None:
    folder, _rows = renamed
    shown = " ".join(run(folder, "show", "F1").stdout.split())
    assert "starts vendorhost.exe, which runs renamed powershell" in shown
    assert "its version resource says powershell, a shell, under another name (T1036.003)" in shown
    assert "vendorhost: runs renamed powershell" in shown  # beside the share of the command rules


def test_its_line_in_the_tree_is_underlined(renamed: tuple[Path, list[dict[str, Any]]]) -> None:
    folder, _rows = renamed
    workspace = open_workspace(folder / "w")
    try:
        row = workspace.findings.page("default", limit=1)[0]
        story = incident_story.of_finding(workspace, "default", row, most=100, chains=5).shown
        said = {story.processes[number].path for number in marks_of(workspace, story, None).telling}
    finally:
        workspace.close()
    assert said == {HIDDEN.lower()}


def test_its_technique_is_offered_as_a_tag_and_found(renamed: tuple[Path, list[dict[str, Any]]]) -> None:
    folder, _rows = renamed
    workspace = open_workspace(folder / "w")
    try:
        process = next(one for one in workspace.processes.find("default") if one.pid == 60)
        assert "T1036.003" in {one.tag for one in offered(workspace, "default", process.id)}
    finally:
        workspace.close()
    found = run(folder, "processes", "--where", "technique:T1036.003", "--format", "jsonl").stdout
    assert [json.loads(line)["pid"] for line in found.splitlines()] == [60]
