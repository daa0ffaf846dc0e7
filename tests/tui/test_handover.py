"""What leaves a workspace: an entry of the audit, a sidecar beside the file, and the same bytes each time."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from engine.errors import StoreError
from store.base.access import Access
from store.custody.handover import Handover, handing_over, handing_over_text
from store.workspace import Workspace, open_workspace
from tests.test_ingest_reports import line, logs, run
from tests.tui.conftest import CASE
from tests.tui.home import Home
from tui.command_line import app
from tui.dialogs.export import ExportChoice
from tui.runtime.services import Services
from tui.screens.exports import Exports, write

__all__ = ["logs", "run"]  # fixtures
Command = Callable[..., Result]


def entries(home: Home) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(home.run("audit", "list", "--format", "json").stdout)
    return found


def sidecar(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.with_name(f"{file.name}.oddkin.json").read_text(encoding="ascii"))
    return found


EXPORTS: dict[str, tuple[str, ...]] = {
    "export csv": ("export",), "export jsonl": ("export", "--format", "jsonl"), "processes": ("processes", "--format", "ecs"),
    "verdicts": ("labels", "export"), "tree": ("tree", "--format", "svg"), "model": ("models", "export", "{model}"),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPORTS)
def test_every_export_is_told_of_and_has_a_sidecar(home: Home, tmp_path: Path, name: str) -> None:
    home.run("label", "1", "fp", "--yes", "--no-rerank")
    file = tmp_path / "out.x"
    done = home.run(*(word.format(model=home.model) for word in EXPORTS[name]), "-o", str(file))
    assert done.exit_code == 0, done.output
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    said, told = entries(home)[-1], sidecar(file)
    assert (said["act"], said["what"]["file"], said["what"]["sha256"]) == ("handed over", str(file), digest)
    assert (told["file"], told["sha256"], told["bytes"]) == ("out.x", digest, file.stat().st_size)
    assert told["audit"] == {"number": said["number"], "hash": said["hash"], "told": True}
    assert (told["oddkin"], told["command"], told["who"]) == (said["oddkin"], said["command"], said["who"])
    assert f"Audit head {said['number']}:{said['hash']}. Note it elsewhere" in done.stderr
    if name != "model":
        assert (told["case"], told["models"][0]["model"]) == ("case", home.model)
        assert told["evidence"]["sources"] == 1
        assert home.run("audit", "verify", "--head", f"{said['number']}:{said['hash']}").exit_code == 0


def test_rows_and_filter_are_told(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    home.run("export", "-o", str(file), "--where", "cmd:number")
    told = sidecar(file)
    assert told["rows"] == len(file.read_text().splitlines()) - 1 > 0
    assert told["arguments"]["where_text"] == "cmd:number"


def test_the_same_bytes_again_and_times_only_beside(home: Home, tmp_path: Path) -> None:
    for name in ("one.csv", "two.csv"):
        assert home.run("export", "-o", str(tmp_path / name)).exit_code == 0
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    one, two = sidecar(tmp_path / "one.csv"), sidecar(tmp_path / "two.csv")
    assert {key for key in one if one[key] != two[key]} == {"file", "at", "audit", "arguments"}


def test_two_workspaces_with_the_same_evidence_hand_over_the_same_bytes(logs: Path, tmp_path: Path) -> None:
    """As a second examiner works: ingest again, take the verdicts over, export."""
    (logs / "more.json").write_text(
        "".join(line(number, ParentProcessId="5", Image=f"C:\\\\{number % 3}.exe") for number in range(20, 60))
    )

    def oddkin(name: str, *words: object) -> None:
        done = CliRunner().invoke(app, ["-w", str(tmp_path / name), *map(str, words)], catch_exceptions=False)
        assert done.exit_code == 0, done.output

    for name in "ab":
        oddkin(name, "ingest", logs)
        oddkin(name, "export", "-o", tmp_path / f"{name}.csv")
    oddkin("a", "label", "1", "malicious", "--author", "ann", "--note", "n", "--yes")
    oddkin("a", "label", "2", "fp", "--author", "ann", "--yes")
    oddkin("b", "labels", "merge", tmp_path / "a")
    for name in "ab":
        oddkin(name, "export", "-o", tmp_path / f"{name}-judged.csv")
    first, again = (tmp_path / "a.csv").read_bytes(), (tmp_path / "b.csv").read_bytes()
    assert first == again
    judged, merged = (tmp_path / "a-judged.csv").read_bytes(), (tmp_path / "b-judged.csv").read_bytes()
    assert judged == merged
    assert judged != first
    assert b"malicious" in judged


def test_stdout_is_told_of_and_has_nothing_beside(home: Home) -> None:
    done = home.run("export", "-o", "-")
    said = entries(home)[-1]
    assert said["what"]["file"] == "-"
    assert said["what"]["sha256"] == hashlib.sha256(done.stdout_bytes).hexdigest()
    assert home.run("processes", "--format", "csv").exit_code == 0
    assert entries(home)[-1] == said, "a listing on stdout is looked at, not handed over"


def test_a_reader_that_went_away_is_told_of(home: Home) -> None:
    workspace = open_workspace(home.workspace)

    class Gone:
        def write(self, text: str) -> int:
            if "2" in text:
                raise BrokenPipeError
            return len(text)

        def flush(self) -> None: ...

    def export() -> None:
        with handing_over_text(workspace, Gone(), Handover("export", "case", "csv")) as stream:  # type: ignore[arg-type]
            stream.write("1")
            stream.write("2")

    with pytest.raises(BrokenPipeError):
        export()
    said = workspace.audit.list()[-1].said
    assert (said["what"]["complete"], said["what"]["bytes"]) == (False, 1)
    workspace.close()


def test_evidence_is_no_place_for_a_sidecar(home: Home, tmp_path: Path) -> None:
    """Its place is looked at before anything is written."""
    workspace = open_workspace(home.workspace)
    target, beside = tmp_path / "x.csv", tmp_path / "x.csv.oddkin.json"
    beside.write_text("evidence")
    with (
        pytest.raises(StoreError, match="is evidence"),
        handing_over(workspace, target, Handover("export", "case"), [beside]) as stream,
    ):
        stream.write("x")
    assert (target.exists(), beside.read_text()) == (False, "evidence")
    workspace.close()


def test_what_fails_leaves_neither_a_file_nor_an_entry(home: Home, tmp_path: Path) -> None:
    workspace = open_workspace(home.workspace)
    before = workspace.audit.head()

    def export() -> None:
        with handing_over(workspace, tmp_path / "x.csv", Handover("export", "case")) as stream:
            stream.write("half")
            raise ValueError("half")

    with pytest.raises(ValueError, match="half"):
        export()
    assert workspace.audit.head() == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(("x.csv", ".oddkin"))] == []
    workspace.close()


def test_a_workspace_that_can_only_be_read_hands_over_and_is_not_changed(home: Home, tmp_path: Path) -> None:
    made = open_workspace(home.workspace)
    made.close()
    access = Access(home.workspace / "oddkin.sqlite", read_only=True)
    from store.base.database import create

    workspace = Workspace(home.workspace, create(access), access)
    before = workspace.audit.head()
    handover = Handover("export", "case", "csv")
    with handing_over(workspace, tmp_path / "x.csv", handover) as stream:
        stream.write("x")
    assert (handover.logged, handover.head, workspace.audit.head()) == (False, before, before)
    assert sidecar(tmp_path / "x.csv")["audit"]["told"] is False
    workspace.close()


def test_the_interface_hands_over_the_same_way(trained: Services, tmp_path: Path) -> None:
    from engine.progress import Run

    words = write(Exports(trained), ExportChoice(tmp_path / "out.csv", "csv"), Run())
    told = sidecar(tmp_path / "out.csv")
    assert (told["case"], told["what"]) == (CASE, "export")
    assert told["asked"] == {"subject": Exports(trained).subject()}
    head = trained.workspace.audit.head()
    assert head is not None
    assert words.endswith(f"out.csv. Audit: entry {head.number}.")  # a toast is read, and its hash is in the sidecar
    assert head.hash not in words
    assert told["audit"]["hash"] == head.hash


KILLED = """
import os, signal, sys
from pathlib import Path
from store.custody import handover
from store.workspace import open_workspace
moment, folder, target = int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
ticks = iter(range(1, 1000))
def tick(function):
    def ticking(*arguments, **more):
        if next(ticks) == moment:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **more)
    return ticking
