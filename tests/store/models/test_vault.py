from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.errors import ModelCorrupt, ModelError, NotFound, UsageError
from engine.jobs.ports.models import ModelVault
from engine.jobs.score import load_detector
from store.workspace import Workspace, open_workspace
from tests.postgres import in_a_file
from tests.store.samples import event, fill, publish, score


def test_it_is_the_port_and_gives_back_what_was_published(workspace: Workspace) -> None:
    port: ModelVault = workspace.vault
    stage = port.stage()
    np.savez(stage / "arrays.npz", a=np.arange(3))
    number = port.publish(stage, {"kind": "detector", "metrics": {"auc": np.float64(0.5)}, "files": "overwritten"})
    folder, manifest = port.open(number)
    assert manifest["metrics"] == {"auc": 0.5}
    assert set(manifest["files"]) == {"arrays.npz"} == {path.name for path in folder.iterdir()} - {"manifest.json"}
    assert not stage.exists()
    assert [model.id for model in workspace.vault.list()] == [number] == [workspace.vault.show(number[:12]).id]


def test_discard_leaves_nothing(workspace: Workspace) -> None:
    stage = workspace.vault.stage()
    (stage / "x.json").write_text("{}")
    workspace.vault.discard(stage)
    workspace.vault.discard(workspace.folder)
    assert list(workspace.models_folder.iterdir()) == []
    assert workspace.folder.exists()
    with pytest.raises(UsageError):
        workspace.vault.publish(workspace.folder, {})


@pytest.mark.parametrize("damage", ["change", "remove", "add", "manifest", "no manifest", "listed"])
def test_damage_is_found(workspace: Workspace, damage: str) -> None:
    number = publish(workspace)
    folder = workspace.models_folder / number
    if damage == "change":
        (folder / "parameters.json").write_text("[]")
    elif damage == "remove":
        (folder / "parameters.json").unlink()
    elif damage == "add":
        (folder / "more.json").write_text("{}")
    elif damage == "no manifest":
        (folder / "manifest.json").unlink()
    else:
        manifest = json.loads((folder / "manifest.json").read_text())
        manifest["seed"] = 2
        if damage == "listed":
            manifest["files"] = []
        (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelCorrupt):
        workspace.vault.open(number)


def objects() -> bytes:
    stream = io.BytesIO()
    np.savez(stream, a=np.array([{}], dtype=object))
    return stream.getvalue()


