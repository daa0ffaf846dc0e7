"""Which files are read by whom: in the order of one machine, small ones together, addresses through fsspec by their names."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from engine.errors import InputError, UsageError
from engine.jobs.fleet.files import FleetFile, files_of, together
from engine.jobs.fleet.read import ReadTask, read
from engine.jobs.ingest.request import IngestRequest
from tests.tui.test_marks import CMD, EXPLORER, record

LINES = "".join(record(pid, CMD, f"x {pid}", 4, EXPLORER) for pid in range(10, 30)).encode()


def nobody(_path: Path) -> bool:
    return False


def logs(folder: Path) -> Path:
    (folder / "b").mkdir(parents=True)
    (folder / "a.json").write_bytes(LINES)
    (folder / "b" / "z.json.gz").write_bytes(gzip.compress(LINES + b"{broken\n", mtime=0))
    (folder / "c.json").write_bytes(LINES)
    return folder


def test_files_come_in_the_order_of_one_machine(tmp_path: Path) -> None:
    folder = logs(tmp_path / "logs")
    found = list(files_of([str(folder / "c.json"), str(folder)], nobody))
    assert [Path(one.path).name for one in found if isinstance(one, FleetFile)] == ["c.json", "a.json", "z.json.gz", "c.json"]
    (missing,) = files_of([str(tmp_path / "no")], nobody)
    assert isinstance(missing, InputError)


def test_small_files_are_read_together_and_large_ones_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.jobs.fleet.files.TOGETHER", 10)
    monkeypatch.setattr("engine.jobs.fleet.files.MOST_TOGETHER", 3)
    files = [FleetFile(str(number), size) for number, size in enumerate([4, 4, 4, 50, 1, 1, 1, 1])]
    tasks = together(files)
    assert [one for task in tasks for one in task] == files
    assert [[one.size for one in task] for task in tasks] == [[4, 4], [4], [50], [1, 1, 1], [1]]


def test_an_address_is_read_like_a_path_and_keeps_its_name(tmp_path: Path) -> None:
    pytest.importorskip("fsspec", reason="oddkin's extra `fleet` is not installed: pip install 'oddkin[fleet]'")
    folder = logs(tmp_path / "logs")
    told = {}
    for named in (str(folder), f"file://{folder}"):
        files = [one for one in files_of([named], nobody) if isinstance(one, FleetFile)]
        told[named], packed = read(ReadTask(0, tuple(files), IngestRequest((), "c"), 4))
        assert len(packed) == 1
    local, remote = told.values()
    assert [(one.sha256, one.kept, one.rejected) for one in remote.sources] == [
        (one.sha256, one.kept, one.rejected) for one in local.sources
    ]
    assert [one.path for one in remote.sources] == [f"file://{one.path}" for one in local.sources]
    assert [one.container and one.container[0] for one in remote.sources] == [None, f"file://{folder}/b/z.json.gz"]
    assert remote.sources[0].copies == [f"file://{folder}/c.json"]
    assert [source.path for source in remote.report.sources] == [f"file://{source.path}" for source in local.report.sources]


def test_an_address_that_cannot_be_opened_is_said(tmp_path: Path) -> None:
    pytest.importorskip("fsspec", reason="oddkin's extra `fleet` is not installed: pip install 'oddkin[fleet]'")
    with pytest.raises(UsageError):
        list(files_of(["nosuchsystem://x"], nobody))
    (error,) = files_of([f"file://{tmp_path}/nothing"], nobody)
    assert isinstance(error, InputError)
    told, packed = read(ReadTask(0, (FleetFile(f"file://{tmp_path}/gone.json", 1),), IngestRequest((), "c"), 4))
    assert packed == []
    assert [one.path for one in told.unread] == [f"file://{tmp_path}/gone.json"]
    assert told.report.unreadable
