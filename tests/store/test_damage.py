"""A damaged or locked database is an error with words, whoever meets it; nobody else may read a workspace."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import StoreError
from engine.jobs.ports.ingest import Batch
from store.base.database import DATABASE, translated
from store.doctor.examine import examine
from store.workspace import Workspace, open_workspace
from tests.store.samples import event, fill


def damaged(folder: Path) -> Workspace:
    """A workspace that opens and whose tables are overwritten."""
    workspace = open_workspace(folder)
    fill(workspace, [event(number, number // 2 or None) for number in range(1, 400)])
    with workspace.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        pages = connection.exec_driver_sql(
            "SELECT rootpage FROM sqlite_master WHERE name IN ('process', 'source', 'host', 'cases', 'chain')"
        ).scalars()
        roots = list(pages)
        size = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
    workspace.close()
    with (folder / DATABASE).open("r+b") as file:
        for page in roots:
            file.seek((page - 1) * size)
            file.write(b"\x55" * size)
    return open_workspace(folder)


@pytest.mark.parametrize(
    "ask",
    [
        lambda workspace: workspace.cases.list(),
        lambda workspace: workspace.cases.sources("case"),
        lambda workspace: workspace.ingest.load_host(1),
        lambda workspace: workspace.chains.load_corpus(["case"]),
        lambda workspace: workspace.processes.find("case", pid=3),
    ],
)
def test_reading_a_damaged_database_says_so(tmp_path: Path, ask: Callable[[Workspace], object]) -> None:
    workspace = damaged(tmp_path / "w")
    with pytest.raises(StoreError, match="damaged"):
        ask(workspace)
    workspace.close()


def test_the_doctor_survives_its_patient_and_does_not_send_to_the_doctor(tmp_path: Path) -> None:
    workspace = damaged(tmp_path / "w")
    found = examine(workspace)
    workspace.close()
    assert found
    assert {complaint.code for complaint in found} == {"integrity"}
    assert all("doctor" not in complaint.remedy for complaint in found)


def test_what_is_no_database_is_not_sent_to_the_doctor_either(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_bytes(b"no database at all " * 100)
    with pytest.raises(StoreError, match="damaged") as caught:
        open_workspace(tmp_path)
    assert "doctor" not in caught.value.remedy


def test_raw_errors_have_words_too(workspace: Workspace) -> None:
    for opened in (workspace.read, workspace.write):
        with pytest.raises(StoreError, match="damaged"), opened():
            raise sqlite3.DatabaseError("database disk image is malformed")
    assert "writing" in translated(sqlite3.OperationalError("database is locked")).message


@pytest.mark.skipif(os.name == "nt", reason="permissions of another kind")
def test_nobody_else_may_read_the_database(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir(mode=0o755)
    before = os.umask(0o022)
    try:
        workspace = open_workspace(folder)
        fill(workspace, [event(1)])
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
        workspace.close()
    finally:
        os.umask(before)
    assert modes.pop("models") == 0o700
    assert set(modes.values()) == {0o600}


def test_failed_sources_are_not_interrupted_ones(workspace: Workspace) -> None:
    store = workspace.ingest
    store.finish_source(store.begin_source("case", "a", "a" * 64, 1, "json"), "broken")
    ticket = store.begin_source("case", "b", "b" * 64, 1, "json")
    store.append(ticket, Batch([event(1)], [], 1))
    store.note_unread("case", "c", "locked away")
    summary = workspace.cases.show("case")
    assert (summary.sources, summary.unfinished, summary.failed) == (3, 1, 2)


def test_an_unread_input_is_one_row_until_it_or_what_is_in_it_is_read(workspace: Workspace) -> None:
    store = workspace.ingest
    for error in ("first", "second"):
        store.note_unread("case", "x.zip!y.zip", error)
    store.note_unread("case", "x.zip", "third")
    store.note_unread("other", "x.zip", "fourth")
    assert [(source.path, source.error) for source in workspace.cases.sources("case")] == [
        ("x.zip!y.zip", "second"), ("x.zip", "third"),
    ]  # fmt: skip
    store.begin_source("case", "x.zip!y.zip!z", "c" * 64, 1, "json")
    assert [source.path for source in workspace.cases.sources("case")] == ["x.zip!y.zip!z"]
    assert len(workspace.cases.sources("other")) == 1
