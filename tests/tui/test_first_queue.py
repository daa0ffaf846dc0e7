"""A queue before anything was trained: what an ingest ends with, what `rank` makes, what a training then changes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import tui.actions.ingest
from engine.errors import Cancelled, ModelCorrupt
from store.models.ready import shipped
from store.workspace import open_workspace
from tests.engine.detector.conftest import QUICK
from tests.engine.detector.packs import make_pack
from tui.command_line import app

Command = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Command:
    def command(*words: object) -> Result:
        return CliRunner().invoke(app, ["-w", str(tmp_path / "w"), *map(str, words)], catch_exceptions=False)

    return command


def sysmon(pid: int, image: str = r"C:\Windows\System32\cmd.exe", parent: str = r"C:\Windows\explorer.exe") -> str:
    record = {
        "EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "Computer": "ws1", "ProcessId": str(pid), "Image": image,
        "UtcTime": f"2026-01-02 03:04:{pid % 60:02d}.000", "ParentProcessId": "4", "ParentImage": parent,
        "ProcessGuid": f"{{00000000-0000-0000-0000-{pid:012d}}}",
    }  # fmt: skip
    return json.dumps(record) + "\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.json"
    path.write_text("".join(sysmon(pid, rf"C:\Apps\app{pid % 7}.exe") for pid in range(10, 40)))
    return path


def model_in_use(tmp_path: Path, case: str = "default") -> str | None:
    workspace = open_workspace(tmp_path / "w")
    try:
        return workspace.vault.in_use(case)
    finally:
        workspace.close()


def test_an_ingest_ends_with_a_queue(run: Command, log: Path, tmp_path: Path) -> None:
    done = run("ingest", log)
    assert done.exit_code == 0
    assert "Ranked by the ready detector" in done.stderr
    assert "Next: oddkin rank" in done.stderr
    assert model_in_use(tmp_path) == shipped().id
    for words in (("rank",), ("rank", "--chains"), ("show", "F1"), ("show", "1"), ("export", "-o", "-")):
        assert run(*words).exit_code == 0, words
    assert len(json.loads(run("rank", "--chains", "--limit", 99, "--format", "json").stdout)) == 7
    assert "other estates" in run("models", "list").stdout
    workspace = open_workspace(tmp_path / "w")
    assert tui.actions.ingest.ready_in_use(workspace, "default")
    workspace.close()


def test_it_can_be_left_out_and_is_made_up_for(run: Command, log: Path, tmp_path: Path) -> None:
    done = run("ingest", log, "--no-rank")
    assert (done.exit_code, "Ranked" in done.stderr, model_in_use(tmp_path)) == (0, False, None)
    ranked = run("rank", "--format", "json")
    assert ranked.exit_code == 0
    assert "Ranked by the ready detector" in ranked.stderr
    assert len(json.loads(ranked.stdout)) > 0
    assert model_in_use(tmp_path) == shipped().id


def test_a_case_without_a_process_has_none_and_says_so(run: Command, tmp_path: Path) -> None:
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04" + bytes(100))
    assert run("ingest", tmp_path / "bad.zip").exit_code == 3
    ranked = run("rank")
    assert (ranked.exit_code, "no process yet" in ranked.stderr) == (1, True)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("one.json", sysmon(7)),
        ("one.txt", "['bash']\n"),
        ("pair.csv", "parent,child\nbash,curl\n"),
        ("two.json", sysmon(7) + sysmon(8, r"C:\Windows\System32\calc.exe")),
    ],
)
def test_any_case_with_a_process_is_ranked_and_training_points_there(run: Command, tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert run("ingest", tmp_path / name).exit_code == 0
    found = json.loads(run("rank", "--format", "json").stdout)
    assert len(found) >= 1
    assert run("show", "F1").exit_code == 0
    assert run("rank", "--budget", 3).exit_code == 0
    refused = run("train")
    assert (refused.exit_code, "oddkin rank" in refused.stderr) == (1, True)
    assert run("rank", "--format", "json").exit_code == 0


@pytest.mark.parametrize("trained", [False, True])
def test_what_comes_later_is_in_the_queue_too(run: Command, log: Path, tmp_path: Path, trained: bool) -> None:
    run("ingest", log)
    if trained:
        run("train", "--epochs", 1, "--no-starter")
    used = model_in_use(tmp_path)
    assert (used == shipped().id) != trained
    late = tmp_path / "late.json"
    late.write_text(sysmon(50, r"C:\Users\ada\AppData\Local\Temp\late.exe"))
    done = run("ingest", late)
    assert f"Ranked by {f'model {used}' if trained else 'the ready detector'}" in done.stderr
    assert model_in_use(tmp_path) == used
    ranked = run("rank", "--chains", "--limit", 99, "--format", "json")
    assert "added since" not in ranked.stderr
    assert "late.exe" in ranked.stdout
    assert "Ranked" not in run("ingest", late).stderr


def test_a_training_takes_its_place_and_says_what_changed(run: Command, log: Path, tmp_path: Path) -> None:
    run("ingest", log)
    assert run("label", "F1", "malicious", "--yes").exit_code == 0
    before = run("labels", "list").stdout
    trained = run("train", "--epochs", 1, "--no-starter")
    assert "findings" in trained.stderr
    assert "before" in trained.stderr.split("In use")[1].splitlines()[1]
    assert model_in_use(tmp_path) == trained.stdout.strip()
    assert run("labels", "list").stdout == before


@pytest.mark.parametrize(
    ("problem", "code"), [(Cancelled("Stopped on request."), 130), (ModelCorrupt("The detector was changed."), 1)]
)
def test_what_was_read_is_told_whatever_becomes_of_the_ranking(
    run: Command, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, problem: Exception, code: int
) -> None:
    def fails(*_: object) -> None:
        raise problem

    monkeypatch.setattr(tui.actions.ingest, "first_queue", fails)
    done = run("ingest", log)
    assert done.exit_code == code
    assert "30 process creations kept" in done.stderr
    assert model_in_use(tmp_path) is None
    monkeypatch.undo()
    assert run("ingest", log).exit_code == 0
    assert model_in_use(tmp_path) == shipped().id


def test_a_recording_that_the_ready_one_was_made_of_is_named(run: Command, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it finds there says nothing of how good it is."""
    import hashlib

    digest = hashlib.sha256(log.read_bytes()).hexdigest()
    monkeypatch.setattr("engine.starter.pack.seen_sources", lambda _manifest, digests: ("otrf",) if digest in digests else ())
    assert "was made of files of case" in run("ingest", log).stderr


