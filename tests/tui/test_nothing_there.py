"""Where nothing is: no workspace, no file to read, nothing in it but the workspace itself. That is said, and it is no success."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from store.base.database import DATABASE
from tests.tui.every_command import BEGINNING, CHANGING, READING, WITHOUT, leaves
from tui.command_line import app

EVENT = {
    "EventID": 1, "SourceName": "Microsoft-Windows-Sysmon", "Hostname": "h", "Image": "C:\\a.exe", "ProcessId": "5",
    "UtcTime": "2024-01-01 00:00:00.000", "ParentImage": "C:\\b.exe", "ProcessGuid": "{x}", "ParentProcessId": "4",
}  # fmt: skip
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def invoke(workspace: Path, *arguments: object) -> Result:
        return CliRunner().invoke(app, ["-w", str(workspace), *map(str, arguments)], catch_exceptions=False)

    return invoke


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    folder = tmp_path / "evidence"
    folder.mkdir()
    (folder / "log.json").write_text(json.dumps(EVENT) + "\n")
    return folder


def test_every_command_is_in_the_tables() -> None:
    assert {path for path, _ in leaves()} == {*READING, *CHANGING} | BEGINNING | WITHOUT


@pytest.mark.parametrize("command", {**READING, **CHANGING}, ids=" ".join)
def test_a_workspace_that_is_not_there_is_said_and_not_made(run: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "labels.csv").write_text("file,label\n")
    words = {**READING, **CHANGING}[command]
    filled = [word.format(labels=tmp_path / "labels.csv", model="m", folder=tmp_path) for word in words]
    before = sorted(tmp_path.iterdir())
    result = run(tmp_path / "nothere", *command, *filled)
    assert sorted(tmp_path.iterdir()) == before
    if command == ("doctor",):
        assert result.exit_code == 0
        assert "There is no workspace yet" in result.stdout
    else:
        assert result.exit_code == 2, result.output
        assert f"There is no workspace in {tmp_path / 'nothere'} yet." in result.stderr


def test_bare_oddkin_looks_and_makes_nothing(run: Run, tmp_path: Path) -> None:
    result = run(tmp_path / "nothere")
    assert result.exit_code == 0
    assert "No case in" in result.stdout
    assert not (tmp_path / "nothere").exists()


def test_a_folder_that_is_no_workspace_becomes_none_by_reading(run: Run, evidence: Path) -> None:
    assert run(evidence, "rank").exit_code == 2
    assert [path.name for path in evidence.iterdir()] == ["log.json"]


@pytest.mark.parametrize(
    ("files", "said", "code"),
    [
        ({}, "there is no file.", 1),
        ({"notes.txt": "hello there\n"}, "no process creation was found in it. There is no case acme.", 0),
    ],
)
def test_an_ingest_that_keeps_nothing_says_so(run: Run, tmp_path: Path, files: dict[str, str], said: str, code: int) -> None:
    (tmp_path / "in").mkdir()
    for name, text in files.items():
        (tmp_path / "in" / name).write_text(text)
    done = run(tmp_path / "w", "ingest", tmp_path / "in", "--case", "acme")
    assert done.exit_code == code
    assert f"Nothing was kept of {tmp_path / 'in'}: {said}" in done.stderr
    assert "Next:" not in done.stderr
    assert ("There is no case yet." in run(tmp_path / "w", "rank").stderr) == bool(files)
    assert (tmp_path / "w").exists() == bool(files)


@pytest.mark.parametrize("there", [False, True])
def test_folders_without_a_file_are_no_unreadable_input(run: Run, tmp_path: Path, evidence: Path, there: bool) -> None:
    (tmp_path / "in" / "below").mkdir(parents=True)
    if there:
        assert run(tmp_path / "w", "ingest", evidence).exit_code == 0
    done = run(tmp_path / "w", "ingest", tmp_path / "in", "--case", "acme")
    assert done.exit_code == 1
    assert "Nothing to read: Nothing was kept of" in done.stderr
    assert "Unreadable" not in done.stderr
    assert (tmp_path / "w").exists() == there


def test_a_file_in_the_last_of_the_folders_is_read(run: Run, tmp_path: Path, evidence: Path) -> None:
    (tmp_path / "in").mkdir()
    shutil.move(evidence, tmp_path / "in" / "below")
    assert run(tmp_path / "w", "ingest", tmp_path / "in").exit_code == 0


def test_without_a_model_both_ways_to_a_queue_are_told(run: Run, tmp_path: Path, evidence: Path) -> None:
    assert run(tmp_path / "w", "ingest", evidence, "--no-rank").exit_code == 0
    listed = run(tmp_path / "w", "models", "list")
    told = "There is no model yet. Run: oddkin rank (by the detector that comes with oddkin), or oddkin train"
    assert (listed.exit_code, told in listed.stderr) == (0, True)


def test_the_same_folder_again_is_a_success(run: Run, tmp_path: Path, evidence: Path) -> None:
    assert run(tmp_path / "w", "ingest", evidence).exit_code == 0
    again = run(tmp_path / "w", "ingest", evidence)
    assert again.exit_code == 0
    assert "1 source was here already" in again.stderr


@pytest.mark.parametrize("inside", ["", "w"], ids=["the folder itself", "a folder in it"])
def test_a_workspace_among_the_evidence_is_left_out_and_said_once(run: Run, evidence: Path, inside: str) -> None:
    workspace = evidence / inside
    for _ in range(2):
        done = run(workspace, "ingest", evidence)
        assert done.exit_code == 0
        assert "not a log" not in done.stderr
        assert done.stderr.count("oddkin's own workspace: its files are no evidence") == 1
    (workspace / "models" / "m").mkdir()
    for name in ("models/m/manifest.json", "settings.json"):
        (workspace / name).write_text(json.dumps(EVENT) + "\n")
    assert run(workspace, "ingest", evidence).stderr.count("source was here already") == 1
    (case,) = json.loads(run(workspace, "cases", "list", "--format", "json").stdout)
    assert (case["sources"], case["kept"]) == (1, 1)


def test_a_file_of_such_a_name_elsewhere_is_evidence(run: Run, tmp_path: Path, evidence: Path) -> None:
    (evidence / "log.json").rename(evidence / "settings.json")
    (evidence / DATABASE).write_text("no workspace")
    done = run(tmp_path / "w", "ingest", evidence)
    assert "1 process creation kept" in done.stderr
    assert f"not a log: {evidence / DATABASE}" in done.stderr
    assert "no evidence" not in done.stderr


def test_commands_that_are_told_name_the_workspace_that_was_named(
    run: Run, tmp_path: Path, evidence: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = tmp_path / "my workspace"
    named = f"each as here: oddkin -w '{workspace}' …\n"
    assert run(workspace, "rank").stderr.endswith(f"→ Start with: oddkin ingest PATH --case NAME\n    {named}")
    assert f"Next: oddkin rank --case default\n    {named}" in run(workspace, "ingest", evidence).stderr
    monkeypatch.setenv("ODDKIN_WORKSPACE", str(workspace))
    alone = CliRunner().invoke(app, ["show", "F99"], catch_exceptions=False).stderr
    assert "oddkin rank" in alone
    assert "each as here" not in alone
