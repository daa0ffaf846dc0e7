"""What an ingest says and keeps of its sources: the hash of what was read, the file that was delivered, doubtful records."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from rich.console import Console
from typer.testing import Result

from engine.jobs.ingest import bundle
from engine.jobs.ingest.request import IngestRequest
from engine.jobs.ingest.run import ingest
from engine.progress import Run
from store.evidence.ingest import Ingest
from store.workspace import Workspace, open_workspace
from tests.engine.readers.evtx_maker import Chunk, evtx_file
from tests.test_ingest_reports import line, logs, run, shown, zipped
from tui.render.case_view import sources_table

__all__ = ["logs", "run"]  # fixtures

Command = Callable[..., Result]


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def sources(run: Command) -> dict[str, dict[str, Any]]:
    return {Path(source["path"]).name: source for source in shown(run)["source_list"]}


@pytest.fixture(params=["small", "large"])
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of storing a source: together with others, and batch by batch."""
    if request.param == "large":
        monkeypatch.setattr(bundle, "SMALL_BYTES", 0)
    return str(request.param)


def once_after_the_hash_pass(monkeypatch: pytest.MonkeyPatch, change: Callable[[], object]) -> None:
    """Do something to the evidence between the pass that finds out what a source is and the one that reads it."""
    real, changes = bundle.Bundle.may_hold, [change]

    def may_hold(self: bundle.Bundle, *content: Any) -> bool:
        if changes:
            changes.pop()()
        return real(self, *content)

    monkeypatch.setattr(bundle.Bundle, "may_hold", may_hold)