def test_the_command_makes_the_file_anew(run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from store.models import ready

    open_workspace(tmp_path / "w").close()
    assert run("models", "ready").stdout.strip() == shipped().id
    assert run("models", "ready", "--write", tmp_path / "nowhere").exit_code == 2
    assert run("models", "ready", "--write", tmp_path, "--date", "soon").exit_code == 2
    monkeypatch.setattr("engine.starter.file.shipped", make_pack)
    monkeypatch.setattr("engine.detector.DetectorParams", lambda **_: QUICK)
    made = run("models", "ready", "--write", tmp_path, "--date", "2026-01-31")
    assert made.exit_code == 0
    assert made.stdout.strip() == ready.shipped(tmp_path).id


@pytest.fixture
def damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The ready detector's file, cut off, where the program looks for it."""
    from store.models import ready

    folder = tmp_path / "package"
    shutil.copytree(ready.FOLDER, folder)
    file = folder / ready.MODEL
    file.write_bytes(file.read_bytes()[:5000])
    there = ready.shipped(folder)
    monkeypatch.setattr(ready, "shipped", lambda: there)
    return file


def test_a_damaged_ready_detector_is_named_and_no_command_told_that_fails_in_the_same_way(
    run: Command, log: Path, damaged: Path
) -> None:
    done = run("ingest", log, "--case", "d")
    assert done.exit_code == 1
    assert "30 process creations kept" in done.stderr
    assert f"cannot be read: {damaged}: it was changed" in done.stderr
    assert "Next:" not in done.stderr
    assert "oddkin train --case d" in done.stderr
    assert run("train", "--case", "d", "--epochs", 1).exit_code == 0
    assert run("rank", "--case", "d").exit_code == 0


def test_the_remedy_names_the_case(run: Command, log: Path, damaged: Path) -> None:
    assert damaged.exists()
    run("ingest", log, "--case", "d", "--no-rank")
    run("ingest", log, "--case", "e", "--no-rank")
    ranked = run("rank", "--case", "d")
    assert (ranked.exit_code, "oddkin train --case d" in ranked.stderr) == (1, True)


@pytest.mark.parametrize("there", [False, True])
def test_doctor_looks_at_the_ready_detector(run: Command, log: Path, damaged: Path, there: bool) -> None:
    if there:
        run("ingest", log, "--no-rank")
    told = run("doctor")
    assert told.exit_code == 1
    assert f"error: The detector that comes with oddkin cannot be read: {damaged}: " in told.stdout
    assert ("The workspace is sound." in told.stdout) == there


@pytest.mark.parametrize(
    ("module", "name"),
    [("engine.starter.file", "arrays.npz"), ("engine.starter.file", "manifest.json"),
     ("engine.classifier.published.shipped", "network.safetensors"), ("engine.classifier.published.shipped", "manifest.json")],
)  # fmt: skip
@pytest.mark.parametrize("damage", ["missing", "empty", "flipped"])
def test_doctor_looks_at_whatever_else_comes_with_oddkin(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, name: str, damage: str
) -> None:
    whole = import_module(module).FOLDER
    assert run("doctor").exit_code == 0
    folder = tmp_path / "package"
    shutil.copytree(whole, folder)
    content = bytearray((folder / name).read_bytes())
    (folder / name).unlink()
    if damage != "missing":
        content[0] ^= 1
        (folder / name).write_bytes(content if damage == "flipped" else b"")
    monkeypatch.setattr(f"{module}.FOLDER", folder)
    told = run("doctor")
    assert told.exit_code == 1
    assert f"cannot be read: {folder / name}: " in told.stdout
