"""The corpus of hostile strings, in names, notes, authors and paths, through everything that a second examiner reads."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.robustness import attack_outputs
from tests.robustness.attack_outputs import Scene
from tests.robustness.hostile_texts import HOSTILE
from tests.store.samples import event, fill
from tests.store.samples import score as scored

inert, scene_of, logs_of = attack_outputs._inert, attack_outputs._scene, attack_outputs._logs


@pytest.fixture(scope="module", params=[0, 5])
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Every string is in another field with each turn."""
    return scene_of(tmp_path_factory.mktemp("scene"), request.param)


@pytest.mark.parametrize("command", [("audit", "list"), ("audit", "verify"), ("cases", "verify")], ids=" ".join)
def test_what_is_for_eyes_is_inert(scene: Scene, command: tuple[str, ...]) -> None:
    done = scene.run(*command)
    assert done.exit_code == (1 if command[0] == "cases" else 0), done.output
    assert done.stdout
    inert(done.output)


@pytest.mark.parametrize("command", [("audit", "list"), ("cases", "verify")], ids=" ".join)
def test_what_is_for_programs_is_ascii_and_json(scene: Scene, command: tuple[str, ...]) -> None:
    done = scene.run(*command, "--format", "json")
    assert done.stdout.isascii()
    assert json.loads(done.stdout)


def test_an_audit_full_of_them_is_exported_and_checked(scene: Scene, tmp_path: Path) -> None:
    assert scene.run("audit", "export", str(tmp_path / "audit.jsonl")).exit_code == 0
    assert (tmp_path / "audit.jsonl").read_bytes().isascii()
    done = scene.run("audit", "verify", str(tmp_path / "audit.jsonl"))
    assert done.exit_code == 0, done.output


def test_every_string_as_an_author_and_an_argument(scene: Scene) -> None:
    for text in HOSTILE:
        if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
            continue  # no argument of a program
        done = scene.run("labels", "undo", f"--author={text}", "--case", scene.case)
        assert done.exit_code in {0, 1}, done.output
        inert(done.output)
    listed = scene.run("audit", "list")
    inert(listed.output)
    assert scene.run("audit", "verify").exit_code == 0


def test_conflicts_of_two_workspaces_full_of_them_are_inert(tmp_path: Path) -> None:
    from store.workspace import open_workspace

    for side, verdict in (("a", "malicious"), ("b", "benign")):
        workspace = open_workspace(tmp_path / side / "w")
        events = [event(number + 1, image=f"C:\\{number}.exe") for number in range(len(HOSTILE))]
        fill(workspace, events)
        scored(workspace, flagged=3)
        for place, key in enumerate(row.key for row in workspace.queue.page("case", limit=10_000)):
            text = HOSTILE[(place + (side == "b")) % len(HOSTILE)]
            workspace.labels.set("case", [key], verdict, note=text, author=f"by {text}")
        workspace.close()
    one = Scene(tmp_path / "a", "case", frozenset(), frozenset())
    done = one.run("labels", "merge", str(tmp_path / "b" / "w"))
    assert done.exit_code == 0, done.output
    assert len(done.stdout.splitlines()) == len(HOSTILE)
    inert(done.output)
    told = one.run("labels", "merge", str(tmp_path / "b" / "w"), "--format", "json")
    assert told.stdout.isascii()
    assert json.loads(told.stdout)["new"] == 0
    inert(one.run("audit", "list").output)
    assert one.run("audit", "verify").exit_code == 0


def test_names_of_files_and_members_are_verified_and_inert(tmp_path: Path) -> None:
    logs = logs_of(tmp_path, 1)
    scene = Scene(tmp_path, "c", frozenset(), frozenset())
    assert scene.run("ingest", str(logs), "--case", "c", "--no-rank").exit_code == 3
    done = scene.run("cases", "verify")
    assert done.exit_code == 0, done.output
    assert {line.split()[0] for line in done.stdout.splitlines()} == {"same"}
    assert len(done.stdout.splitlines()) > len(HOSTILE) // 2
    inert(done.output)
    shutil.move(logs, tmp_path / "moved")
    assert scene.run("cases", "verify", "--at", str(tmp_path / "moved")).exit_code == 0