@pytest.mark.usefixtures("size")
def test_the_hash_is_of_what_was_read(run: Command, logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = logs / "good.json"
    after = file.read_bytes() + line(6).encode()
    once_after_the_hash_pass(monkeypatch, lambda: file.write_bytes(after))
    done = run("ingest", file)
    assert done.exit_code == 3
    assert "It changed while it was read: it had " in done.stderr
    (source,) = sources(run).values()
    assert (source["sha256"], source["size"], source["kept"], source["state"]) == (digest(after), len(after), 6, "failed")
    again = run("ingest", file)
    assert again.exit_code == 0
    (source,) = sources(run).values()
    assert (source["kept"], source["state"], source["error"]) == (6, "done", None)


@pytest.mark.usefixtures("size")
def test_a_file_that_was_touched_meanwhile_is_said(run: Command, logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = logs / "good.json"
    once_after_the_hash_pass(monkeypatch, lambda: os.utime(file, (1, 1)))
    done = run("ingest", file)
    assert done.exit_code == 3
    assert "its time of change is another" in done.stderr
    assert sources(run)["good.json"]["sha256"] == digest(file.read_bytes())


@pytest.mark.usefixtures("size")
def test_a_file_that_became_another_source_is_not_there_twice(run: Command, logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("ingest", logs)
    before = (logs / "good.json").read_bytes()
    rotated = logs / "rotated.json"
    rotated.write_text(line(50), encoding="utf-8")
    once_after_the_hash_pass(monkeypatch, lambda: rotated.write_bytes(before))
    assert run("ingest", rotated).exit_code == 3
    assert {name: source["kept"] for name, source in sources(run).items()} == {"good.json": 5}
    assert shown(run)["kept"] == 5


def test_a_growing_log_is_said_and_what_it_gave_has_its_hash(run: Command, logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "SMALL_BYTES", 0)
    monkeypatch.setattr("engine.jobs.ingest.chunks.BATCH_ITEMS", 2)
    file, real = logs / "good.json", Ingest.append

    def append(self: Ingest, *arguments: Any) -> None:
        if file.stat().st_size < 3_000:
            with file.open("ab") as log:
                log.write(line(99).encode())
        real(self, *arguments)

    monkeypatch.setattr(Ingest, "append", append)
    done = run("ingest", file)
    assert done.exit_code == 3
    (source,) = sources(run).values()
    assert source["sha256"] == digest(file.read_bytes()[: source["size"]])
    assert source["kept"] == file.read_bytes()[: source["size"]].count(b"\n")


def packed(kind: str, files: dict[str, str]) -> bytes:
    if kind == "zip":
        return zipped(files)
    if kind == "gz":
        return gzip.compress(next(iter(files.values())).encode())
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz" if kind == "tar.gz" else "w") as archive:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return buffer.getvalue()


@pytest.mark.usefixtures("size")
@pytest.mark.parametrize("kind", ["zip", "gz", "tar", "tar.gz"])
def test_a_source_names_the_file_that_was_delivered(run: Command, logs: Path, kind: str) -> None:
    data = packed(kind, {"a.json": line(20), "b.json": line(21)})
    for name in ("first", "second"):  # the second brings nothing new
        (logs / f"{name}.{kind}").write_bytes(data)
    assert run("ingest", logs).exit_code == 0
    found = sources(run)
    assert (found["good.json"]["container"], found["good.json"]["container_sha256"]) == (None, None)
    names = [f"first.{kind}"] if kind == "gz" else [f"first.{kind}!a.json", f"first.{kind}!b.json"]
    assert set(found) == {"good.json", *names}
    for name in names:
        assert (Path(found[name]["container"]).name, found[name]["container_sha256"]) == (f"first.{kind}", digest(data))


@pytest.mark.usefixtures("size")
def test_a_container_that_changes_meanwhile_is_said(run: Command, logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = logs / "x.zip"
    archive.write_bytes(zipped({"a.json": line(20)}))
    once_after_the_hash_pass(monkeypatch, lambda: os.utime(archive, (1, 1)))
    done = run("ingest", archive)
    assert done.exit_code == 3
    assert "What was taken from it may be of two states." in done.stderr
    assert {name: source["state"] for name, source in sources(run).items()} == {"x.zip!a.json": "done", "x.zip": "failed"}
    assert run("ingest", archive).exit_code == 0
    assert {name: source["state"] for name, source in sources(run).items()} == {"x.zip!a.json": "done"}


def small_files(folder: Path) -> Path:
    folder.mkdir()
    for number in range(40):
        text = line(number) + ("no json\n" if number % 7 == 0 else "") + line(1_000 + number, Hostname=f"h{number % 3}")
        (folder / f"{number:02d}.json").write_text(text, encoding="utf-8")
    (folder / "40.json").write_bytes((folder / "03.json").read_bytes())
    (folder / "41.json.gz").write_bytes(gzip.compress(line(77).encode()) + b"JUNK")
    (folder / "42.txt").write_text("no log", encoding="utf-8")
    return folder


def everything(workspace: Workspace) -> list[list[tuple[object, ...]]]:
    tables = ("source", "source_copy", "host", "string", "process", "staged", "reject", "chain")
    times = {"started_us", "finished_us", "linked_us"}
    with workspace.read() as connection:
        found = []
        for table in tables:
            kept = [row[1] for row in connection.exec_driver_sql(f"PRAGMA table_info({table})") if row[1] not in times]
            found.append([tuple(row) for row in connection.exec_driver_sql(f"SELECT {', '.join(kept)} FROM {table}")])
        return found


def test_small_sources_are_stored_together_and_as_they_are_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = small_files(tmp_path / "logs")
    writes: list[int] = []
    real = Workspace.write

    @contextmanager
    def write(self: Workspace) -> Iterator[Any]:
        writes.append(1)
        with real(self) as connection:
            yield connection

    monkeypatch.setattr(Workspace, "write", write)
    together, alone = open_workspace(tmp_path / "together"), open_workspace(tmp_path / "alone")
    ours = ingest(IngestRequest([folder], "c"), together.ingest, Run())
    few = len(writes)
    monkeypatch.setattr(bundle, "SMALL_BYTES", 0)
    theirs = ingest(IngestRequest([folder], "c"), alone.ingest, Run())
    assert ours == theirs
    assert everything(together) == everything(alone)
    assert few < 15
    assert len(writes) - few > 120  # three for each source
    again = ingest(IngestRequest([folder], "c"), together.ingest, Run())
    assert (again.kept, sum(source.known for source in again.sources)) == (0, 41)
    together.close()
    alone.close()


def test_sources_beyond_a_bundle_go_into_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = small_files(tmp_path / "logs")
    whole, parts = open_workspace(tmp_path / "whole"), open_workspace(tmp_path / "parts")
    ingest(IngestRequest([folder], "c"), whole.ingest, Run())
    monkeypatch.setattr(bundle, "BUNDLE_ITEMS", 7)
    ingest(IngestRequest([folder], "c"), parts.ingest, Run())
    assert everything(whole) == everything(parts)
    whole.close()
    parts.close()


def test_a_small_source_of_another_process_costs_itself(logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (logs / "a.json").write_text(line(70) + line(71), encoding="utf-8")
    workspace, other = open_workspace(tmp_path / "work"), open_workspace(tmp_path / "work")
    content = (logs / "a.json").read_bytes()
    once_after_the_hash_pass(monkeypatch, lambda: None)
    store, real = workspace.ingest, Ingest.add_sources

    def add_sources(self: Ingest, case: str, found: Any) -> Any:
        other.ingest.begin_source(case, str(logs / "a.json"), digest(content), len(content), "json")
        return real(self, case, found)

    monkeypatch.setattr(Ingest, "add_sources", add_sources)
    report = ingest(IngestRequest([logs], "default"), store, Run())
    busy, good = report.sources
    assert ("same file" in busy.error, busy.kept, good.kept) == (True, 0, 5)
    assert workspace.cases.show("default").kept == 5
    workspace.close()
    other.close()


def test_a_flipped_bit_is_said_everywhere(run: Command, tmp_path: Path) -> None:
    chunk = Chunk()
    for number in range(1, 5):
        chunk.process(number)
    data = bytearray(evtx_file(chunk.finished()))
    data[4_096 + chunk.offsets[2] - 30] ^= 4
    (tmp_path / "flipped.evtx").write_bytes(data)
    done = run("ingest", tmp_path / "flipped.evtx")
    assert done.exit_code == 3
    assert "(4 of them not to be trusted); rejected: 1 untrusted-chunk" in done.stderr
    assert sources(run)["flipped.evtx"]["untrusted"] == 4
    listed = run("cases", "show", "default", "--rejects").stdout
    assert "untrusted-chunk: The chunk at byte 4096 is damaged: the checksum of its records is wrong." in listed
    workspace = open_workspace(tmp_path / "work")
    console = Console(file=io.StringIO(), width=200)
    console.print(sources_table(workspace.cases.sources("default"), workspace.cases.reject_counts("default")))
    workspace.close()
    assert "(1 untrusted-chunk; 4 kept are not to be trusted)" in cast("io.StringIO", console.file).getvalue()


def test_links_and_other_data_are_said(run: Command, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo("current.log")
        info.type, info.linkname = tarfile.SYMTYPE, "x"
        archive.addfile(info)
    (tmp_path / "links.tar").write_bytes(buffer.getvalue())
    done = run("ingest", tmp_path / "links.tar")
    assert done.exit_code == 1
    assert "links.tar: 1 members have no content, being links or devices (current.log)" in done.stderr
    (tmp_path / "two.json.gz").write_bytes(gzip.compress(line(1).encode()) + b"JUNK" + gzip.compress(line(2).encode()))
    done = run("ingest", tmp_path / "two.json.gz")
    assert done.exit_code == 3
    assert "no gz data; that was not read" in done.stderr
    assert "1 process creation kept" in done.stderr
