"""A workspace's database is where its path says, whatever the path is made of; and what is no file is refused at once."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from engine.errors import StoreError
from store.base.database import DATABASE
from store.workspace import MODELS, open_workspace
from tests.store.samples import event, fill

NAMES = (
    "a?b", "a#b", "a%41b", "a%", "?mode=memory", "?vfs=none&mode=ro", "plain space", "quotes'\"`", "new\nline", "back\\slash",
    ":memory:", "file:x", "file:x?mode=memory&cache=shared", "sqlite:", "ünï-漢字-😀", "$HOME", "~", "-w", "{x}", "*", "; DROP",
    os.fsdecode(b"\xff\xfe no utf-8"),
)  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="Windows allows few of these names")
@pytest.mark.parametrize("name", NAMES)
def test_the_database_is_in_the_folder_that_was_named(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    workspace = open_workspace(folder)
    fill(workspace, [event(1)], case="here")
    assert {DATABASE, MODELS} <= {path.name for path in folder.iterdir()}
    workspace.close()
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert stat.S_IMODE((folder / DATABASE).stat().st_mode) == 0o600
    assert (folder / DATABASE).stat().st_size > 0
    again = open_workspace(folder)
    assert [case.name for case in again.cases.list()] == ["here"]
    again.close()


@pytest.mark.skipif(os.name == "nt", reason="Windows allows few of these names")
def test_workspaces_whose_names_begin_alike_share_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("w?1", "w?2", "w#1", "w#2", ":memory:", "w"):
        workspace = open_workspace(Path(name))  # relative, as people type it
        fill(workspace, [event(1)], case=name)
        workspace.close()
    for name in ("w?1", "w?2", "w#1", "w#2", ":memory:", "w"):
        workspace = open_workspace(Path(name))
        assert [case.name for case in workspace.cases.list()] == [name]
        workspace.close()


@pytest.mark.skipif(os.name == "nt", reason="no named pipes in folders")
@pytest.mark.parametrize("suffix", ["", "-wal", "-shm", "-journal"])
@pytest.mark.parametrize("what", ["pipe", "device", "folder"])
def test_what_is_no_file_in_the_place_of_the_database_is_refused(tmp_path: Path, suffix: str, what: str) -> None:
    place = tmp_path / (DATABASE + suffix)
    if what == "pipe":
        os.mkfifo(place)
    elif what == "device":
        place.symlink_to("/dev/zero")
    else:
        place.mkdir()
    with pytest.raises(StoreError, match="no regular file") as caught:
        open_workspace(tmp_path)
    assert caught.value.remedy


def test_a_file_in_the_place_of_the_workspace_is_refused(tmp_path: Path) -> None:
    (tmp_path / "w").write_bytes(b"x")
    with pytest.raises(StoreError, match="cannot be used"):
        open_workspace(tmp_path / "w")


def test_a_huge_file_in_the_place_of_the_database_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / DATABASE).open("wb") as stream:
        stream.truncate(20 << 30)
    with pytest.raises(StoreError, match="damaged") as caught:
        open_workspace(tmp_path)
    assert caught.value.remedy


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps what is open")
def test_nothing_is_written_into_a_workspace_that_was_taken_away(tmp_path: Path) -> None:
    """SQLite would go on without a word, into a file that no folder holds any more."""
    folder = tmp_path / "there"
    workspace = open_workspace(folder)
    fill(workspace, [event(1)], case="here")
    folder.rename(tmp_path / "away")
    with pytest.raises(StoreError, match="removed, moved or replaced") as refused:
        fill(workspace, [event(2)], case="more")
    assert "Put the folder back" in refused.value.remedy
    folder.mkdir()
    (folder / DATABASE).touch()  # another file of that name is not it
    with pytest.raises(StoreError, match="removed, moved or replaced"):
        fill(workspace, [event(2)], case="more")
    (folder / DATABASE).unlink()
    folder.rmdir()
    (tmp_path / "away").rename(folder)
    fill(workspace, [event(2)], case="more")
    assert [case.name for case in workspace.cases.list()] == ["more", "here"]
    workspace.close()
