"""Files that a user names: whole or not at all, devices and links respected, evidence never replaced."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from engine.errors import StoreError
from store.base.targets import replacing

ROOT = Path(__file__).resolve().parents[3]


def put(target: Path, content: bytes = b"new", forbidden: tuple[Path, ...] = ()) -> None:
    with replacing(target, forbidden) as stream:
        stream.write(content)


def test_a_file_appears_and_is_replaced_with_its_permissions(tmp_path: Path) -> None:
    target = tmp_path / "out"
    put(target, b"one")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    target.chmod(0o640)
    put(target, b"two")
    assert (target.read_bytes(), stat.S_IMODE(target.stat().st_mode)) == (b"two", 0o640)
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is a folder"):
        put(tmp_path)


def test_a_link_stays_and_what_it_points_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    put(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_a_link_to_nothing_makes_what_it_points_to(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real")
    put(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_a_device_is_written_to_in_place() -> None:
    null = Path("/dev/null")
    before = null.stat().st_ino
    put(null)
    assert null.is_char_device()
    assert null.stat().st_ino == before


def test_a_pipe_is_written_to_in_place(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    put(tmp_path / "pipe")
    reader.join(10)
    assert read == [b"new"]
    assert (tmp_path / "pipe").is_fifo()


def test_what_the_shell_opened_is_added_to(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"before,")
    handle = os.open(tmp_path / "log", os.O_WRONLY | os.O_APPEND)
    try:
        put(Path(f"/dev/fd/{handle}"))
    finally:
        os.close(handle)
    assert (tmp_path / "log").read_bytes() == b"before,new"


@pytest.mark.parametrize("way", ["itself", "symbolic link", "hard link"])
def test_evidence_is_not_overwritten_under_any_name(tmp_path: Path, way: str) -> None:
    evidence, target = tmp_path / "evidence", tmp_path / "target"
    evidence.write_bytes(b"evidence")
    if way == "symbolic link":
        target.symlink_to(evidence)
    elif way == "hard link":
        target.hardlink_to(evidence)
    else:
        target = evidence
    with pytest.raises(StoreError, match="not overwritten"):
        put(target, forbidden=(tmp_path / "gone", evidence))
    assert evidence.read_bytes() == b"evidence"


@pytest.mark.parametrize("target", ["nowhere/x", "file/x"])
def test_system_errors_are_told(tmp_path: Path, target: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be written"):
        put(tmp_path / target)


def test_a_full_device_is_told() -> None:
    with pytest.raises(StoreError, match="No space"):
        put(Path("/dev/full"), b"x" * 100_000)


KILLED = """
import os, signal, sys
from pathlib import Path
from store.base.targets import replacing
with replacing(Path(sys.argv[1])) as stream:
    stream.write(b"half")
    stream.flush()
    {end}
"""


def test_what_a_killed_writer_left_is_gone_after_the_next(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    code = KILLED.format(end="os.kill(os.getpid(), signal.SIGKILL)")
    assert subprocess.run([sys.executable, "-c", code, str(target)], cwd=ROOT, check=False).returncode == -signal.SIGKILL
    assert len(list(tmp_path.iterdir())) == 1
    put(tmp_path / "another.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["another.csv"]


def test_what_a_living_writer_writes_stays_and_so_does_what_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / ".other.partial").write_bytes(b"x")
    (tmp_path / ".oddkin-x.link.partial").symlink_to(tmp_path / ".other.partial")
    code = KILLED.format(end="print('ready', flush=True); sys.stdin.read()")
    command = [sys.executable, "-c", code, str(tmp_path / "slow.csv")]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as living:
        assert living.stdout is not None
        assert living.stdout.readline() == b"ready\n"
        put(tmp_path / "fast.csv")
        living.communicate()
        assert living.returncode == 0
    assert (tmp_path / "slow.csv").read_bytes() == b"half"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".oddkin-x.link.partial", ".other.partial", "fast.csv", "slow.csv",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "way",
    ["evidence/report.json", "evidence/deep/report.json", "out/../evidence/report.json", "linked/report.json", "link.json",
     "deeper/report.json", "deeper/../report.json", "evidence/abroad/report.json", "evidence/abroad.json"],
)  # fmt: skip
def test_what_is_in_a_folder_of_evidence_is_not_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    evidence, out = tmp_path / "evidence", tmp_path / "out"
    for folder in (evidence / "deep", out):
        folder.mkdir(parents=True)
        (folder / "report.json").write_bytes(b"old")
    (evidence / "report.json").write_bytes(b"old")
    (tmp_path / "linked").symlink_to(evidence)
    (tmp_path / "deeper").symlink_to(evidence / "deep")
    (tmp_path / "link.json").symlink_to(evidence / "report.json")
    (evidence / "abroad").symlink_to(out)  # ingest follows links: what is behind one was evidence too
    (evidence / "abroad.json").symlink_to(out / "report.json")
    monkeypatch.chdir(tmp_path)
    for target in (Path(way), tmp_path / way):
        with pytest.raises(StoreError, match="in a folder that evidence was ingested from") as raised:
            put(target, forbidden=(tmp_path / "gone", evidence))
        assert raised.value.remedy == "Name a new file, or one in another folder."
        assert target.read_bytes() == b"old"


@pytest.mark.parametrize(
    "way", ["evidence/new.json", "evidence/deep/new.json", "out/old.json", "evidence/../out/old.json", "evidence2/old.json"]
)
def test_a_new_file_among_evidence_and_an_old_one_beside_it_are_written(tmp_path: Path, way: str) -> None:
    for folder in ("evidence/deep", "out", "evidence2"):
        (tmp_path / folder).mkdir(parents=True)
    for old in ("out/old.json", "evidence2/old.json"):
        (tmp_path / old).write_bytes(b"old")
    put(tmp_path / way, forbidden=(tmp_path / "evidence",))
    assert (tmp_path / way).read_bytes() == b"new"