def tensors(change: str) -> bytes:
    header: dict[str, Any] = {"w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}
    if change == "shape":
        header["w"]["shape"] = [2, 4]
    if change == "type":
        header["w"]["dtype"] = "PICKLE"
    if change == "entry":
        header["w"] = 5
    packed = json.dumps(header).encode()
    return len(packed).to_bytes(8, "little") + packed + bytes(20 if change == "cut" else 24)


BAD_FILES = [
    *((f"{change}.safetensors", tensors(change)) for change in ("cut", "shape", "type", "entry")), ("cut.json", b'{"a": ['),
    ("deep.json", b"[" * 100_000),
    ("model.pt", b"PK"), ("model.pkl", b"\x80\x04."), ("array.npy", b""), (".hidden.json", b"{}"), ("objects.npz", objects()),
    ("no.npz", b"no zip"), ("short.safetensors", b"\xff" * 8), ("model.bin", b"\x80\x04"), ("p.json", b"\x80\x04."), ("con", b""),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content"), BAD_FILES, ids=[name for name, _ in BAD_FILES])
def test_what_could_run_code_is_not_let_in(workspace: Workspace, name: str, content: bytes) -> None:
    stage = workspace.vault.stage()
    (stage / name).write_bytes(content)
    with pytest.raises(ModelCorrupt):
        workspace.vault.publish(stage, {"kind": "detector"})
    workspace.vault.discard(stage)
    assert workspace.vault.list() == ()


@pytest.fixture
def no_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    """The models here are stand-ins that judge nothing."""
    monkeypatch.setattr("store.models.vault.probe", lambda folder, kind: None)


@pytest.mark.usefixtures("no_probe")
def test_a_package_is_the_same_bytes_each_time_and_carries_the_model(workspace: Workspace, tmp_path: Path) -> None:
    number = publish(workspace)
    one, two = tmp_path / "one.oddkin", tmp_path / "two.oddkin"
    workspace.vault.export_file(number, one)
    workspace.vault.export_file(number, two)
    assert one.read_bytes() == two.read_bytes()
    other = open_workspace(tmp_path / "other")
    assert other.vault.import_file(one) == other.vault.import_file(two) == number
    assert other.vault.open(number)[1] == workspace.vault.open(number)[1]
    assert sorted(path.name for path in other.models_folder.iterdir()) == [number]
    other.close()


def repacked(package: Path, target: Path, change: Any) -> Path:
    with zipfile.ZipFile(package) as archive:
        members: dict[str, bytes] = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members["manifest.json"])
    extra, method = change(members, manifest) or ({}, zipfile.ZIP_STORED)
    members["manifest.json"] = members["manifest.json"] if members.pop("raw", None) else json.dumps(manifest).encode()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in {**members, **extra}.items():
            archive.writestr(name, content)
    return target


def traversal(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    members["../evil.json"] = b"{}"
    manifest["files"]["../evil.json"] = {"sha256": "", "size": 2}


def identity(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    manifest["id"] = "../../x"


def compressed(members: dict[str, bytes], manifest: dict[str, Any]) -> Any:
    return {}, zipfile.ZIP_DEFLATED


def pickle_(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    members["w.pkl"] = b"\x80\x04."
    manifest["files"]["w.pkl"] = {"sha256": "", "size": 3}


def wrong_hash(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    members["parameters.json"] = b"[]"


def wrong_size(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    manifest["files"]["parameters.json"]["size"] = 1


def unlisted(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    members["more.json"] = b"{}"


def missing(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    del members["parameters.json"]


def deep(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    members["manifest.json"], members["raw"] = b"[" * 100_000, b"1"


def no_files(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    manifest["files"] = {"parameters.json": 3}


def cases_number(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    manifest["cases"] = 5


def other_kind(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    manifest["kind"] = "oracle"


def disguised(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    manifest["kind"] = "classifier"


def long_name(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    manifest["name"] = "x" * 10_000


def cut_json(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    content = b'{"a": [1, 2'
    members["parameters.json"] = content
    manifest["files"]["parameters.json"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}


CHANGES = [
    cases_number,
    other_kind,
    disguised,
    long_name,
    cut_json,
    traversal,
    identity,
    compressed,
    pickle_,
    wrong_hash,
    wrong_size,
    unlisted,
    missing,
    deep,
    no_files,
]


@pytest.mark.parametrize("change", CHANGES, ids=[change.__name__ for change in CHANGES])
def test_a_hostile_package_is_refused_and_leaves_nothing(workspace: Workspace, tmp_path: Path, change: Any) -> None:
    package = tmp_path / "good.zip"
    workspace.vault.export_file(publish(workspace), package)
    bad = repacked(package, tmp_path / "bad.zip", change)
    other = open_workspace(tmp_path / "inner" / "other")
    with pytest.raises(ModelCorrupt):
        other.vault.import_file(bad)
    assert other.vault.list() == ()
    assert list(other.models_folder.iterdir()) == []
    assert not list(tmp_path.rglob("evil.json"))
    other.close()


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04" + b"\0" * 100])
def test_what_is_no_package_is_refused(workspace: Workspace, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(ModelCorrupt):
        workspace.vault.import_file(tmp_path / "x.zip")


@pytest.mark.usefixtures("no_probe")
def test_the_same_id_with_another_content_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    package = tmp_path / "good.zip"
    workspace.vault.export_file(publish(workspace), package)

    def other_seed(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
        manifest["seed"] = 99

    with pytest.raises(ModelError, match="Another model"):
        workspace.vault.import_file(repacked(package, tmp_path / "bad.zip", other_seed))


def test_a_model_in_use_is_not_removed_unless_forced(workspace: Workspace) -> None:
    fill(workspace, [event(1)])
    number = score(workspace)
    assert workspace.vault.in_use("case") == number
    with pytest.raises(ModelError, match="in use by case"):
        workspace.vault.remove(number)
    workspace.vault.remove(number, force=True)
    assert workspace.vault.in_use("case") is None
    assert list(workspace.models_folder.iterdir()) == []
    with pytest.raises(NotFound):
        workspace.queue.page("case")
    with pytest.raises(NotFound):
        workspace.vault.open(number)


def test_use_switches_between_models(workspace: Workspace) -> None:
    fill(workspace, [event(1)])
    one = score(workspace)
    two = score(workspace)
    assert workspace.vault.in_use("case") == two
    workspace.vault.use("case", one)
    assert (workspace.vault.in_use("case"), workspace.vault.show(one).used_by) == (one, ("case",))
    with pytest.raises(NotFound):
        workspace.chains.write_scores("case", "nothing", None)  # type: ignore[arg-type]


@in_a_file
def test_orphans_are_collected_and_running_stages_are_not(workspace: Workspace) -> None:
    number = publish(workspace)
    mine = workspace.vault.stage()
    (workspace.models_folder / "detector-20260101-00000000").mkdir()
    code = (
        "import os, sys; from pathlib import Path; from store.workspace import open_workspace\n"
        "open_workspace(Path(sys.argv[1])).vault.stage(); os._exit(9)"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code, str(workspace.folder)], check=False, cwd=root, env={**os.environ, "PYTHONPATH": str(root)}
    )
    assert done.returncode == 9
    other = open_workspace(workspace.folder)
    removed = {path.name for path in other.vault.collect()}
    assert mine.exists()
    assert len(removed) == 2
    assert "detector-20260101-00000000" in removed
    assert {path.name for path in workspace.models_folder.iterdir()} == {number, mine.name}
    other.close()


def test_sound_weights_are_let_in(workspace: Workspace) -> None:
    stage = workspace.vault.stage()
    (stage / "w.safetensors").write_bytes(tensors(""))
    assert workspace.vault.open(workspace.vault.publish(stage, {"kind": "detector"}))[1]["kind"] == "detector"


def test_one_bad_row_does_not_hide_the_other_models(workspace: Workspace) -> None:
    good, bad, broken = publish(workspace, "{}"), publish(workspace, "[1]"), publish(workspace, "[2]")
    with workspace.write() as connection:
        query = "UPDATE model SET manifest = ? WHERE id = ?"
        connection.exec_driver_sql(query, (json.dumps({"cases": 5}), bad))
        connection.exec_driver_sql(query, ("{", broken))
        connection.commit()
    found = {model.id: model.manifest for model in workspace.vault.list()}
    assert found[good]["id"] == good
    assert set(found[bad]) == set(found[broken]) == {"problem"}


def test_a_model_of_another_kind_is_not_used(workspace: Workspace) -> None:
    fill(workspace, [event(1)])
    stage = workspace.vault.stage()
    (stage / "c.json").write_text("{}")
    classifier = workspace.vault.publish(stage, {"kind": "classifier"})
    with pytest.raises(ModelError, match="is a classifier"):
        workspace.vault.use("case", classifier)
    with pytest.raises(ModelError, match="is a classifier"):
        score(workspace, model=classifier)
    with pytest.raises(ModelError, match="is a classifier"):
        load_detector(workspace.vault, classifier)
    assert workspace.vault.in_use("case") is None