from sqlalchemy import event
from sqlalchemy.engine import Engine
workspace = open_workspace(folder)
event.listen(Engine, "before_cursor_execute", tick(lambda *_, **__: None))
event.listen(Engine, "commit", tick(lambda *_: None))
os.replace, os.rename = tick(os.replace), tick(os.rename)
with handover.handing_over(workspace, target, handover.Handover("export", "case", "csv")) as stream:
    stream.write("rows")
print(next(ticks) - 1)
"""


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_a_kill_leaves_no_file_that_the_audit_does_not_tell_of(home: Home, tmp_path: Path) -> None:
    target = tmp_path / "out" / "x.csv"
    target.parent.mkdir()

    def killed(moment: int) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", KILLED, str(moment), str(home.workspace), str(target)]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).resolve().parents[2])

    whole = killed(0)
    assert whole.returncode == 0, whole.stderr
    total = int(whole.stdout)
    digest = hashlib.sha256(b"rows").hexdigest()
    seen = set()
    for moment in range(1, total + 1):
        for path in target.parent.iterdir():
            path.unlink()
        count = sum(one["act"] == "handed over" for one in entries(home))
        assert killed(moment).returncode == -signal.SIGKILL
        told = [one["what"]["sha256"] for one in entries(home) if one["act"] == "handed over"][count:]
        beside = target.with_name("x.csv.oddkin.json").exists()
        assert told in ([], [digest])
        assert (target.exists(), bool(told)) != (True, False)
        assert (beside, target.exists()) != (True, False)
        seen.add((bool(told), target.exists(), beside))
    assert seen >= {(False, False, False), (True, False, False), (True, True, False)}
    assert home.run("audit", "verify").exit_code == 0
