"""The detector that comes with the program: its file, and how it gets into a vault."""

from __future__ import annotations

import hashlib
import json
import lzma
import shutil
import zipfile
from datetime import date
from pathlib import Path

import pytest

from engine.errors import ModelCorrupt
from engine.jobs.score import load_detector, score
from engine.progress import Run
from engine.starter.file import shipped as shipped_starter
from store.models import ready
from store.models.ready import FOLDER, MODEL, TOLD, Shipped, shipped, unpacked, write
from store.workspace import Workspace
from tests.store.samples import event, fill

LARGEST = 3_000_000
"""Bytes of the file: what everybody installs stays small."""


def test_the_shipped_one_is_whole_small_and_of_the_shipped_starter() -> None:
    model = shipped()
    assert model.path.stat().st_size < LARGEST
    assert {path.name for path in FOLDER.iterdir()} == {MODEL, TOLD}
    with unpacked(model) as found, zipfile.ZipFile(found) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        for name, entry in manifest["files"].items():
            assert hashlib.sha256(archive.read(name)).hexdigest() == entry["sha256"]
    assert (manifest["id"], manifest["kind"], manifest["ready"], manifest["cases"]) == (model.id, "detector", True, [])
    assert manifest["starter"]["sha256"] == shipped_starter().manifest["sha256"]


def test_it_is_taken_in_once_and_ranks_a_case_of_one_process(workspace: Workspace) -> None:
    fill(workspace, [event(1)])
    first = workspace.vault.ready()
    assert workspace.vault.ready() == first == shipped().id
    assert [(model.id, model.ready) for model in workspace.vault.list()] == [(first, True)]
    workspace.vault.verify(first)
    detector = load_detector(workspace.vault, first)
    scores = score("case", first, workspace.chains, workspace.vault, Run(), detector=detector)
    assert len(scores.ids) == 1
    assert workspace.vault.in_use("case") == first
    assert len(workspace.findings.page("case")) == 1


def changed(folder: Path, content: bytes, *, told: bool) -> Shipped:
    (folder / MODEL).write_bytes(content)
    digest = hashlib.sha256(content).hexdigest() if told else shipped().sha256
    (folder / TOLD).write_text(json.dumps({"id": shipped().id, "sha256": digest}))
    return shipped(folder)


def test_another_file_than_was_shipped_is_refused(tmp_path: Path) -> None:
    content = bytearray(shipped().path.read_bytes())
    content[-100] ^= 1
    with pytest.raises(ModelCorrupt, match="hash"), unpacked(changed(tmp_path, bytes(content), told=False)):
        pass


@pytest.mark.parametrize("content", [b"", b"no xz at all", shipped().path.read_bytes()[:5000]], ids=["nothing", "no xz", "cut"])
def test_a_damaged_file_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ModelCorrupt), unpacked(changed(tmp_path, content, told=True)):
        pass


def test_what_unpacks_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ready, "LARGEST", 1 << 20)
    with pytest.raises(ModelCorrupt, match="larger"), unpacked(changed(tmp_path, lzma.compress(bytes(4 << 20)), told=True)):
        pass


def test_a_missing_one_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelCorrupt, match="cannot be read"):
        shipped(tmp_path)


def test_what_was_written_is_what_is_read(workspace: Workspace, tmp_path: Path) -> None:
    folder, manifest = workspace.vault.open(workspace.vault.ready())
    saved = tmp_path / "saved"
    saved.mkdir()
    for name in manifest["files"]:
        shutil.copy(folder / name, saved / name)
    made = write(saved, {"kind": "detector", "ready": True, "cases": []}, date(2026, 1, 31), tmp_path)
    assert made.id.startswith("detector-20260131-")
    with unpacked(shipped(tmp_path)) as package:
        assert workspace.vault.import_file(package) == made.id


def test_the_same_files_and_day_make_the_same_bytes(tmp_path: Path) -> None:
    made = []
    for name, day in (("one", 31), ("two", 31), ("three", 30)):
        saved = tmp_path / name / "saved"
        saved.mkdir(parents=True)
        (saved / "detector.json").write_text("{}")
        made.append(write(saved, {"kind": "detector"}, date(2026, 1, day), tmp_path / name))
    assert made[0].path.read_bytes() == made[1].path.read_bytes()
    assert made[0].id == made[1].id != made[2].id
